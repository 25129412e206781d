"""The page scorer: what it flags, what it leaves alone, and what it says it has not checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.scan import protected_texts
from hornbook.scan.finding import ALLOW, BLOCK, NOT_CHECKED
from hornbook.scan.pages import RTA, PageText, decoded, read_page
from hornbook.scan.words import FOLDER, build, read_lists, shipped, words_of
from training.words import card, texts

ADULT = (
    "Free porn videos and live sex cams. Watch HD porn, amateur porn and xxx videos of the hottest "
    "porn stars. Over 18 years only. Nude galleries, porn pics and sex chat with cam girls, all "
    "free and updated every day for you."
)
CASINO = (
    "Play at the best online casino and get a welcome bonus with free spins. Live casino, "
    "blackjack, roulette and jackpot slots wait for you. Place your bets on sports betting with "
    "the best betting odds. No deposit bonus for all new players."
)
PROXY = (
    "Free web proxy to unblock websites at school. Enter URL to unblock and browse anonymously. "
    "Our proxy browser gets you past the school proxy and every firewall: unblock YouTube, play "
    "unblocked games, hide my IP with a free VPN."
)
RIVER = (
    "The river rises in the hills and runs through the town to the sea. Our class measured its "
    "width and its speed in four places, and drew a map of the fields on both of its banks."
)


@pytest.mark.parametrize(
    ("text", "category"), [(ADULT, "adult"), (CASINO, "gambling"), (PROXY, "proxy-bypass")]
)
def test_a_page_full_of_the_words_of_a_category_is_flagged_with_reasons(
    text: str, category: str
) -> None:
    found = shipped().scan(PageText(text))
    assert found.verdict == BLOCK
    (finding,) = found.findings
    assert finding.category == category
    assert finding.score >= finding.threshold
    assert finding.why
    assert all(words in " ".join(words_of(text)) for words in finding.why)


def test_a_harmless_page_is_allowed_and_says_by_which_version() -> None:
    found = shipped().scan(PageText(RIVER))
    assert (found.verdict, found.findings) == (ALLOW, ())
    assert found.scanner == "words-20261126"


@pytest.mark.parametrize("topic", protected_texts())
def test_no_text_on_a_protected_topic_is_flagged(topic: str) -> None:
    for text in protected_texts()[topic]:
        assert shipped().scan(PageText(text)).verdict == ALLOW, text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Free porn", "too few words"),
        ("Свободный доступ к лучшим фильмам для взрослых " * 8, "not English"),
        (
            "Der Fluss steigt in den Hügeln über dem Städtchen und läuft zur See für uns " * 3,
            "not E",
        ),
    ],
)
def test_what_cannot_be_judged_is_not_checked(text: str, reason: str) -> None:
    found = shipped().scan(PageText(text))
    assert found.verdict == NOT_CHECKED
    assert found.reason.startswith(reason)


def test_a_page_that_calls_itself_adult_is_believed() -> None:
    page = read_page(f'<meta name="rating" content="{RTA}"><p>Welcome.</p>')
    found = shipped().scan(page)
    assert (found.verdict, found.findings[0].category) == (BLOCK, "adult")
    assert RTA in found.findings[0].why[0]
    assert not read_page('<meta name="rating" content="general">').label


def test_scripts_styles_and_comments_are_no_words_but_alternative_texts_are() -> None:
    page = read_page(
        "<title>One</title><meta content='Two &amp; more' name='description'><!-- porn -->"
        "<script>var porn</script><style>.porn{}</style><p>Three<b>four</b><img alt='five'>"
    )
    assert words_of(page.words) == ["two", "more", "one", "three", "four", "five"]


@pytest.mark.parametrize(
    "markup", ["<script>" * 9_000, "<" * 200_000, "<!--" + "a" * 300_000, '<meta a="' * 20_000]
)
def test_hostile_markup_ends_soon(markup: str) -> None:
    assert len(read_page(markup).words) <= 200_100


def test_octets_are_read_as_the_page_says() -> None:
    body = '<meta charset="latin-1">café'.encode("latin-1")
    assert decoded(body).endswith("café")
    assert decoded("café".encode(), "text/html; charset=nothing-known") == "café"
    assert decoded("é".encode("cp1252"), "text/html; charset=windows-1252") == "é"


def test_a_longer_text_needs_more_and_words_of_help_speak_against() -> None:
    lists = {"topic": {"t": {"4": ["bad thing"]}}, "against": {"3": ["help line"]}}
    scorer = build("v", lists, {"t": {"threshold": 1.5, "false_alarms": 0.0}})
    filler = "the river and the town are in the hills of the land we all know well today " * 3
    assert scorer.scan(PageText(f"bad thing {filler}")).verdict == BLOCK
    assert scorer.scan(PageText(f"bad thing help line {filler}")).verdict == ALLOW
    assert scorer.scan(PageText(f"bad thing {filler * 60}")).verdict == ALLOW


def test_every_phrase_is_in_one_place_of_a_list_only() -> None:
    lists = read_lists()
    for held in (*lists["topic"].values(), lists["against"]):
        phrases = [tuple(words_of(text)) for texts in held.values() for text in texts]
        assert len(phrases) == len(set(phrases))
        assert all(phrases)


@pytest.mark.shared_data
def test_the_card_is_what_its_script_makes(shared_data: Path) -> None:
    folder = shared_data / "detect"
    if not next(texts(folder), None):
        pytest.skip("the labelled texts are absent")
    assert card(folder) == json.loads((FOLDER / "words.json").read_text())
