"""Set the thresholds of the page scorer (``hornbook/scan/words.py``) and write its card.

``python -m training.words FOLDER`` reads harmless texts in FOLDER (business mail, posts of people
in a crisis, rude comments that are no adult pages) and finds, for each category, the lowest
threshold that at most ``WANTED`` of one half of them pass; the other half measures. Phrases and
weights are not learned: there are no labelled pages to learn from.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hornbook.scan.words import (
    FOLDER,
    LEAST,
    Scorer,
    build,
    is_english,
    read_lists,
    score,
    words_of,
)

WANTED = 0.001
FLOOR = 10.0  # three heavy phrases; no threshold is lower, however harmless the texts were
VERSION = "words-20261126"
#: file, columns of text, and which rows are harmless
SOURCES: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "business mail": ("spam_mail_enron1.csv.gz", ("subject", "body"), {"label_spam": "0"}),
    "posts in a crisis": ("selfharm_sdcnl_reddit.csv.gz", ("text",), {}),
    "rude comments": ("tox_civilcomments_toxicspans.csv.gz", ("text",), {}),
    "sexist and other posts": ("tox_edos_sexism.csv.gz", ("text",), {}),
}


def texts(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """(source, text, whether it is of the half that measures); short ones are left out."""
    csv.field_size_limit(sys.maxsize)
    for source, (name, columns, wanted) in SOURCES.items():
        with gzip.open(folder / name, "rt", newline="", errors="replace") as file:
            for row in csv.DictReader(file):
                text = " ".join(row[column] or "" for column in columns)
                if all(row[key] == value for key, value in wanted.items()) and is_read(text):
                    yield source, text, hashlib.sha256(text.encode()).digest()[0] >= 128


def is_read(text: str) -> bool:
    """Whether the scorer would look at it at all."""
    words = words_of(text)
    return len(words) >= LEAST and is_english(words)


def scores(scorer: Scorer, text: str) -> dict[str, float]:
    words = words_of(text)
    counts = scorer.count(words)
    return {topic.category: score(topic, counts, len(words)) for topic in scorer.topics}


def card(folder: Path) -> dict[str, Any]:
    lists = read_lists()
    none = {category: {"threshold": FLOOR, "false_alarms": 0.0} for category in lists["topic"]}
    scorer = build(VERSION, lists, none)
    half: dict[bool, list[dict[str, float]]] = {False: [], True: []}
    for _, text, measures in texts(folder):
        half[measures].append(scores(scorer, text))
    return {
        "version": VERSION,
        "texts": {"to set thresholds": len(half[False]), "to measure": len(half[True])},
        "sources": list(SOURCES),
        "wanted": WANTED,
        "thresholds": {category: _threshold(category, half) for category in lists["topic"]},
        "not known": "recall: no labelled pages of these kinds can be had",
    }


def _threshold(category: str, half: dict[bool, list[dict[str, float]]]) -> dict[str, float]:
    first, second = (np.array([one[category] for one in half[side]]) for side in (False, True))
    limit = max(FLOOR, float(np.nextafter(np.quantile(first, 1 - WANTED), np.inf)))
    limit = round(limit + 0.005, 2)
    return {"threshold": limit, "false_alarms": round(float((second >= limit).mean()), 5)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="training.words", description=__doc__)
    parser.add_argument("folder", type=Path, help="with the labelled texts")
    found = card(parser.parse_args().folder)
    (FOLDER / "words.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
