"""Whom a switch-off would hit: who asked for these names lately, counted by school.

Only numbers leave this room: who in particular asked is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from hornbook.district.people.models import Site
from hornbook.record.lake import Lake

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table


@dataclass(frozen=True)
class Hit:
    """One school: how many questions, and how many people (known by name) asked them."""

    site: str
    questions: int
    people: int


@dataclass(frozen=True)
class Hits:
    """``problems`` say what of the record could not be read: then the numbers are too low."""

    rows: list[Hit]
    problems: list[str]

    @property
    def questions(self) -> int:
        return sum(row.questions for row in self.rows)

    @property
    def people(self) -> int:
        return sum(row.people for row in self.rows)


def hits(names: Sequence[str], sites: Sequence[str], since: datetime) -> Hits:
    """Questions for these names or below them since then, by school; ``sites`` none: all."""

    def build(table: Table) -> Table:
        wanted = reduce(or_, (_below(table, name) for name in names))
        found = table.filter(wanted)
        if sites:
            found = found.filter(found.site.isin(list(sites)))
        known = found.person.nullif("")
        return found.group_by("site").aggregate(questions=found.count(), people=known.nunique())

    lake = Lake(settings.INSTANCE.record)
    with lake.window(since.astimezone(UTC), timezone.now().astimezone(UTC)) as window:
        rows = window.run(build)
        titles = dict(Site.objects.values_list("key", "name"))
        found = [
            Hit(
                titles.get(row["site"], row["site"] or "Nowhere known"),
                row["questions"],
                row["people"],
            )
            for row in sorted(rows, key=lambda row: -int(row["questions"]))
        ]
        return Hits(found, window.problems)


def _title(titles: dict[str, str], site: str) -> str:
    return titles.get(site, site or "Nowhere known")


def _below(table: Table, name: str) -> BooleanValue:
    return (table.name == name) | table.name.endswith(f".{name}")
