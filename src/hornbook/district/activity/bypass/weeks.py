"""The weeks that can be looked at, and what one of them says, with few people hidden."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from hornbook.district.activity.reading import lake_at
from hornbook.record.anonymity import suppress
from hornbook.record.attempts import (
    DEVICE,
    LITTLE,
    NEED,
    TALK,
    Group,
    grouped,
    shown,
    sought,
    tries,
)
from hornbook.record.lake import Where

LEAST = 5  # people; fewer are not told apart from none
BACK = 4  # weeks


@dataclass(frozen=True)
class Week:
    """Monday to Sunday on the district's clock; the running one ends now."""

    monday: date

    @property
    def key(self) -> str:
        return self.monday.isoformat()

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        begins = datetime.combine(self.monday, datetime.min.time())
        return _utc(begins), _utc(begins + timedelta(days=7))


def _utc(moment: datetime) -> datetime:
    return timezone.make_aware(moment).astimezone(UTC)


def weeks(today: date) -> list[Week]:
    """The running week and those before it, the newest first."""
    monday = today - timedelta(days=today.weekday())
    return [Week(monday - timedelta(days=7 * number)) for number in range(BACK)]


def chosen(told: str, today: date) -> Week:
    """The week of that Monday, else the running one."""
    held = weeks(today)
    return next((week for week in held if week.key == told), held[0])


@dataclass(frozen=True)
class Advice:
    """A cause in words, and the one thing to do about it."""

    cause: str
    title: str
    words: str
    action: str
    url: str


ADVICE = (
    Advice(
        NEED,
        "An unmet need",
        "These people were stopped at a site that may be opened, and tried a way around within "
        "minutes. Look whether the site is wanted for school.",
        "Answer the need: open a site",
        "openings",
    ),
    Advice(
        DEVICE,
        "A device, not a person",
        "These names are asked for around the clock: a program does that. Give the device its "
        "files again, or remove the program.",
        "Mend the device: make its files",
        "devices",
    ),
    Advice(
        TALK,
        "Perhaps a talk",
        "Several ways on several days, and no site that they were stopped at before. Talk first. "
        "Nothing here is a finding about anybody.",
        "See who, with a purpose",
        "bypass-people",
    ),
    Advice(
        LITTLE,
        "Too little to say",
        "Single tries, and tries by nobody known. Curiosity needs no answer.",
        "",
        "",
    ),
)


@dataclass(frozen=True)
class Found:
    groups: list[Group]
    problems: list[str]


def look_up(folder: Path, week: Week, where: Where, categories: tuple[str, ...]) -> Found:
    """The groups of one week. Raises LakeError."""
    with lake_at(folder).window(*week.bounds, where) as window:
        groups = grouped(tries(window, categories), sought(window, categories))
        return Found(groups, window.problems)


def told(found: Found) -> list[dict[str, Any]]:
    """One card for each cause: people by site with few hidden, and what many have in common."""
    sites = sorted({group.site for group in found.groups})
    by_place = {(group.cause, group.site): group for group in found.groups}
    counts = [
        [len(group.people) if (group := by_place.get((one.cause, site))) else 0 for one in ADVICE]
        for site in sites
    ]
    hidden = suppress(counts, LEAST)
    return [
        _card(one, [by_place[place] for site in sites if (place := (one.cause, site)) in by_place])
        | {"rows": [(site, row[column]) for site, row in zip(sites, hidden, strict=True)]}
        for column, one in enumerate(ADVICE)
    ]


def _card(advice: Advice, groups: list[Group]) -> dict[str, Any]:
    sums = {"names": Counter[str](), "sought": Counter[str](), "clauses": Counter[str]()}
    for group in groups:
        for kind, total in sums.items():
            total.update(getattr(group, kind))
    return {
        "advice": advice,
        "any": bool(groups),
        "clauses": [clause for clause, _ in sums["clauses"].most_common(3) if clause],
        "names": shown(sums["names"], LEAST),
        "sought": shown(sums["sought"], LEAST),
    }
