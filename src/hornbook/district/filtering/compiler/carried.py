"""The rules that a rulebook was compiled from, carried in its meta.

So a verdict can be explained from the parts alone: rule by rule as they were, however the
tables have changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from hornbook.district.filtering.compiler.resolve import RuleLine, Topic
from hornbook.district.filtering.compiler.rules import Ruleset
from hornbook.district.filtering.compiler.windows import Day, Window

KEY = "compiled_from"


@dataclass(frozen=True)
class Group:
    """A profile as it was compiled: key, name and audience."""

    key: str
    name: str
    audience: Mapping[str, Any]


@dataclass(frozen=True)
class Carried:
    """Topics, rules and profiles (in their order) behind one rulebook."""

    topics: tuple[Topic, ...]
    rules: tuple[RuleLine, ...]
    profiles: tuple[Group, ...]
    calendar: Mapping[date, Day]


def write(ruleset: Ruleset) -> dict[str, Any]:
    """JSON for a rulebook's meta."""
    return {
        "topics": [asdict(topic) for topic in ruleset.topics],
        "rules": [_rule_to_json(rule) for rule in ruleset.rules],
        "profiles": [
            {"key": profile.key, "name": profile.name, "audience": profile.audience}
            for profile in ruleset.profiles
        ],
        "calendar": {
            day.isoformat(): [told.closed, told.starts, told.ends]
            for day, told in ruleset.calendar.items()
        },
    }


def read(meta: Mapping[str, Any]) -> Carried:
    """The same, back from a rulebook's meta. Raises KeyError when it carries none."""
    told = meta[KEY]
    return Carried(
        tuple(Topic(**topic) for topic in told["topics"]),
        tuple(_rule_from_json(rule) for rule in told["rules"]),
        tuple(Group(**profile) for profile in told["profiles"]),
        {date.fromisoformat(day): Day(*hours) for day, hours in told.get("calendar", {}).items()},
    )


def _rule_to_json(rule: RuleLine) -> dict[str, Any]:
    sets = {"categories": sorted(rule.categories), "profiles": sorted(rule.profiles)}
    windows = [[sorted(w.days), w.starts, w.ends, w.school] for w in rule.windows]
    return asdict(rule) | sets | {"windows": windows}


def _rule_from_json(told: Mapping[str, Any]) -> RuleLine:
    sets = {key: frozenset(told[key]) for key in ("categories", "profiles")}
    windows = tuple(Window(frozenset(days), *rest) for days, *rest in told["windows"])
    return RuleLine(**{**told, **sets, "windows": windows})
