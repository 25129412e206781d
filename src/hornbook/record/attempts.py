"""Tries to get around the filter, grouped by what probably lies behind them; a signal, no verdict.

Two questions to the record (``tries``, ``sought``), then a pure grouping. A try is a blocked
question for a way around. In this order:

- *the device*: a name that is asked in so many hours of the week is asked by a program;
- *an unmet need*: shortly before, the same person was stopped at a site that somebody may open;
- *a talk*: many different ways on several days, and no such need;
- *too little to say*: everything else. One try is curiosity.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hornbook.record.lake import Row, Window
from hornbook.record.questions import seconds

if TYPE_CHECKING:
    from ibis.expr.types import Table

DEVICE, NEED, TALK, LITTLE = "device", "need", "talk", "little"
CAUSES = (NEED, DEVICE, TALK, LITTLE)
MACHINE_HOURS = 20  # of a week in which one name is asked: no person sits there so long
BEFORE = 900  # seconds; what somebody was stopped at so shortly before is what they wanted
MANY_WAYS = 3
MANY_DAYS = 2
#: Blocks on these legal bases are no need that anybody here could meet.
CLOSED = ("cipa-minor", "cipa-adult", "security", "protected")


@dataclass
class Group:
    """One cause at one site. ``names`` and ``sought`` count people, not questions."""

    cause: str
    site: str
    people: set[str] = field(default_factory=set)
    tries: int = 0
    clauses: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    sought: Counter[str] = field(default_factory=Counter)


def tries(window: Window, categories: Sequence[str]) -> list[Row]:
    """[{site, person, name, clause, n, hours, first, last}]: what was blocked as a way around.

    ``hours`` are in how many different ones it was asked; ``first`` and ``last`` number days (UTC).
    """

    def build(table: Table) -> Table:
        held = table.filter(table.action == "block", table.category.isin(list(categories)))
        second = seconds(held["at"])
        held = held.mutate(hour=second // 3600, day=second // 86400)
        by = ("site", "person", "name", "clause")
        grouped = held.group_by(*by).aggregate(
            n=held.count(),
            hours=held.hour.nunique(),
            first=held.day.min(),
            last=held.day.max(),
        )
        return grouped.order_by(*by)

    return window.run(build) if categories else []


def sought(window: Window, categories: Sequence[str]) -> list[Row]:
    """[{person, name, category, n}]: what the same people were stopped at just before a try."""

    def build(table: Table) -> Table:
        blocked = table.filter(table.action == "block", table.person != "")
        blocked = blocked.mutate(part=seconds(blocked["at"]) // BEFORE)
        around = blocked.category.isin(list(categories))
        tried = blocked.filter(around).select("person", "part").distinct()
        # A try in this stretch of time or in the next one.
        earlier = tried.mutate(part=tried.part - 1)
        near = tried.union(earlier, distinct=True)
        other = blocked.filter(~around, ~blocked.basis.isin(CLOSED), blocked.basis != "")
        found = other.semi_join(near, ["person", "part"])
        by = ("person", "name", "category")
        return found.group_by(*by).aggregate(n=found.count()).order_by(*by)

    return window.run(build) if categories else []


def grouped(tried: Iterable[Row], wanted: Iterable[Row]) -> list[Group]:
    """By cause and site, in the order of ``CAUSES``; sites in order of their keys."""
    needs: dict[str, list[Row]] = defaultdict(list)
    for row in wanted:
        needs[row["person"]].append(row)
    groups: dict[tuple[str, str], Group] = {}
    for (site, person), rows in _by_person(tried).items():
        for cause, some in _causes(rows, bool(person) and bool(needs.get(person))):
            group = groups.setdefault((cause, site), Group(cause, site))
            _add(group, person, some, needs.get(person, []))
    return sorted(groups.values(), key=lambda one: (CAUSES.index(one.cause), one.site))


def _by_person(tried: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in tried:
        found[row["site"], row["person"]].append(row)
    return found


def _causes(rows: list[Row], needed: bool) -> list[tuple[str, list[Row]]]:
    """The rows of one person at one site, by cause. Nobody known is never a person to talk to."""
    device = [row for row in rows if row["hours"] >= MACHINE_HOURS]
    hand = [row for row in rows if row["hours"] < MACHINE_HOURS]
    return [
        (cause, some) for cause, some in ((DEVICE, device), (_of_hand(hand, needed), hand)) if some
    ]


def _of_hand(rows: list[Row], needed: bool) -> str:
    if needed or not rows:
        return NEED
    ways = {row["name"] for row in rows}
    known = any(row["person"] for row in rows)
    several = max(row["last"] for row in rows) - min(row["first"] for row in rows) + 1 >= MANY_DAYS
    return TALK if known and len(ways) >= MANY_WAYS and several else LITTLE


def _add(group: Group, person: str, rows: list[Row], needs: list[Row]) -> None:
    group.tries += sum(row["n"] for row in rows)
    for row in rows:
        group.clauses[row["clause"]] += row["n"]
    if not person:
        return
    group.people.add(person)
    group.names.update({row["name"] for row in rows})
    if group.cause == NEED:
        group.sought.update({row["name"] for row in needs})


def shown(counts: Counter[str], least: int, most: int = 10) -> list[dict[str, Any]]:
    """[{name, people}] of what at least ``least`` people share, the most first."""
    many = [(name, n) for name, n in counts.items() if n >= least]
    ordered = sorted(many, key=lambda one: (-one[1], one[0]))[:most]
    return [{"name": name, "people": n} for name, n in ordered]
