"""What a page is about, by weighted words and phrases: transparent, fast, and easily wrong.

The list is data (``data/words.toml``), written by hand; words that speak of help, health, law or
news weigh against. ``training/words.py`` sets the thresholds by how many harmless texts pass
them, and writes the card (``data/words.json``): they are calibrated to false alarms, *not* to
probabilities, because no labelled pages of this kind can be had. Recall is not known.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hornbook.scan.finding import BLOCK, Finding, Scanned, found, not_checked
from hornbook.scan.pages import PageText

FOLDER = Path(__file__).parent / "data"
LEAST = 25  # words; less says too little
MOST = 20_000  # words
USUAL = 200  # words; longer texts dilute what they hold
ENGLISH = 0.08  # the share of these words in any English text of some length
LABEL_SCORE = 100.0
LABEL_FALSE_ALARMS = 0.0

_WORD = re.compile(r"[^\W_]+(?:['’][a-z]+)?")


@dataclass(frozen=True)
class Topic:
    """One category's list. ``weights``: phrase (a tuple of words) → weight, below 0 against."""

    category: str
    weights: dict[tuple[str, ...], float]
    threshold: float
    false_alarms: float


@dataclass(frozen=True)
class Scorer:
    """All lists as one table by first word, so that a text is walked through once."""

    version: str
    topics: tuple[Topic, ...]
    starts: dict[str, tuple[tuple[str, ...], ...]]

    def scan(self, page: PageText) -> Scanned:
        """Findings for each category over its threshold. Only English is read."""
        if page.label:
            return found(self.version, [_labelled(page.label)])
        words = words_of(page.words)
        if len(words) < LEAST:
            return not_checked(self.version, "too few words")
        if not is_english(words):
            return not_checked(self.version, "not English")
        counts = self.count(words)
        return found(self.version, self._over(counts, len(words)))

    def count(self, words: list[str]) -> Counter[tuple[str, ...]]:
        """How often each phrase of any list occurs; the longest at a place counts alone."""
        counts: Counter[tuple[str, ...]] = Counter()
        starts = self.starts
        for place, word in enumerate(words):
            for phrase in starts.get(word, ()):
                if len(phrase) == 1 or tuple(words[place : place + len(phrase)]) == phrase:
                    counts[phrase] += 1
                    break
        return counts

    def _over(self, counts: Counter[tuple[str, ...]], size: int) -> Iterable[Finding]:
        for topic in self.topics:
            value = score(topic, counts, size)
            if value >= topic.threshold:
                why = heaviest(topic, counts)
                yield Finding(
                    topic.category, BLOCK, value, topic.threshold, topic.false_alarms, why
                )


def _labelled(label: str) -> Finding:
    why = (f"the page says so itself: {label}",)
    return Finding("adult", BLOCK, LABEL_SCORE, LABEL_SCORE, LABEL_FALSE_ALARMS, why)


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower())[:MOST]


def is_english(words: list[str]) -> bool:
    """A gallery has few little words, another language has other ones: ASCII decides then."""
    common = little_words()
    share = sum(word in common for word in words) / len(words)
    plain = sum(word.isascii() for word in words) / len(words)
    return share >= ENGLISH or (share >= ENGLISH / 4 and plain >= 0.98)


def score(topic: Topic, counts: Counter[tuple[str, ...]], size: int) -> float:
    """Weights times the logarithm of how often, diluted in a long text."""
    parts = (
        weight * math.log2(1 + counts[phrase])
        for phrase, weight in topic.weights.items()
        if phrase in counts
    )
    return sum(parts) / math.sqrt(max(size, USUAL) / USUAL)


def heaviest(topic: Topic, counts: Counter[tuple[str, ...]], most: int = 3) -> tuple[str, ...]:
    """The phrases that weighed most, for people who look whether it is right."""
    parts = {
        phrase: topic.weights.get(phrase, 0.0) * math.log2(1 + n) for phrase, n in counts.items()
    }
    best = sorted((one for one in parts if parts[one] > 0), key=lambda one: (-parts[one], one))
    return tuple(" ".join(phrase) for phrase in best[:most])


def build(version: str, lists: dict[str, Any], thresholds: dict[str, Any]) -> Scorer:
    """A scorer from the list and the thresholds of its card."""
    against = _phrases(lists["against"], -1.0)
    topics = tuple(
        Topic(
            category,
            _phrases(told, 1.0) | against,
            thresholds[category]["threshold"],
            thresholds[category]["false_alarms"],
        )
        for category, told in lists["topic"].items()
    )
    phrases = {phrase for topic in topics for phrase in topic.weights}
    starts: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted(phrases, key=lambda one: (-len(one), one)):
        starts.setdefault(phrase[0], []).append(phrase)
    return Scorer(version, topics, {first: tuple(held) for first, held in starts.items()})


def _phrases(told: dict[str, list[str]], sign: float) -> dict[tuple[str, ...], float]:
    """``{"3": ["a phrase", …]}`` → phrases with their weights."""
    return {
        tuple(words_of(text)): sign * float(weight)
        for weight, texts in told.items()
        for text in texts
    }


@cache
def little_words() -> frozenset[str]:
    """Words of which every English text of some length is full."""
    return frozenset(read_lists()["english"]["words"].split())


def read_lists() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


@cache
def shipped() -> Scorer:
    """The scorer that comes with Hornbook."""
    card = json.loads((FOLDER / "words.json").read_text())
    return build(card["version"], read_lists(), card["thresholds"])
