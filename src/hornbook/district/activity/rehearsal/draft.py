"""A draft: changes to rules and lists that are in force nowhere.

As a file, TOML or JSON::

    [[rules]]                 # a rule by its key; what is not named stays as it is
    key = "games"
    action = "block"          # allow, block, warn, inspect, rewrite
    clause = "PRO-1"          # the version in force is meant
    profiles = ["elementary"] # [] is everybody
    categories = ["games"]    # [] is everything
    windows = [{days = [0, 1, 2, 3, 4], from = "08:00", to = "15:00"}]
    enabled = true
    remove = false            # true: as if it were not there

    [[names]]                 # names to list in a category
    category = "games"
    names = ["new-game.example"]

    drop = ["school.example"] # names to take out of every list

Reading a draft changes nothing.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hornbook.district.filtering.compiler.resolve import RuleLine
from hornbook.district.filtering.compiler.rules import Ruleset
from hornbook.district.filtering.compiler.windows import BadWindow, read_windows
from hornbook.district.filtering.models import Action
from hornbook.district.policy.models import LegalBasis
from hornbook.instance import InstanceError
from hornbook.kernel.names import BadName, normalise

MAX_OCTETS = 50_000_000
_SETS = ("profiles", "categories")
_TEXTS = ("key", "name", "action", "basis", "clause", "answer", "override")
_FLAGS = ("enabled", "locked", "remove")
_KNOWN = {*_TEXTS, *_FLAGS, *_SETS, "windows", "order"}


class DraftError(InstanceError):
    """A draft cannot be used; the message names the place and the remedy."""


@dataclass(frozen=True)
class Draft:
    """``rules`` are changes by key, ``names`` names by category, ``drop`` names to unlist."""

    rules: tuple[Mapping[str, Any], ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()

    @property
    def changes_lists(self) -> bool:
        return bool(self.drop or any(self.names.values()))

    @property
    def empty(self) -> bool:
        return not (self.rules or self.changes_lists)

    def as_dict(self) -> dict[str, Any]:
        """JSON types, in one order: the same draft gives the same dictionary."""
        return {
            "rules": [dict(sorted(rule.items())) for rule in self.rules],
            "names": {key: sorted(names) for key, names in sorted(self.names.items())},
            "drop": sorted(self.drop),
        }


def load_draft(path: Path) -> Draft:
    """Read a draft from a ``.toml`` or ``.json`` file. Raises DraftError."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise DraftError(f"{path} cannot be read: {error.strerror}.") from error
    if len(body) > MAX_OCTETS:
        raise DraftError(f"{path} is larger than {MAX_OCTETS // 1_000_000} MB.")
    try:
        text = body.decode()
        return read_draft(json.loads(text) if path.suffix == ".json" else tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise DraftError(f"{path} cannot be read as a draft: {error}.") from error
    except DraftError as error:
        raise DraftError(f"{path}: {error}") from error


def read_draft(raw: object) -> Draft:
    """A draft from plain dictionaries and lists. Raises DraftError."""
    if not isinstance(raw, dict):
        raise DraftError("A draft is a table with “rules”, “names” and “drop”.")
    foreign = set(raw) - {"rules", "names", "drop"}
    if foreign:
        raise DraftError(f"A draft has no “{min(foreign)}”: write rules, names or drop.")
    rules = tuple(_rule(n, told) for n, told in enumerate(_listed(raw, "rules"), 1))
    names: dict[str, tuple[str, ...]] = {}
    for number, told in enumerate(_listed(raw, "names"), 1):
        where = f"names, entry {number}"
        if not isinstance(told, dict) or not isinstance(told.get("category"), str):
            raise DraftError(f"{where}: name a category, and names.")
        names[told["category"]] = tuple(sorted(_names(told, "names", where)))
    return Draft(rules, names, frozenset(_names(raw, "drop", "drop")))


def as_read(told: Mapping[str, Any]) -> dict[str, Any]:
    """``Draft.as_dict`` in the form that :func:`read_draft` takes."""
    names = [{"category": key, "names": listed} for key, listed in told["names"].items()]
    return dict(told) | {"names": names}


def _listed(raw: Mapping[str, Any], key: str) -> list[Any]:
    found = raw.get(key, [])
    if not isinstance(found, list):
        raise DraftError(f"“{key}” must be a list.")
    return found


def _names(raw: Mapping[str, Any], key: str, where: str) -> set[str]:
    try:
        return {normalise(str(name)) for name in _listed(raw, key)}
    except BadName as error:
        raise DraftError(f"{where}: {error}.") from error


def _rule(number: int, told: object) -> Mapping[str, Any]:
    where = f"rules, entry {number}"
    if not isinstance(told, dict) or not isinstance(told.get("key"), str):
        raise DraftError(f"{where}: name the rule with “key”.")
    for key, value in told.items():
        if key not in _KNOWN:
            raise DraftError(f"{where}: a rule has no “{key}”.")
        if not _fits(key, value):
            raise DraftError(f"{where}: “{key}” cannot be {value!r}.")
    if told.get("action", Action.BLOCK) not in Action.values:
        raise DraftError(f"{where}: an action is one of {', '.join(Action.values)}.")
    try:
        read_windows(told.get("windows", []))
    except BadWindow as error:
        raise DraftError(f"{where}: {error}.") from error
    return told


def _fits(key: str, value: object) -> bool:
    if key in _TEXTS:
        return isinstance(value, str)
    if key in _FLAGS:
        return isinstance(value, bool)
    if key == "order":
        return isinstance(value, int) and not isinstance(value, bool)
    of = dict if key == "windows" else str
    return isinstance(value, list) and all(isinstance(one, of) for one in value)


# --- onto the rules that are ------------------------------------------------------------------


def applied(draft: Draft, ruleset: Ruleset) -> Ruleset:
    """The rules as the draft wants them. Raises DraftError for what is not there to name."""
    lines = {line.key: line for line in ruleset.rules}
    for told in draft.rules:
        key = told["key"]
        if told.get("remove"):
            if lines.pop(key, None) is None:
                raise DraftError(f"There is no rule “{key}” to remove.")
            continue
        lines[key] = _changed(lines.get(key) or _new(told), told, ruleset)
    return replace(ruleset, rules=tuple(lines.values()))


def _new(told: Mapping[str, Any]) -> RuleLine:
    missing = [key for key in ("action", "clause") if not told.get(key)]
    if missing:
        raise DraftError(
            f"There is no rule “{told['key']}”. To try a new one, give its {' and '.join(missing)}."
        )
    return RuleLine(
        told["key"], told["key"], told["action"], LegalBasis.LOCAL.value, "", order=1 << 30
    )


def _changed(line: RuleLine, told: Mapping[str, Any], ruleset: Ruleset) -> RuleLine:
    known = {one.name for one in fields(RuleLine)}
    values: dict[str, Any] = {key: value for key, value in told.items() if key in known}
    _check_keys(told, ruleset)
    values |= {key: frozenset(told[key]) for key in _SETS if key in told}
    if "windows" in told:
        values["windows"] = read_windows(told["windows"])
    if "clause" in told:
        values["clause"] = _version(told["clause"], ruleset)
    return replace(line, **values)


def _check_keys(told: Mapping[str, Any], ruleset: Ruleset) -> None:
    there = {"profiles": set(ruleset.profile_keys), "categories": {t.key for t in ruleset.topics}}
    for kind, known in there.items():
        for key in told.get(kind, ()):
            if key not in known:
                raise DraftError(
                    f"The rule “{told['key']}” names “{key}”, which is none of the {kind}."
                )


def _version(clause: str, ruleset: Ruleset) -> str:
    for version in ruleset.texts:
        if clause in (version, version.partition("@")[0]):
            return version
    raise DraftError(f"Clause “{clause}” has no text in force.")
