"""Read one period of the record for a page: sums by time, by reason and by name, newest rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from django.utils.datastructures import MultiValueDict

from hornbook.district.filtering.models import Action, Category, Profile
from hornbook.district.people.models import Site
from hornbook.district.policy.models import Clause
from hornbook.record.lake import Lake, Row, Where

NEWEST = 50
MOST_BLOCKED = 10
_SHOWN = ("at", "site", "profile", "name", "action", "clause", "category")


@dataclass(frozen=True)
class Period:
    """A stretch of time until now, cut into steps of ``width`` seconds; the rest is words."""

    key: str
    label: str
    words: str
    step: str
    span: timedelta
    width: int

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """From the start of a whole step to now, UTC."""
        earliest = int((now - self.span).timestamp()) // self.width * self.width + self.width
        return datetime.fromtimestamp(earliest, UTC), now.astimezone(UTC)


PERIODS = (
    Period("hour", "Last hour", "in the last hour", "a minute", timedelta(hours=1), 60),
    Period("day", "Last day", "in the last 24 hours", "a half hour", timedelta(days=1), 1800),
    Period(
        "week", "Last week", "in the last 7 days", "in three hours", timedelta(days=7), 3 * 3600
    ),
)


@dataclass(frozen=True)
class Choice:
    """What the reader chose above the page; what is not known is not chosen."""

    period: Period
    action: str = ""
    category: str = ""
    clause: str = ""

    @classmethod
    def of(cls, query: MultiValueDict[str, str]) -> Choice:
        chosen = {name: query.get(name) or "" for name in ("last", "action", "category", "clause")}
        periods = {period.key: period for period in PERIODS}
        category = Category.objects.filter(key=chosen["category"])
        clause = Clause.objects.filter(key=chosen["clause"])
        return cls(
            period=periods.get(chosen["last"], PERIODS[0]),
            action=chosen["action"] if chosen["action"] in Action.values else "",
            category=chosen["category"] if category.exists() else "",
            clause=chosen["clause"] if clause.exists() else "",
        )

    @property
    def filtered(self) -> bool:
        return bool(self.action or self.category or self.clause)

    def narrow(self, where: Where) -> Where:
        """``where`` and the choice together; it can only become narrower."""
        return replace(
            where,
            action=self.action or None,
            category=self.category or None,
            clause=self.clause or None,
        )


@dataclass
class Step:
    """One column of the picture. ``other`` counts everything that was not blocked."""

    starts: datetime
    blocked: int = 0
    other: int = 0


@dataclass
class Findings:
    """What a period of the record says. Rows are dictionaries of plain values."""

    steps: list[Step]
    reasons: list[Row]
    names: list[Row]
    newest: list[Row]
    problems: list[str] = field(default_factory=list)

    @property
    def blocked(self) -> int:
        return sum(step.blocked for step in self.steps)

    @property
    def total(self) -> int:
        return self.blocked + sum(step.other for step in self.steps)


@cache
def lake_at(folder: Path) -> Lake:
    """One lake for the process: it remembers what it has read of the manifests."""
    return Lake(folder)


def find(folder: Path, period: Period, where: Where, now: datetime, *, rows: bool) -> Findings:
    """Everything that the page shows, single questions only with ``rows``. Raises LakeError."""
    since, until = period.bounds(now)
    with lake_at(folder).window(since, until, where) as window:
        summary = window.summary(period.width, "action", "category", "clause")
        return Findings(
            steps=_steps(summary, since, until, period.width),
            reasons=_reasons(summary),
            names=window.top_blocked(MOST_BLOCKED),
            newest=window.latest(NEWEST, _SHOWN) if rows else [],
            problems=window.problems,
        )


def _steps(summary: list[Row], since: datetime, until: datetime, width: int) -> list[Step]:
    """One step for each ``width`` seconds of the period, also where nobody asked anything."""
    count = int((until - since).total_seconds()) // width + 1
    steps = [Step(since + timedelta(seconds=width * number)) for number in range(count)]
    by_start = {step.starts: step for step in steps}
    for row in summary:
        step = by_start[row["bucket"]]
        if row["action"] == Action.BLOCK:
            step.blocked += row["n"]
        else:
            step.other += row["n"]
    return steps


def _reasons(summary: list[Row]) -> list[Row]:
    """What was done under which clause for which category, most first; the default left out."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in summary:
        if row["clause"]:
            counts[row["action"], row["category"], row["clause"]] += row["n"]
    return [
        {"action": action, "category": category, "clause": clause, "n": n}
        for (action, category, clause), n in counts.most_common()
    ]


@dataclass(frozen=True)
class Words:
    """Names for the keys that the record holds; a key that is gone stays as it is."""

    sites: Mapping[str, str]
    profiles: Mapping[str, str]
    categories: Mapping[str, str]

    @classmethod
    def today(cls) -> Words:
        return cls(
            dict(Site.objects.values_list("key", "name")),
            dict(Profile.objects.values_list("key", "name")),
            dict(Category.objects.values_list("key", "name")),
        )

    def put_into(self, rows: list[Row]) -> None:
        """Add ``site_name``, ``profile_name`` and ``category_name`` where the keys are there."""
        for kind, names in (
            ("site", self.sites),
            ("profile", self.profiles),
            ("category", self.categories),
        ):
            for row in rows:
                if kind in row:
                    row[f"{kind}_name"] = names.get(row[kind], row[kind])
