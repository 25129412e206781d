"""What a district starts with: categories, profiles and rules, each on a clause in force.

The words and the mapping are data (``data/defaults.toml``, ``data/protected.toml``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from django.db import transaction
from django.utils import timezone

from hornbook.district.filtering.models import Category, CategoryKind, Profile, Rule
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.policy.models import ClauseText
from hornbook.instance import InstanceError


class DefaultsError(InstanceError):
    """A default cannot be made; the message says what is missing and which command brings it."""


@cache
def read_data(name: str) -> dict[str, Any]:
    """The parsed ``data/<name>.toml``. Callers must not change it."""
    folder = resources.files("hornbook.district.filtering") / "data"
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))


def category_keys() -> tuple[str, ...]:
    """The keys that ``ensure_category`` knows."""
    return tuple(read_data("defaults")["category"])


def protected_names() -> dict[str, str]:
    """The built-in protected set: name → why it is protected."""
    groups = read_data("protected").values()
    return {name: group["reason"] for group in groups for name in group["names"]}


def clause_for(kind: str) -> ClauseText:
    """The clause text in force today that categories and rules of that kind stand on.

    Raises DefaultsError when no policy is in force or none of its clauses fits.
    """
    in_force = list(ClauseText.objects.in_force(timezone.localdate()).filter(lang="en"))
    if not in_force:
        raise DefaultsError(
            "No clause is in force, and every rule must cite one. "
            "Import the policy first: hornbook import policy FILE"
        )
    found = _find(kind, in_force)
    if found is None:
        words = ", ".join(read_data("defaults")["clause"][kind]["words"])
        raise DefaultsError(
            f"No clause in force speaks of “{kind}” (looked for: {words}). Import a policy that "
            "does (hornbook import policy FILE), or create the category under a clause of yours."
        )
    return found


def _find(kind: str, in_force: list[ClauseText]) -> ClauseText | None:
    data = read_data("defaults")["clause"][kind]
    found = _by_key(data["keys"], in_force) or _by_words(data["words"], in_force)
    if found is None and "else" in data:
        return _find(data["else"], in_force)
    return found


def _by_key(keys: Iterable[str], in_force: list[ClauseText]) -> ClauseText | None:
    texts = {text.clause.key: text for text in in_force}
    return next((texts[key] for key in keys if key in texts), None)


def _by_words(words: Iterable[str], in_force: list[ClauseText]) -> ClauseText | None:
    """The first text with the earliest word; a definition binds nobody and comes last."""
    binding_first = sorted(in_force, key=lambda text: text.force == "definition")
    for word in words:
        for text in binding_first:
            if word in text.official.lower():
                return text
    return None


@transaction.atomic
def ensure_category(key: str, *, actor: Actor) -> Category:
    """The category of that key, made from the defaults when the district has none yet.

    Raises DefaultsError for an unknown key or when no clause in force can be cited.
    """
    existing = Category.objects.filter(key=key).first()
    if existing:
        return existing
    data = read_data("defaults")["category"].get(key)
    if data is None:
        known = ", ".join(category_keys())
        raise DefaultsError(f"There is no category “{key}”. Choose one of: {known}.")
    text = clause_for(data["clause"])
    category = Category.objects.create(
        key=key,
        name=data["name"],
        plain=data["plain"],
        kind=data.get("kind", CategoryKind.TOPIC),
        clause=text.clause,
        basis=data["basis"],
    )
    record(
        actor=actor,
        verb="filtering.category-created",
        object=f"category:{key}",
        clause_texts=[text.version],
        detail={"name": category.name, "basis": category.basis},
    )
    return category


@transaction.atomic
def ensure_defaults(*, actor: Actor) -> None:
    """All default categories, profiles and rules; what exists already stays as it is."""
    for key in category_keys():
        ensure_category(key, actor=actor)
    data = read_data("defaults")
    for place, profile in enumerate(data["profile"]):
        _ensure_profile(profile, order=10 * (place + 1), actor=actor)
    for place, rule in enumerate(data["rule"]):
        _ensure_rule(rule, order=10 * (place + 1), actor=actor)


def _ensure_profile(data: dict[str, Any], *, order: int, actor: Actor) -> None:
    _, created = Profile.objects.get_or_create(
        key=data["key"],
        defaults={
            "name": data["name"],
            "order": _free_order(Profile.objects.values_list("order", flat=True), order),
            "audience": data["audience"],
        },
    )
    if created:
        record(
            actor=actor,
            verb="filtering.profile-created",
            object=f"profile:{data['key']}",
            detail={"audience": data["audience"]},
        )


def _ensure_rule(data: dict[str, Any], *, order: int, actor: Actor) -> None:
    if Rule.objects.filter(key=data["key"]).exists():
        return
    defaults = read_data("defaults")
    text = clause_for(data["clause"])
    rule = Rule.objects.create(
        order=_free_order(Rule.objects.values_list("order", flat=True), order),
        windows=defaults["windows"][data.get("windows", "always")],
        clause=text.clause,
        **{name: data[name] for name in ("key", "name", "action", "basis")},
        **{
            name: data[name] for name in ("answer", "locked", "override", "enabled") if name in data
        },
    )
    rule.categories.set(Category.objects.filter(key__in=data["categories"]))
    rule.profiles.set(Profile.objects.filter(key__in=_members(data.get("profiles", []))))
    record(
        actor=actor,
        verb="filtering.rule-created",
        object=f"rule:{rule.key}",
        clause_texts=[text.version],
        detail={"name": rule.name, "action": rule.action, "basis": rule.basis},
    )


def _members(groups: Iterable[str]) -> list[str]:
    return [key for group in groups for key in read_data("defaults")["groups"][group]]


def _free_order(taken: Iterable[int], wished: int) -> int:
    """The wished place, or the end when a rule of the district already has it."""
    used = set(taken)
    return wished if wished not in used else max(used) + 10
