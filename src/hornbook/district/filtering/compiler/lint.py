"""Rules that do not do what somebody believes: warnings at publishing, shown on the Filter page."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hornbook.district.filtering.compiler.resolve import RuleLine, Topic, judged_order, resolve
from hornbook.district.filtering.compiler.windows import Slots


def warnings(
    topics: Sequence[Topic],
    rules: Sequence[RuleLine],
    *,
    profiles: Sequence[str],
    slots: Slots,
    listed: Collection[str],
) -> list[str]:
    """Everything that is odd about the rules. ``listed``: the categories that have names."""
    return [
        *shadowed(topics, rules, profiles=profiles, slots=slots),
        *contradicting(rules),
        *against_protection(topics, rules),
        *without_names(rules, listed),
    ]


def contradicting(rules: Sequence[RuleLine]) -> list[str]:
    """Two rules that name the same kind of site for the same people, and say the opposite."""
    found = []
    speaking = [rule for rule in judged_order(rules) if rule.enabled and rule.categories]
    for place, rule in enumerate(speaking):
        for other in speaking[place + 1 :]:
            shared = rule.categories & other.categories
            if shared and {rule.action, other.action} == {"allow", "block"} and _meet(rule, other):
                found.append(
                    f"“{rule.name}” and “{other.name}” contradict each other about "
                    f"{', '.join(sorted(shared))}; the first wins wherever both hold."
                )
    return found


def _meet(rule: RuleLine, other: RuleLine) -> bool:
    """Whether some people at some time are under both."""
    people = not rule.profiles or not other.profiles or rule.profiles & other.profiles
    return bool(people) and (
        not rule.windows
        or not other.windows
        or any(
            _overlap(first, second)
            for one in rule.windows
            for two in other.windows
            for first in one.spans()
            for second in two.spans()
        )
    )


def _overlap(first: tuple[int, int], second: tuple[int, int]) -> bool:
    return first[0] < second[1] and second[0] < first[1]


def against_protection(topics: Sequence[Topic], rules: Sequence[RuleLine]) -> list[str]:
    """Rules that would block what nothing can block."""
    protected = {topic.key: topic.name for topic in topics if topic.kind == "protected"}
    return [
        f"The rule “{rule.name}” would block “{protected[key]}”, which nothing can block."
        for rule in judged_order(rules)
        if rule.enabled and rule.action == "block"
        for key in sorted(rule.categories & set(protected))
    ]


def without_names(rules: Sequence[RuleLine], listed: Collection[str]) -> list[str]:
    """Rules that name only kinds of sites of which no list in use has a name."""
    return [
        f"The rule “{rule.name}” has nothing to do: no list in use names "
        f"{', '.join(sorted(rule.categories))}."
        for rule in judged_order(rules)
        if rule.enabled and rule.action == "block" and rule.categories
        if not rule.categories & set(listed)
    ]


def shadowed(
    topics: Sequence[Topic], rules: Sequence[RuleLine], *, profiles: Sequence[str], slots: Slots
) -> list[str]:
    """One sentence for each rule that stronger rules always answer for.

    It is enough to try each category alone: a stronger rule that speaks for one category of a
    name speaks for the name.
    """
    warnings = []
    for rule in judged_order(rules):
        if not rule.enabled:
            continue
        speakers = _speakers(topics, rules, rule, profiles, slots)
        if rule.key not in speakers:
            instead = ", ".join(sorted(speakers)) or "nothing"
            warnings.append(f"The rule “{rule.name}” can never speak; before it: {instead}.")
    return warnings


def _speakers(
    topics: Sequence[Topic],
    rules: Sequence[RuleLine],
    rule: RuleLine,
    profiles: Sequence[str],
    slots: Slots,
) -> set[str]:
    """The keys of the rules that answer where ``rule`` would like to."""
    cases = [frozenset({key}) for key in rule.categories] or [frozenset()]
    meant = [key for key in profiles if not rule.profiles or key in rule.profiles]
    outcomes = (
        resolve(topics, rules, profile=profile, categories=categories, minute=minute)
        for profile in meant
        for categories in cases
        for minute in slots.minutes
    )
    return {outcome.rule.key for outcome in outcomes if outcome.rule}
