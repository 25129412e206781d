"""A rule that can never speak is named."""

from __future__ import annotations

from hornbook.district.filtering.compiler.lint import shadowed
from hornbook.district.filtering.compiler.resolve import RuleLine, Topic
from hornbook.district.filtering.compiler.windows import cut_week, read_windows

PROFILES = ("pupils", "staff")


def rule(key: str, order: int, *categories: str, profiles: str = "", days: str = "") -> RuleLine:
    windows = [{"days": [int(day)], "from": "08:00", "to": "15:00"} for day in days]
    return RuleLine(
        key,
        key,
        "block",
        "local",
        "LEARN-1@1",
        frozenset(categories),
        frozenset(profiles.split()),
        read_windows(windows),
        order=order,
    )


def warnings(*rules: RuleLine, topics: tuple[Topic, ...] = ()) -> list[str]:
    slots = cut_week([line.windows for line in rules])
    return shadowed(topics, rules, profiles=PROFILES, slots=slots)


def test_a_wider_rule_before_it_shadows_a_rule() -> None:
    found = warnings(rule("all-games", 1, "games"), rule("pupils", 2, "games", profiles="pupils"))
    assert found == ["The rule “pupils” can never speak; before it: all-games."]


def test_a_rule_that_speaks_for_one_of_its_categories_is_fine() -> None:
    assert warnings(rule("games", 1, "games"), rule("fun", 2, "games", "social")) == []


def test_a_rule_that_speaks_at_other_hours_is_fine() -> None:
    assert warnings(rule("monday", 1, "games", days="0"), rule("always", 2, "games")) == []


def test_two_rules_together_can_shadow_a_third() -> None:
    found = warnings(
        rule("a", 1, "games", profiles="pupils"),
        rule("b", 2, "games", profiles="staff"),
        rule("c", 3, "games"),
    )
    assert found == ["The rule “c” can never speak; before it: a, b."]


def test_a_block_of_the_protected_set_never_speaks() -> None:
    help_set = Topic("protected", "Help", "protected", "SUPPORT-1@1")
    found = warnings(rule("no-help", 1, "protected"), topics=(help_set,))
    assert found == ["The rule “no-help” can never speak; before it: nothing."]
