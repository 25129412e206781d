"""Every write to switch-offs, restrictions, openings and lessons.

Each is a change with its leaf under a clause; who calls it then lets the nodes know
(``publishing.publish_seating``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from hornbook.district.filtering.actions import Refused, cited, decide, open_request
from hornbook.district.filtering.compiler.orders import ADULT, is_adult
from hornbook.district.filtering.defaults import clause_for
from hornbook.district.filtering.models import (
    Ask,
    Category,
    Lesson,
    Opening,
    Restriction,
    Rule,
    SwitchOff,
)
from hornbook.district.filtering.order_models import Timed
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.models import Person, SchoolClass, Site
from hornbook.district.policy.models import Clause
from hornbook.kernel.names import BadName, normalise

LONGEST_LESSON = timedelta(hours=8)
LONGEST_OPENING = timedelta(days=366)
ASKED_LENGTH = timedelta(days=7)
MAX_NAMES = 200


@transaction.atomic
def switch_off(
    *,
    actor: Actor,
    name: str,
    names: Iterable[str],
    reason: str,
    sites: Iterable[Site] = (),
    ends_at: datetime | None = None,
    clause: Clause | None = None,
) -> SwitchOff:
    """Shut an application now, for everybody or at some schools. Raises Refused with reason."""
    now = timezone.now()
    _in_future(ends_at, now)
    row = SwitchOff.objects.create(
        name=name.strip()[:100],
        names=read_names(names),
        clause=clause or clause_for("network").clause,
        reason=_reason(reason),
        by=actor.label,
        begins_at=now,
        ends_at=ends_at,
    )
    at = list(sites)
    row.sites.set(at)
    _record(actor, "filtering.switched-off", row, sites=[site.key for site in at], names=row.names)
    return row


@transaction.atomic
def restrict(
    *,
    actor: Actor,
    person: Person,
    reason: str,
    ends_at: datetime,
    clause: Clause,
    categories: Iterable[Category] = (),
    names: Iterable[str] = (),
    only: bool = False,
    begins_at: datetime | None = None,
) -> Restriction:
    """Restrict one person's access until a day: the consequence of a case, under its clause.

    ``only``: nothing but these names and categories (and what is protected or essential). Raises
    Refused for an end that has passed, for a restriction of nothing, and of oneself.
    """
    now = timezone.now()
    _in_future(ends_at, now)
    _not_oneself(actor, person)
    found, topics = read_names(names, allow_none=True), list(categories)
    if not (found or topics or only):
        raise Refused("Say what is restricted: kinds of sites, or names.")
    row = Restriction.objects.create(
        person=person,
        only=only,
        names=found,
        clause=clause,
        reason=_reason(reason),
        by=actor.label,
        begins_at=begins_at or now,
        ends_at=ends_at,
    )
    row.categories.set(topics)
    keys = sorted(category.key for category in topics)
    _record(actor, "filtering.restricted", row, person=str(person.key), categories=keys)
    return row


@transaction.atomic
def open_for(
    *,
    actor: Actor,
    authoriser: Person,
    name: str,
    reason: str,
    ends_at: datetime,
    person: Person | None = None,
    school_class: SchoolClass | None = None,
    ask: Ask | None = None,
    clause: Clause | None = None,
) -> Opening:
    """Open a name for one person or one class until a moment. A locked rule stays locked.

    Raises Refused where the authoriser is the one for whom it is, and for an end that has passed
    or is more than a year away.
    """
    if person is not None and person == authoriser:
        raise Refused("Nobody opens a site for themselves. Ask a colleague to decide it.")
    row = _opening(
        actor,
        authoriser,
        reason,
        ends_at,
        clause or clause_for("opening").clause,
        name=read_names([name])[0],
        person=person,
        school_class=school_class,
        ask=ask,
    )
    _record(actor, "filtering.opened-for", row, holder=_holder(row), name=row.name)
    return row


@transaction.atomic
def open_ask(ask: Ask, *, reason: str, actor: Actor, authoriser: Person) -> Ask:
    """Open the name of a request for who asked, for a week.

    Raises Refused when a locked rule blocked it, when nobody is known who asked, or when the
    authoriser asked.
    """
    ask = open_request(ask)
    if ask.person is None:
        raise Refused("Nobody is known who asked. Open it for everyone, or refuse it.")
    if Rule.objects.filter(key=ask.rule, locked=True).exists():
        raise Refused(f"A locked rule (CIPA) blocks {ask.name}, and no exception can lift it.")
    opening = open_for(
        actor=actor,
        authoriser=authoriser,
        name=ask.name,
        reason=reason,
        ends_at=timezone.now() + ASKED_LENGTH,
        person=ask.person,
        ask=ask,
    )
    return decide(ask, Ask.State.GRANTED, reason, None, actor, opens=opening.name)


@transaction.atomic
def grant_research(
    *,
    actor: Actor,
    authoriser: Person,
    person: Person,
    category: Category,
    reason: str,
    ends_at: datetime,
    clause: Clause | None = None,
) -> Opening:
    """Switch the block of one kind of site off for an adult, for bona fide research or another
    lawful purpose (47 U.S.C. 254(h)(5)(D)).

    Raises Refused for a minor, for oneself, and for an end that has passed.
    """
    if person == authoriser:
        raise Refused("Nobody grants this to themselves. Another authorised person must do it.")
    if not is_adult(person, timezone.localdate()):
        raise Refused(
            f"{person} is under {ADULT}, or a student whose birth date is not known. Federal law "
            "(CIPA) lets the block be switched off for adults only."
        )
    row = _opening(
        actor,
        authoriser,
        reason,
        ends_at,
        clause or category.clause,
        category=category,
        person=person,
    )
    _record(actor, "filtering.granted", row, holder=_holder(row), category=category.key)
    return row


def _opening(
    actor: Actor,
    authoriser: Person,
    reason: str,
    ends_at: datetime,
    clause: Clause,
    *,
    name: str = "",
    category: Category | None = None,
    person: Person | None = None,
    school_class: SchoolClass | None = None,
    ask: Ask | None = None,
) -> Opening:
    now = timezone.now()
    _in_future(ends_at, now)
    if ends_at > now + LONGEST_OPENING:
        raise Refused("An opening ends within a year. Choose an earlier day; it can be renewed.")
    return Opening.objects.create(
        name=name,
        category=category,
        person=person,
        school_class=school_class,
        authorised_by=authoriser,
        ask=ask,
        clause=clause,
        reason=_reason(reason),
        by=actor.label,
        begins_at=now,
        ends_at=ends_at,
    )


@transaction.atomic
def begin_lesson(
    *,
    actor: Actor,
    teacher: Person,
    school_class: SchoolClass,
    names: Iterable[str],
    minutes: int,
    focus: bool = False,
) -> Lesson:
    """Open sites for a class, or leave only them open, until the lesson is over.

    A lesson of the class that runs is ended first. Raises Refused for names that are none, and
    for a length that no lesson has.
    """
    now = timezone.now()
    length = timedelta(minutes=minutes)
    if not timedelta() < length <= LONGEST_LESSON:
        raise Refused("A lesson takes between 1 minute and 8 hours.")
    found = read_names(names, allow_none=focus)
    for running in school_class.lessons.select_for_update(of=("self",)):
        if running.is_running(now):
            _end(running, actor, now)
    row = Lesson.objects.create(
        school_class=school_class,
        teacher=teacher,
        focus=focus,
        names=found,
        clause=clause_for("learning").clause,
        reason="Class session",
        by=actor.label,
        begins_at=now,
        ends_at=now + length,
    )
    _record(
        actor,
        "filtering.lesson-focused" if focus else "filtering.lesson-opened",
        row,
        school_class=school_class.sourced_id,
        names=found,
    )
    return row


@transaction.atomic
def end_now(row: Timed, *, actor: Actor) -> Timed:
    """End something before its time. What is over already stays as it is, and leaves no leaf."""
    now = timezone.now()
    found = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if found.over_at is None or found.over_at > now:
        _end(found, actor, now)
    return found


def _end(row: Timed, actor: Actor, now: datetime) -> None:
    row.ended_at, row.ended_by = now, actor.label
    row.save(update_fields=["ended_at", "ended_by"])
    _record(actor, "filtering.ended", row)


def read_names(given: Iterable[str], *, allow_none: bool = False) -> list[str]:
    """Normalised names, each once, in their order. A whole address is cut down to its name.

    Raises Refused, naming the word that is no name.
    """
    found: dict[str, None] = {}
    for word in given:
        text = word.strip()
        if text:
            try:
                found[normalise(_host(text))] = None
            except (BadName, ValueError) as error:
                raise Refused(f"“{text}” is no site: {error} Write it like nasa.gov.") from error
    if len(found) > MAX_NAMES:
        raise Refused(f"These are {len(found)} sites; {MAX_NAMES} are the limit.")
    if not found and not allow_none:
        raise Refused("Name at least one site, such as nasa.gov.")
    if any("." not in name for name in found):
        raise Refused("A single word such as “com” would mean too much. Name a site.")
    return list(found)


def _host(text: str) -> str:
    beyond = text.partition("//")[2] or text
    return beyond.partition("/")[0].partition("?")[0].rpartition("@")[2].removeprefix("*.")


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Refused("Write down the reason: somebody will ask for it later.")
    return reason.strip()[:300]


def _in_future(ends_at: datetime | None, now: datetime) -> None:
    if ends_at is not None and ends_at <= now:
        raise Refused("The end has passed already. Choose a later one.")


def _not_oneself(actor: Actor, person: Person) -> None:
    if actor.person == str(person.key):
        raise Refused("Nobody decides about themselves. A colleague must do it.")


def _holder(row: Opening) -> str:
    if row.person:
        return f"person {row.person.key}"
    return f"class {row.school_class.sourced_id}" if row.school_class else ""


def _record(actor: Actor, verb: str, row: Timed, **detail: str | Sequence[str]) -> None:
    over = row.over_at
    record(
        actor=actor,
        verb=verb,
        object=f"{type(row).__name__.lower()}:{row.pk}",
        clause_texts=cited(row.clause),
        detail={"reason": row.reason, "until": over.isoformat() if over else "", **detail},
    )
