"""What a district starts with: categories, profiles and rules, each on a clause in force.

The words and the mapping are data (``data/defaults.toml``; the protected set is the node's).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from itertools import count
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from hornbook.district.filtering.models import Category, CategoryKind, Profile, Rule
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.policy.models import ClauseText
from hornbook.instance import InstanceError
from hornbook.node.protected import shipped


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
    return shipped()


def private_names() -> dict[str, str]:
    """What is never looked into: name → why."""
    groups = read_data("private").values()
    return {name: group["reason"] for group in groups for name in group["names"]}


def essential_names() -> set[str]:
    """Names without which a device or a sign-in does not work."""
    return {name for group in read_data("essential").values() for name in group["names"]}


def clause_for(kind: str, in_force: list[ClauseText] | None = None) -> ClauseText:
    """The clause text in force today that categories and rules of that kind stand on.

    Raises DefaultsError when no policy is in force or none of its clauses fits.
    """
    in_force = texts_in_force() if in_force is None else in_force
    found = _find(kind, in_force)
    if found is None:
        words = ", ".join(read_data("defaults")["clause"][kind]["words"])
        raise DefaultsError(
            f"No clause in force speaks of “{kind}” (looked for: {words}). Import a policy that "
            "does (hornbook import policy FILE), or create the category under a clause of yours."
        )
    return found


def texts_in_force() -> list[ClauseText]:
    """All wording that binds today. Raises DefaultsError when there is none."""
    found = list(ClauseText.objects.in_force(timezone.localdate()).filter(lang="en"))
    if not found:
        raise DefaultsError(
            "No clause is in force, and every rule must cite one. "
            "Import the policy first: hornbook import policy FILE"
        )
    return found


def _find(kind: str, in_force: list[ClauseText]) -> ClauseText | None:
    data = read_data("defaults")["clause"][kind]
    found = _by_key(data, in_force) or _by_words(data["words"], in_force)
    if found is None and "else" in data:
        return _find(data["else"], in_force)
    return found


def _by_key(data: dict[str, Any], in_force: list[ClauseText]) -> ClauseText | None:
    """A known key, if its text speaks of the thing: keys of an unknown policy may coincide."""
    known = {text.clause.key: text for text in in_force if text.clause.key in data["keys"]}
    fitting = (known[key] for key in data["keys"] if key in known)
    return next((text for text in fitting if _has_a_word(text, data["words"])), None)


def _has_a_word(text: ClauseText, words: Iterable[str]) -> bool:
    official = text.official.lower()
    return any(word in official for word in words)


def _by_words(words: Iterable[str], in_force: list[ClauseText]) -> ClauseText | None:
    """The first text with the earliest word; a definition binds nobody and comes last."""
    binding_first = sorted(in_force, key=lambda text: text.force == "definition")
    for word in words:
        for text in binding_first:
            if _has_a_word(text, [word]):
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
    if key not in category_keys():
        known = ", ".join(category_keys())
        raise DefaultsError(f"There is no category “{key}”. Choose one of: {known}.")
    text = clause_for(read_data("defaults")["category"][key]["clause"])
    category = _category(key, text)
    category.save()
    record(
        actor=actor,
        verb="filtering.category-created",
        object=f"category:{key}",
        clause_texts=[text.version],
        detail={"name": category.name, "basis": category.basis},
    )
    return category


def _category(key: str, text: ClauseText) -> Category:
    data = read_data("defaults")["category"][key]
    return Category(
        key=key,
        name=data["name"],
        plain=data["plain"],
        kind=data.get("kind", CategoryKind.TOPIC),
        clause=text.clause,
        basis=data["basis"],
    )


@transaction.atomic
def ensure_defaults(*, actor: Actor) -> None:
    """All default categories, profiles and rules; what exists already stays as it is.

    One act and one leaf. Raises DefaultsError when no clause in force can be cited.
    """
    made = _Made(texts_in_force())
    made.categories()
    made.profiles()
    made.rules()
    if made.detail:
        record(
            actor=actor,
            verb="filtering.defaults-created",
            object="filter",
            clause_texts=made.cited,
            detail=made.detail,
        )


class _Made:
    """What one run of the defaults adds. ``detail`` holds the new keys by table."""

    def __init__(self, in_force: list[ClauseText]) -> None:
        self._in_force = in_force
        self._data = read_data("defaults")
        self.cited: set[str] = set()
        self.detail: dict[str, list[str]] = {}

    def categories(self) -> None:
        missing = self._missing(Category, list(self._data["category"].items()))
        Category.objects.bulk_create(
            _category(key, self._cite(told["clause"])) for key, told in missing
        )

    def profiles(self) -> None:
        missing = self._missing(Profile, [(told["key"], told) for told in self._data["profile"]])
        orders = _free_orders(Profile.objects.values_list("order", flat=True))
        Profile.objects.bulk_create(
            Profile(key=key, name=told["name"], order=next(orders), audience=told["audience"])
            for key, told in missing
        )

    def rules(self) -> None:
        missing = self._missing(Rule, [(told["key"], told) for told in self._data["rule"]])
        orders = _free_orders(Rule.objects.values_list("order", flat=True))
        categories = {row.key: row for row in Category.objects.all()}
        profiles = {row.key: row for row in Profile.objects.all()}
        for _, told in missing:
            rule = self._rule(told, next(orders))
            rule.save()
            rule.categories.set(categories[key] for key in told["categories"])
            rule.profiles.set(profiles[key] for key in self._members(told.get("profiles", [])))

    def _rule(self, told: dict[str, Any], order: int) -> Rule:
        optional = {"answer", "locked", "override", "enabled"} & set(told)
        return Rule(
            order=order,
            windows=self._data["windows"][told.get("windows", "always")],
            clause=self._cite(told["clause"]).clause,
            **{name: told[name] for name in ("key", "name", "action", "basis", *optional)},
        )

    def _missing(self, model: type[Model], wanted: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        known = set(model._default_manager.values_list("key", flat=True))
        missing = [(key, told) for key, told in wanted if key not in known]
        if missing:
            self.detail[model._meta.model_name or ""] = [key for key, _ in missing]
        return missing

    def _cite(self, kind: str) -> ClauseText:
        text = clause_for(kind, self._in_force)
        self.cited.add(text.version)
        return text

    def _members(self, groups: Iterable[str]) -> list[str]:
        return [key for group in groups for key in self._data["groups"][group]]


def _free_orders(taken: Iterable[int]) -> Iterator[int]:
    """Places after those that are taken, ten apart, so that a row can be put between."""
    return count(max(taken, default=0) + 10, 10)
