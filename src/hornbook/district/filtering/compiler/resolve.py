"""The order of judgement, as code that can be read aloud. Everything else only repeats it faster.

Strongest first:

1. the protected set (crisis lines, emergency, the records portal): always open
2. emergency switch-off
3. personal restriction
4. grants and exceptions
5. class session
6. locked rules (legal basis CIPA)
7. the district's rules in their order; the first that fits speaks
8. default: allow

A rule that looks inside never fits a name that is listed as private (banks, health, counsel,
unions). What 4, 7 or 8 leave open may still be answered otherwise, looked into or not: rules that
rewrite (SafeSearch) are read last, and never for the protected set. A warning stays one.

2 to 5 change for single people or for an hour; they enter through seating (``orders.py``), and
the kernel holds their place above the rules: exceptions and lessons open what rules block, but
never what a locked one does; only a grant to an adult lifts a lock, where the rule says who may
override it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from hornbook.district.filtering.compiler.windows import Minute, Window, describe, is_open


@dataclass(frozen=True)
class Topic:
    """A category as the compiler sees it. ``kind``: topic, allow, protected, private or rewrite.

    ``clause`` is a clause version (``SUPPORT-1@2``); only protected topics speak by themselves.
    """

    key: str
    name: str
    kind: str
    clause: str = ""


@dataclass(frozen=True)
class RuleLine:
    """One rule, free of the database. Empty ``categories`` or ``profiles`` mean all of them.

    ``minutes`` and ``known_only`` are the terms of one that warns, ``keeps_paths`` is for one that
    looks inside (``Rule``).
    """

    key: str
    name: str
    action: str
    basis: str
    clause: str
    categories: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    locked: bool = False
    enabled: bool = True
    order: int = 0
    answer: str = "notice"
    override: str = ""
    minutes: int = 0
    known_only: bool = True
    keeps_paths: bool = False


@dataclass(frozen=True)
class Outcome:
    """Who spoke. ``rule`` is None for the protected set and for the default.

    ``category`` is the listed category that made it fit, "" when none was needed. ``beneath``
    is what a rewrite is put over, and what names below the rewritten host get.
    """

    action: str
    rule: RuleLine | None = None
    protected: Topic | None = None
    category: str = ""
    beneath: Outcome | None = None


REWRITE, INSPECT, WARN = "rewrite", "inspect", "warn"
LETS_BY = ("allow", INSPECT)  # what may still be answered otherwise
DEFAULT = Outcome("allow")


def resolve(
    topics: Collection[Topic],
    rules: Iterable[RuleLine],
    *,
    profile: str,
    categories: frozenset[str],
    minute: Minute,
) -> Outcome:
    """What holds for that profile and those categories at that minute of the week (0 to 10079)."""
    protected = protection(topics, categories)
    if protected:
        return Outcome("allow", protected=protected, category=protected.key)
    found = DEFAULT
    private = is_private(topics, categories)
    for rule in judged_order(rules):
        if found.rule and rule.action != REWRITE:
            continue
        why = misfit(rule, profile=profile, categories=categories, minute=minute, private=private)
        if why is None:
            spoken = Outcome(rule.action, rule=rule, category=decider(rule, categories))
            if rule.action == REWRITE:
                return replace(spoken, beneath=found)
            if rule.action not in LETS_BY:
                return spoken
            found = spoken
    return found


def protection(topics: Iterable[Topic], categories: frozenset[str]) -> Topic | None:
    """The protected topic among these categories, if there is one."""
    found = (t for t in topics if t.kind == "protected" and t.key in categories)
    return min(found, key=lambda topic: topic.key, default=None)


def is_private(topics: Iterable[Topic], categories: frozenset[str]) -> bool:
    """Whether a name in these categories is never looked into."""
    return any(topic.kind == "private" and topic.key in categories for topic in topics)


def judged_order(rules: Iterable[RuleLine]) -> list[RuleLine]:
    """Locked rules first, then the district's order; what rewrites comes after all others."""
    return sorted(
        rules, key=lambda rule: (rule.action == REWRITE, not rule.locked, rule.order, rule.key)
    )


def misfit(
    rule: RuleLine,
    *,
    profile: str,
    categories: frozenset[str],
    minute: Minute,
    private: bool = False,
) -> str | None:
    """Why the rule does not speak, in plain words; None when it fits."""
    if not rule.enabled:
        return "it is switched off"
    if private and rule.action == INSPECT:
        return "this site is never looked into"
    if rule.profiles and profile not in rule.profiles:
        return "it is for other people"
    if rule.categories and not rule.categories & categories:
        return "the name is not in its categories" if categories else "the name is in no list"
    if not is_open(rule.windows, minute):
        return f"it holds only {describe(rule.windows)}"
    return None


def decider(rule: RuleLine, categories: frozenset[str]) -> str:
    """The category that made the rule fit (the first by key, so that answers are stable)."""
    return min(rule.categories & categories, default="")
