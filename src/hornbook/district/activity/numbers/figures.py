"""Work the numbers out: one pass over the period's sums, and what the database knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.utils import timezone

from hornbook.district.activity.looked.telling import Sums, by_school
from hornbook.district.activity.reading import Step, lake_at
from hornbook.district.filtering.models import Action, Ask
from hornbook.district.people.models import RoleAssignment
from hornbook.record.lake import Row, Where

DAYS = 14
IN_TIME = timedelta(days=1)  # how soon a request should be answered
NEW_SHOWN = 10


@dataclass
class School:
    """The sums of one site (key; "" where it is not known)."""

    site: str
    total: int = 0
    blocked: int = 0
    bypass: int = 0


@dataclass
class Asks:
    """Requests of the period: ``in_time`` were answered within a day, ``late`` were not."""

    in_time: int = 0
    late: int = 0
    waiting: int = 0


@dataclass
class Figures:
    """All that the page shows. ``steps`` are days of the district, ``looked`` is by school."""

    since: datetime
    until: datetime
    steps: list[Step] = field(default_factory=list)
    clauses: list[Row] = field(default_factory=list)
    schools: list[School] = field(default_factory=list)
    bypass_days: list[Step] = field(default_factory=list)
    new_names: int = 0
    new_shown: list[Row] = field(default_factory=list)
    asks: Asks = field(default_factory=Asks)
    looked: dict[str, Sums] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(step.blocked + step.other for step in self.steps)

    @property
    def blocked(self) -> int:
        return sum(step.blocked for step in self.steps)

    @property
    def bypass(self) -> int:
        return sum(step.blocked for step in self.bypass_days)


def work_out(folder: Path, where: Where, now: datetime, categories: tuple[str, ...]) -> Figures:
    """The last ``DAYS`` days, today included. Raises LakeError."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=DAYS - 1)
    found = Figures(since, now)
    with lake_at(folder).window(since.astimezone(UTC), now.astimezone(UTC), where) as window:
        _by_day(found, window.summary(3600, "site", "action", "category", "clause"), categories)
        found.new_names, found.new_shown = window.new_names(today.astimezone(UTC), NEW_SHOWN)
        found.problems = window.problems
    found.asks = _asks(where, since, now)
    found.looked = by_school(where, since, now)
    return found


def _by_day(found: Figures, summary: list[Row], categories: tuple[str, ...]) -> None:
    """Hours become days of the district's clock, so that a day has its true 23 or 25 hours."""
    days = {(found.since + timedelta(days=n)).date(): Counter[str]() for n in range(DAYS)}
    schools: dict[str, School] = {}
    clauses: Counter[str] = Counter()
    for row in summary:
        kind = "blocked" if row["action"] == Action.BLOCK else "other"
        day = days.setdefault(timezone.localtime(row["bucket"]).date(), Counter())
        school = schools.setdefault(row["site"], School(row["site"]))
        day[kind] += row["n"]
        school.total += row["n"]
        if kind == "blocked":
            school.blocked += row["n"]
            clauses[row["clause"]] += row["n"]
        if row["category"] in categories and kind == "blocked":
            day["bypass"] += row["n"]
            school.bypass += row["n"]
    found.steps = [_step(day, sums["blocked"], sums["other"]) for day, sums in days.items()]
    found.bypass_days = [_step(day, sums["bypass"], 0) for day, sums in days.items()]
    found.clauses = [{"clause": clause, "n": n} for clause, n in clauses.most_common()]
    found.schools = sorted(schools.values(), key=lambda school: (-school.total, school.site))


def _step(day: date, blocked: int, other: int) -> Step:
    begins = datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())
    return Step(begins, blocked, other)


def _asks(where: Where, since: datetime, now: datetime) -> Asks:
    asks = Ask.objects.filter(asked_at__gte=since, asked_at__lte=now)
    if where.sites is not None:
        held = RoleAssignment.objects.active(timezone.localdate(now))
        asks = asks.filter(person__in=held.filter(site__key__in=where.sites).values("person"))
    counted: dict[str, int] = defaultdict(int)
    for asked, decided in asks.values_list("asked_at", "decided_at"):
        took = (decided or now) - asked
        state = "late" if took > IN_TIME else "in_time" if decided else "waiting"
        counted[state] += 1
    return Asks(**counted)
