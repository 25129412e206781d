"""From switch-offs, restrictions, openings and lessons to the orders that a seating carries.

Nothing is in force without words in force: what stands on a clause that has none today is left
out, and said in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from hornbook.district.filtering.order_models import (
    Lesson,
    Opening,
    Restriction,
    SwitchOff,
    Timed,
)
from hornbook.district.people.models import Enrollment, Person, Role
from hornbook.district.policy.models import ClauseText, LegalBasis
from hornbook.kernel.orders import (
    GRANTED,
    IN_SESSION,
    NEVER,
    RESTRICTED,
    SWITCHED_OFF,
    Order,
    Who,
)
from hornbook.kernel.rulebook import Verdict

log = logging.getLogger(__name__)
ADULT = 17  # CIPA's minors are those under 17: 47 U.S.C. 254(h)(7)(D)
AHEAD = timedelta(days=30)  # what begins later is told later, by the nightly publication
ESSENTIAL = "essential"  # the category that every lesson and every restriction leaves alone
_BLOCKED = 15  # Extended DNS Error, RFC 8914
_TTL = 60


class _Missing(Exception):
    """Something stands on a clause that has no text in force."""


def read_orders(at: datetime) -> list[Order]:
    """All orders that hold at that moment or begin within a month."""
    made = _Maker(at)
    return [*made.switch_offs(), *made.restrictions(), *made.openings(), *made.lessons()]


class _Maker:
    def __init__(self, at: datetime) -> None:
        self._at = at
        in_force = ClauseText.objects.in_force(timezone.localdate(at)).filter(lang="en")
        self._texts = {text.clause_id: text for text in in_force.select_related("revision")}

    def _rows(self, model: Any, *related: str) -> Iterator[Any]:
        due = model.objects.to_come(self._at).filter(begins_at__lte=self._at + AHEAD)
        for row in due.select_related("clause", *related).order_by("pk"):
            if row.clause_id in self._texts:
                yield row
            else:
                log.error("%s stands on %s, which has no text in force", row, row.clause.key)

    def switch_offs(self) -> Iterator[Order]:
        for row in self._rows(SwitchOff):
            sites = frozenset(row.sites.values_list("key", flat=True))
            yield Order(
                SWITCHED_OFF,
                "block",
                self._verdict(row, "switch-off", "block", LegalBasis.EMERGENCY, _off(row), "it"),
                Who(sites=sites),
                names=tuple(row.names),
                **_times(row),
            )

    def restrictions(self) -> Iterator[Order]:
        for row in self._rows(Restriction, "person"):
            keys = list(row.categories.values_list("key", flat=True))
            yield Order(
                RESTRICTED,
                "block",
                self._verdict(
                    row,
                    "restriction",
                    "block",
                    LegalBasis.LOCAL,
                    "Your access is restricted for now",
                    "principal",
                ),
                Who(persons=frozenset({str(row.person.key)})),
                names=tuple(row.names),
                categories=tuple(sorted({*keys, ESSENTIAL} if row.only else keys)),
                all_but=row.only,
                **_times(row),
            )

    def openings(self) -> Iterator[Order]:
        for row in self._rows(Opening, "person", "school_class", "category"):
            if row.is_grant and not _is_adult(row, self._at):
                log.error("the grant %d is left out: its holder is no adult", row.pk)
                continue
            basis = row.category.basis if row.category else LegalBasis.LOCAL
            yield Order(
                GRANTED,
                "open",
                self._verdict(row, "opening", "allow", basis, "Opened for a while"),
                Who(persons=frozenset(_people_of(row))),
                names=(row.name,) if row.name else (),
                categories=(row.category.key,) if row.category else (),
                lifts_locked=row.is_grant,
                **_times(row),
            )

    def lessons(self) -> Iterator[Order]:
        for row in self._rows(Lesson, "school_class"):
            pupils = frozenset(pupils_of([row.school_class_id], self._at))
            if not pupils:
                continue
            common: dict[str, Any] = {"who": Who(persons=pupils), "names": tuple(row.names)}
            opens = self._verdict(row, "lesson", "allow", LegalBasis.CLASS, "Open for this lesson")
            if row.names:
                yield Order(IN_SESSION, "open", opens, **common, **_times(row))
            if row.focus:
                closes = self._verdict(
                    row,
                    "lesson",
                    "block",
                    LegalBasis.CLASS,
                    "Your class works with other sites now",
                    "teacher",
                )
                left: dict[str, Any] = {"all_but": True, "categories": (ESSENTIAL,)}
                yield Order(IN_SESSION, "block", closes, **common, **left, **_times(row))

    def _verdict(
        self, row: Timed, kind: str, action: str, basis: str, title: str, override: str = ""
    ) -> Verdict:
        text = self._texts[row.clause_id]
        return Verdict(
            action,
            rule=f"{kind}-{row.pk}",
            clause=text.version,
            basis=str(basis),
            override=override,
            answer="notice" if action == "block" else "",
            ede=_BLOCKED if action == "block" else None,
            ttl=_TTL,
            title=title,
            official=text.official,
            plain=text.plain,
            revised_on=text.revision.effective_on.isoformat(),
            section=text.section,
        )


def _off(row: SwitchOff) -> str:
    return f"{row.name} is switched off for now"


def _times(row: Timed) -> dict[str, Any]:
    over = row.over_at
    return {
        "begins": int(row.begins_at.timestamp()),
        "ends": int(over.timestamp()) if over else NEVER,
    }


def _is_adult(row: Opening, at: datetime) -> bool:
    """Birth dates are mended now and then, so that it is asked again whenever seats are made."""
    return row.person is not None and is_adult(row.person, timezone.localdate(at))


def is_adult(person: Person, on: date) -> bool:
    """17 or older. Staff rosters carry no birth dates; a student without one counts as a minor."""
    age = person.age_on(on)
    if age is None:
        return not person.roles.active(on).filter(role=Role.STUDENT).exists()
    return age >= ADULT


def _people_of(row: Opening) -> Iterable[str]:
    if row.person:
        return [str(row.person.key)]
    return pupils_of([row.school_class_id], row.begins_at) if row.school_class_id else []


def pupils_of(classes: Sequence[int], at: datetime) -> list[str]:
    """The keys of everybody who learns in these classes on that day."""
    on = timezone.localdate(at)
    there = Enrollment.objects.filter(
        Q(starts_on__isnull=True) | Q(starts_on__lte=on),
        Q(ends_on__isnull=True) | Q(ends_on__gte=on),
        school_class__in=classes,
        role=Role.STUDENT,
        person__active=True,
    )
    return sorted({str(key) for key in there.values_list("person__key", flat=True)})
