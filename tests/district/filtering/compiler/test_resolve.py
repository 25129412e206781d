"""The order of judgement as a table that can be read aloud."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hornbook.district.filtering.compiler.resolve import (
    RuleLine,
    Topic,
    judged_order,
    misfit,
    resolve,
)
from hornbook.district.filtering.compiler.windows import read_windows

HELP = Topic("protected", "Help", "protected", "SUPPORT-1@1")
TOPICS = (HELP, Topic("adult", "Adult", "topic"), Topic("games", "Games", "topic"))

MONDAY_NOON = 12 * 60
MONDAY_EVENING = 18 * 60
SCHOOL_HOURS = read_windows([{"days": [0, 1, 2, 3, 4], "from": "08:00", "to": "15:00"}])


def rule(key: str, action: str, *categories: str, order: int = 10, **more: object) -> RuleLine:
    line = RuleLine(
        key, key, action, "local", "LEARN-1@1", categories=frozenset(categories), order=order
    )
    return replace(line, **more)  # type: ignore[arg-type]


CIPA = rule("cipa", "block", "adult", order=99, locked=True, basis="cipa-minor")
ALLOW = rule("allow", "allow", "allow", order=10)
GAMES = rule("games", "block", "games", order=20, profiles=frozenset({"pupils"}))
HOURS = rule("hours", "block", "social", order=30, windows=SCHOOL_HOURS)
OFF = rule("off", "block", "ads", order=40, enabled=False)
RULES = (OFF, HOURS, GAMES, ALLOW, CIPA)


@pytest.mark.parametrize(
    ("profile", "categories", "minute", "action", "speaker"),
    [
        pytest.param("pupils", "", MONDAY_NOON, "allow", "", id="in no list: default"),
        pytest.param("pupils", "games", MONDAY_NOON, "block", "games", id="a rule that fits"),
        pytest.param("staff", "games", MONDAY_NOON, "allow", "", id="a rule for other people"),
        pytest.param("pupils", "games allow", MONDAY_NOON, "allow", "allow", id="first that fits"),
        pytest.param("staff", "adult", MONDAY_NOON, "block", "cipa", id="locked, though last"),
        pytest.param("staff", "adult allow", MONDAY_NOON, "block", "cipa", id="locked > allow"),
        pytest.param("staff", "adult protected", MONDAY_NOON, "allow", "", id="protected > locked"),
        pytest.param("staff", "social", MONDAY_NOON, "block", "hours", id="inside its hours"),
        pytest.param("staff", "social", MONDAY_EVENING, "allow", "", id="outside its hours"),
        pytest.param("staff", "ads", MONDAY_NOON, "allow", "", id="switched off"),
    ],
)
def test_order_of_judgement(
    profile: str, categories: str, minute: int, action: str, speaker: str
) -> None:
    outcome = resolve(
        TOPICS, RULES, profile=profile, categories=frozenset(categories.split()), minute=minute
    )
    assert outcome.action == action
    assert (outcome.rule.key if outcome.rule else "") == speaker


def test_the_protected_set_speaks_under_its_own_clause() -> None:
    categories = frozenset({"protected", "adult"})
    outcome = resolve(TOPICS, RULES, profile="pupils", categories=categories, minute=0)
    assert outcome.protected is HELP
    assert outcome.category == "protected"


def test_a_rule_without_categories_covers_names_that_no_list_knows() -> None:
    closed = rule("closed", "block")
    outcome = resolve((), [closed], profile="pupils", categories=frozenset(), minute=0)
    assert outcome.rule is closed


def test_locked_rules_come_first_whatever_their_order() -> None:
    assert [line.key for line in judged_order(RULES)] == ["cipa", "allow", "games", "hours", "off"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (OFF, "it is switched off"),
        (GAMES, "it is for other people"),
        (CIPA, "the name is not in its categories"),
        (HOURS, "it holds only Monday to Friday 08:00–15:00"),
    ],
)
def test_a_misfit_says_why(line: RuleLine, words: str) -> None:
    found = misfit(line, profile="staff", categories=frozenset({"social"}), minute=MONDAY_EVENING)
    assert found == words
