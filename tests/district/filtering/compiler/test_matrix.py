"""The compiled matrix says the same as the readable order of judgement, at any minute."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hornbook.district.filtering.compiler.matrix import build_matrix
from hornbook.district.filtering.compiler.resolve import DEFAULT, RuleLine, Topic, resolve
from hornbook.district.filtering.compiler.windows import DAY, WEEK, Window, cut_week

PROFILES = ("pupils", "staff", "guests")
TOPICS = (
    Topic("protected", "Help", "protected"),
    Topic("adult", "Adult", "topic"),
    Topic("games", "Games", "topic"),
    Topic("allow", "Allowed", "allow"),
)
_keys = st.sampled_from([topic.key for topic in TOPICS])
_windows = st.builds(
    lambda days, start, length: Window(days, start, (start + length) % DAY),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, DAY - 1),
    st.integers(1, DAY - 1),
)
_rules = st.lists(
    st.builds(
        RuleLine,
        key=st.uuids().map(str),
        name=st.just("rule"),
        action=st.sampled_from(["allow", "block", "warn", "rewrite"]),
        basis=st.just("local"),
        clause=st.just("LEARN-1@1"),
        categories=st.frozensets(_keys),
        profiles=st.frozensets(st.sampled_from(PROFILES)),
        windows=st.lists(_windows, max_size=2).map(tuple),
        locked=st.booleans(),
        enabled=st.booleans(),
        order=st.integers(0, 99),
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(
    rules=_rules,
    sets=st.lists(st.frozensets(_keys), min_size=1, max_size=6),
    minutes=st.lists(st.integers(0, WEEK - 1), min_size=1, max_size=6),
)
def test_matrix_and_readable_order_agree(
    rules: list[RuleLine], sets: list[frozenset[str]], minutes: list[int]
) -> None:
    slots = cut_week([rule.windows for rule in rules])
    matrix = build_matrix(TOPICS, rules, profiles=PROFILES, sets=sets, slots=slots)
    for minute in minutes:
        for row, profile in enumerate(PROFILES):
            for set_id, categories in enumerate(sets):
                index = matrix.verdict[slots.week[minute], row, set_id]
                expected = resolve(
                    TOPICS, rules, profile=profile, categories=categories, minute=minute
                )
                assert matrix.outcomes[index] == expected


@settings(max_examples=100, deadline=None)
@given(rules=_rules, profile=st.sampled_from(PROFILES), minute=st.integers(0, WEEK - 1))
def test_nothing_blocks_the_protected_set(rules: list[RuleLine], profile: str, minute: int) -> None:
    everything = frozenset(topic.key for topic in TOPICS)
    outcome = resolve(TOPICS, rules, profile=profile, categories=everything, minute=minute)
    assert (outcome.action, outcome.rule) == ("allow", None)


@settings(max_examples=100, deadline=None)
@given(rules=_rules, profile=st.sampled_from(PROFILES), minute=st.integers(0, WEEK - 1))
def test_no_other_rule_lifts_a_locked_block(
    rules: list[RuleLine], profile: str, minute: int
) -> None:
    others = [replace(rule, locked=False) for rule in rules]
    cipa = RuleLine(
        "cipa", "cipa", "block", "cipa-minor", "FILTER-1@1", frozenset({"adult"}), locked=True
    )
    adult = frozenset({"adult", "allow"})
    outcome = resolve(TOPICS, [*others, cipa], profile=profile, categories=adult, minute=minute)
    assert outcome.rule == cipa


def test_outcome_zero_is_the_default() -> None:
    matrix = build_matrix((), (), profiles=["pupils"], sets=[frozenset()], slots=cut_week([]))
    assert matrix.outcomes == (DEFAULT,)
    assert matrix.verdict.tolist() == [[[0]]]
