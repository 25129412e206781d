"""What else is odd about rules, told in sentences."""

from __future__ import annotations

from dataclasses import replace

from hornbook.district.filtering.compiler.lint import (
    against_protection,
    contradicting,
    without_names,
)
from hornbook.district.filtering.compiler.resolve import RuleLine, Topic
from hornbook.district.filtering.compiler.windows import Window

GAMES = frozenset({"games"})
BLOCK = RuleLine("no-play", "No play", "block", "local", "A@1", GAMES, order=1)
ALLOW = RuleLine("play", "Play", "allow", "local", "A@1", GAMES, order=2)
MORNING = (Window(frozenset({0}), 480, 720),)
EVENING = (Window(frozenset({0}), 1080, 1200),)


def test_opposite_rules_for_the_same_people_contradict() -> None:
    (told,) = contradicting([ALLOW, BLOCK])
    assert told.startswith("“No play” and “Play” contradict each other about games")


def test_rules_that_never_meet_do_not() -> None:
    pupils, staff = frozenset({"pupils"}), frozenset({"staff"})
    assert not contradicting([replace(ALLOW, profiles=pupils), replace(BLOCK, profiles=staff)])
    assert not contradicting([replace(ALLOW, windows=MORNING), replace(BLOCK, windows=EVENING)])
    assert not contradicting([replace(ALLOW, enabled=False), BLOCK])
    assert contradicting([replace(ALLOW, windows=MORNING), BLOCK])


def test_a_rule_against_the_protected_set_is_told() -> None:
    topics = [Topic("protected", "Help", "protected", "S@1"), Topic("games", "Games", "topic")]
    rule = replace(BLOCK, categories=frozenset({"protected", "games"}))
    assert against_protection(topics, [rule]) == [
        "The rule “No play” would block “Help”, which nothing can block."
    ]
    assert not against_protection(topics, [BLOCK])


def test_a_rule_for_what_no_list_names_is_told() -> None:
    assert without_names([BLOCK], {"adult"}) == [
        "The rule “No play” has nothing to do: no list in use names games."
    ]
    assert not without_names([BLOCK], {"games"})
