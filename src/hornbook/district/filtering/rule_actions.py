"""Write a rule: the change and its leaf. Switching and moving is in ``actions.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from hornbook.district.filtering.actions import Refused, cited
from hornbook.district.filtering.models import Category, Profile, Rule
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.policy.models import LegalBasis

_FIELDS = (
    *("name", "action", "clause", "basis", "override"),
    *("minutes", "known_only", "keeps_paths"),
)
STEP = 10  # between the places of rules, so that one can be put between


@transaction.atomic
def save_rule(
    rule: Rule | None,
    told: Mapping[str, Any],
    windows: Sequence[Mapping[str, Any]],
    *,
    actor: Actor,
) -> Rule:
    """Make or change a rule of the district's own. A new one is read last.

    Raises Refused for a locked rule, for a legal basis that only locked rules have, and for a
    clause that has no words in force.
    """
    if rule and Rule.objects.select_for_update().get(pk=rule.pk).locked:
        raise Refused(f"“{rule.name}” is locked: federal law (CIPA) asks for it.")
    if LegalBasis(told["basis"]).value.startswith("cipa"):
        raise Refused("Only locked rules stand on CIPA. Choose another legal basis.")
    if not cited(told["clause"]):
        raise Refused(f"Clause {told['clause'].key} has no words in force today; choose another.")
    before = told_of(rule) if rule else None
    saved = rule or Rule(key=_free_key(told["name"]), order=_last() + STEP)
    for name in _FIELDS:
        setattr(saved, name, told[name])
    saved.windows = [*windows, *(rule.windows[1:] if rule and windows else [])]
    saved.save()
    saved.categories.set(told["categories"])
    saved.profiles.set(told["profiles"])
    record(
        actor=actor,
        verb="filtering.rule-changed" if rule else "filtering.rule-made",
        object=f"rule:{saved.key}",
        clause_texts=cited(saved.clause),
        detail={"before": before, "after": told_of(saved)},
    )
    return saved


@transaction.atomic
def delete_rule(rule: Rule, *, actor: Actor) -> None:
    """Take a rule of the district's own away; the leaf keeps what it said."""
    if rule.locked:
        raise Refused(f"“{rule.name}” is locked: federal law (CIPA) asks for it.")
    record(
        actor=actor,
        verb="filtering.rule-deleted",
        object=f"rule:{rule.key}",
        clause_texts=cited(rule.clause),
        detail={"before": told_of(rule)},
    )
    rule.delete()


def told_of(rule: Rule) -> dict[str, Any]:
    """A rule as JSON, for the ledger."""
    return {
        "name": rule.name,
        "action": rule.action,
        "clause": rule.clause.key,
        "basis": rule.basis,
        "override": rule.override,
        "minutes": rule.minutes,
        "known_only": rule.known_only,
        "keeps_paths": rule.keeps_paths,
        "windows": rule.windows,
        "categories": sorted(Category.objects.filter(rules=rule).values_list("key", flat=True)),
        "profiles": sorted(Profile.objects.filter(rules=rule).values_list("key", flat=True)),
    }


def _free_key(name: str) -> str:
    base = slugify(name)[:40].strip("-") or "rule"
    taken = set(Rule.objects.filter(key__startswith=base).values_list("key", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(key for key in (base, *numbered) if key not in taken)


def _last() -> int:
    return Rule.objects.order_by("-order").values_list("order", flat=True).first() or 0
