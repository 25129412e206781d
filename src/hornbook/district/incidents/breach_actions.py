"""Every write to breaches: what is out, whose it is, what was decided, and who was told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone

from hornbook.district.incidents.actions import Refused
from hornbook.district.incidents.clock import Facts, Reading, read
from hornbook.district.incidents.law import Law, law
from hornbook.district.incidents.models import (
    Affected,
    Breach,
    BreachEvent,
    Determination,
    GivenAway,
)
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of


@dataclass(frozen=True)
class About:
    """What is known of a breach; see the model for what each part means."""

    title: str
    what: str
    discovered_on: date
    happened_on: date | None = None
    kinds: tuple[str, ...] = ()
    unreadable: bool = False
    owner: str = ""


@dataclass(frozen=True)
class Someone:
    """One affected person as written on an envelope; ``state`` is the postal one."""

    name: str
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    email: str = ""


@transaction.atomic
def open_breach(*, actor: Actor, about: About, incident: GivenAway | None = None) -> Breach:
    """Start the clock. Raises Refused for a kind that the law does not name."""
    _check(about)
    breach = Breach.objects.create(
        **asdict(about) | {"kinds": list(about.kinds)},
        incident=incident,
        opened_by=actor.label,
        opened_at=timezone.now(),
    )
    add_event(breach, actor, "Opened. The clock counts from the day of discovery.", _facts(about))
    return breach


@transaction.atomic
def change_breach(*, actor: Actor, breach: Breach, about: About) -> None:
    """More is known. What was known before stands in the ledger."""
    _check(about)
    _still_open(breach)
    for name, value in asdict(about).items():
        setattr(breach, name, list(value) if name == "kinds" else value)
    breach.save()
    add_event(breach, actor, "Changed what is known of it.", _facts(about))


def _check(about: About) -> None:
    strange = set(about.kinds) - set(law().kinds)
    if strange:
        raise Refused(f"The law names no such kind of information: {', '.join(sorted(strange))}.")


def _facts(about: About) -> dict[str, Any]:
    """What the leaf keeps: the words themselves stay in the row."""
    return {
        "kinds": list(about.kinds),
        "discovered_on": about.discovered_on.isoformat(),
        "unreadable": about.unreadable,
    }


def _still_open(breach: Breach) -> None:
    if breach.state != Breach.State.OPEN:
        raise Refused("This breach is closed.")


def add_event(
    breach: Breach, actor: Actor, words: str, detail: dict[str, Any] | None = None
) -> BreachEvent:
    leaf = record(
        actor=actor,
        verb="breach step",
        object=f"breach {breach.key}",
        detail={"words": words, **(detail or {})},
    )
    return BreachEvent.objects.create(
        breach=breach, at=leaf.at, by=actor.label, words=words[:500], leaf_no=leaf.no
    )


@transaction.atomic
def add_affected(*, actor: Actor, breach: Breach, people: Iterable[Someone]) -> int:
    """Write down whose information it is; somebody who is there already is not written twice."""
    _still_open(breach)
    before = breach.affected.count()
    Affected.objects.bulk_create(
        (Affected(breach=breach, **asdict(one)) for one in people),
        batch_size=2000,
        ignore_conflicts=True,
    )
    new = breach.affected.count() - before
    if new:
        add_event(breach, actor, f"Wrote down {_people(new)}.", {"people": new})
    return new


@transaction.atomic
def determine(
    *, person: Person, breach: Breach, harm_likely: bool, reasons: str, consulted: str
) -> Determination:
    """A named person decides whether financial harm is likely, in writing. The newest counts."""
    _still_open(breach)
    now = timezone.now()
    said = "likely" if harm_likely else "not reasonably likely"
    event = add_event(
        breach, actor_of(person), f"Determined: financial harm is {said}.", {"harm": harm_likely}
    )
    return Determination.objects.create(
        breach=breach,
        harm_likely=harm_likely,
        reasons=reasons,
        consulted=consulted,
        by=person,
        at=now,
        keep_until=years_later(timezone.localdate(now), law().keep_years),
        leaf_no=event.leaf_no,
    )


def years_later(day: date, years: int) -> date:
    """The same day some years later; of a 29 February the 1 March, so that it is never less."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


@transaction.atomic
def hold(*, actor: Actor, breach: Breach, agency: str, since: date) -> None:
    """A law-enforcement agency asked in writing to wait with notices."""
    _still_open(breach)
    breach.hold_agency, breach.hold_since, breach.hold_ended_on = agency, since, None
    breach.save(update_fields=["hold_agency", "hold_since", "hold_ended_on"])
    add_event(breach, actor, f"{agency} asked in writing to wait with notices.")


@transaction.atomic
def end_hold(*, actor: Actor, breach: Breach, on: date) -> None:
    """The agency wrote that notices do no harm any more."""
    if not breach.held:
        raise Refused("Nobody asked to wait.")
    breach.hold_ended_on = on
    breach.save(update_fields=["hold_ended_on"])
    add_event(breach, actor, f"{breach.hold_agency} wrote that notices may go out.")


@transaction.atomic
def owner_told(*, actor: Actor, breach: Breach, on: date) -> None:
    breach.owner_told_on = on
    breach.save(update_fields=["owner_told_on"])
    add_event(breach, actor, f"Told the owner of the information: {breach.owner}.")


def _people(number: int) -> str:
    return f"{number} {'person' if number == 1 else 'people'}"


HOW = {"letter": "by letter", "email": "by e-mail", "public": "by public notice"}


@transaction.atomic
def people_told(*, actor: Actor, breach: Breach, on: date, how: str) -> int:
    """Everybody on the list who was not told yet has been told that day; how many they were.

    Raises Refused while the police wait, or where the law asks nothing of nobody.
    """
    _still_open(breach)
    if breach.held:
        raise Refused(f"{breach.hold_agency} asked to wait. End that first.")
    if on < breach.discovered_on or on > timezone.localdate():
        raise Refused("That day lies before the discovery, or in the future.")
    told = breach.affected.filter(told_on=None).update(told_on=on, told_how=how)
    if told:
        add_event(breach, actor, f"Told {_people(told)} {HOW[how]}.", {"people": told})
    return told


@transaction.atomic
def attorney_told(*, actor: Actor, breach: Breach, on: date) -> None:
    """The Attorney General has the written notice."""
    _still_open(breach)
    breach.attorney_told_on = on
    breach.save(update_fields=["attorney_told_on"])
    add_event(breach, actor, "Gave written notice to the Attorney General.")


@transaction.atomic
def close_breach(*, actor: Actor, breach: Breach) -> None:
    """End it. Raises Refused while the law still asks something."""
    _still_open(breach)
    if not reading_of(breach).all_done:
        raise Refused("The law still asks for something: see what is due.")
    if breach.owner and breach.owner_told_on is None:
        raise Refused(f"{breach.owner} owns the information and has not been told.")
    breach.state, breach.closed_at = Breach.State.CLOSED, timezone.now()
    breach.save(update_fields=["state", "closed_at"])
    add_event(breach, actor, "Closed.")


# --- reading -------------------------------------------------------------------------------------


def facts_of(breach: Breach, told: Law) -> Facts:
    """Counted anew each time: in one statement, and one for the determination."""
    counted = breach.affected.aggregate(
        everybody=Count("pk"),
        residents=Count("pk", filter=Q(state=told.state)),
        told=Count("pk", filter=Q(told_on__isnull=False)),
        first=Min("told_on"),
    )
    decided = breach.determinations.first()
    return Facts(
        discovered_on=breach.discovered_on,
        kinds=len(breach.kinds),
        unreadable=breach.unreadable,
        held=breach.held,
        harm_likely=decided.harm_likely if decided else None,
        residents=counted["residents"],
        everybody=counted["everybody"],
        told=counted["told"],
        first_told_on=counted["first"],
        attorney_told_on=breach.attorney_told_on,
    )


def reading_of(breach: Breach, told: Law | None = None) -> Reading:
    """What the law asks today."""
    found = told or law()
    return read(
        facts_of(breach, found),
        timezone.localdate(),
        more_than=found.more_than,
        days=found.business_days,
    )


COLUMNS = ("name", "street", "city", "state", "zip", "email")


def read_people(text: str) -> tuple[list[Someone], list[str]]:
    """People out of lines “name; street; city; state; ZIP; e-mail”, and what is wrong in words."""
    found, wrong = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        separator = ";" if ";" in line else "\t" if "\t" in line else ","
        parts = [part.strip().strip('"') for part in line.split(separator)]
        problem = _problem(parts)
        if problem:
            wrong.append(f"Line {number}: {problem}")
        else:
            found.append(
                Someone(
                    **dict(zip(COLUMNS, [*parts[:3], parts[3].upper(), *parts[4:]], strict=False))
                )
            )
    return found, wrong


def _problem(parts: Sequence[str]) -> str:
    if not 4 <= len(parts) <= len(COLUMNS):
        return "write name; street; city; state; ZIP; e-mail. The last two may be left out."
    if not parts[0]:
        return "the name is missing."
    if len(parts[3]) != 2 or not parts[3].isalpha():
        return f"“{parts[3]}” is no state. Write its two letters, such as IA."
    return ""
