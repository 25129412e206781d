"""Rules that can never speak: a warning, because somebody believes that they do."""

from __future__ import annotations

from collections.abc import Sequence

from hornbook.district.filtering.compiler.resolve import RuleLine, Topic, judged_order, resolve
from hornbook.district.filtering.compiler.windows import Slots


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
