"""What keeps a day's rows from being destroyed: holds and open inspections. They always win."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hornbook.district.records.models import Hold, Inspection


@dataclass(frozen=True)
class Stop:
    """One reason. ``persons`` and ``sites`` are keys; None: not narrowed by them."""

    words: str
    persons: frozenset[str] | None = None
    sites: frozenset[str] | None = None
    since: date | None = None
    until: date | None = None

    def on(self, day: date, site: str) -> bool:
        """Whether it may keep rows of that day and site."""
        return self.over(day, day, site)

    def over(self, first: date, last: date, site: str) -> bool:
        """Whether it may keep something that went on from ``first`` to ``last`` at that site."""
        if (self.since and last < self.since) or (self.until and first > self.until):
            return False
        return self.sites is None or site in self.sites

    def about(self, persons: frozenset[str]) -> bool:
        """Whether it keeps what these people have to do with."""
        return self.persons is None or not self.persons.isdisjoint(persons)


Source = Callable[[], list[Stop]]


def holds() -> list[Stop]:
    found = []
    for hold in Hold.objects.active().prefetch_related("persons", "sites"):
        persons = frozenset(str(person.key) for person in hold.persons.all()) or None
        sites = frozenset(site.key for site in hold.sites.all()) or None
        found.append(Stop(f"hold “{hold.matter}”", persons, sites, hold.since, hold.until))
    return found


def inspections() -> list[Stop]:
    return [
        Stop(
            f"inspection asked for on {one.asked_on:%-d %B %Y}",
            persons=frozenset({str(one.subject.key)}),
        )
        for one in Inspection.objects.filter(closed_on__isnull=True).select_related("subject")
    ]


#: Rooms whose open requests keep records add theirs here (in their AppConfig.ready).
SOURCES: list[Source] = [holds, inspections]


def stops() -> list[Stop]:
    """Everything that keeps something, at this moment."""
    return [stop for source in SOURCES for stop in source()]
