"""What the sample district tells and decides: two reports that wait, and three cases on the way."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from hornbook.district.conduct.actions import cases, consequences, hearing, moves, people
from hornbook.district.conduct.actions.deciding import Choice, decide, find, give_up_appeal
from hornbook.district.conduct.actions.reports import Told, receive
from hornbook.district.conduct.models import Case, Consequence, Deputy, Event, Finding, OnCall, Seat
from hornbook.district.people.models import Person, Site
from hornbook.district.policy.models import ClauseText


def make_conduct(
    *, principal: Person, hr: Person, leader: Person, pupil: Person, teacher: Person, today: date
) -> None:
    """One report and one case at each of the most frequent places of the way."""
    site = principal.roles.select_related("site").first()
    if site is None:
        return
    OnCall.objects.get_or_create(person=hr)
    Deputy.objects.get_or_create(person=principal, deputy=leader)
    _reports(site.site)
    _waiting(principal, site.site, today)
    _answered(principal, leader, pupil, site.site, today)
    _closed(principal, leader, teacher, site.site, today)


def _reports(site: Site) -> None:
    receive(
        Told(
            kind="bullying",
            site=site,
            what="In the group chat of our class they post pictures of one boy every day.",
            who="Four from his table. I do not want to say my name.",
        )
    )
    receive(
        Told(
            kind="equipment",
            site=site,
            what="The cart in room 12 has two laptops with broken screens since Monday.",
            talk=False,
        )
    )


def _waiting(principal: Person, site: Site, today: date) -> None:
    """Being read; nobody knows yet whom it is about."""
    case = cases.open_case(
        actor=principal,
        kind="malware",
        site=site,
        conduct_on=today - timedelta(days=2),
        title="A way around the filter goes round in grade 7",
    )
    cases.note(
        case,
        actor=principal,
        sort=Event.Sort.SAID,
        words="The librarian saw the same page on five screens.",
        happened_at=timezone.now() - timedelta(days=2),
        source="The librarian, in a talk",
    )


def _text(key: str) -> ClauseText:
    rows = ClauseText.objects.in_force(timezone.localdate()).filter(lang="en")
    return rows.get(clause__key=key)


def _begun(
    principal: Person, subject: Person, site: Site, key: str, words: str, title: str, ago: int
) -> Case:
    at = timezone.now() - timedelta(days=ago)
    case = cases.open_case(
        actor=principal,
        kind="other",
        site=site,
        conduct_on=timezone.localdate(at),
        title=title,
        now=at,
    )
    people.name_subject(case, actor=principal, person=subject)
    hearing.allege(case, actor=principal, text=_text(key), words=words, now=at)
    moves.move(case, "begin", actor=principal, now=at)
    case.refresh_from_db()
    hearing.give_notice(case, actor=principal, now=at)
    case.refresh_from_db()
    return case


def _answered(principal: Person, leader: Person, pupil: Person, site: Site, today: date) -> None:
    """The pupil answered through the office; the facts are to be found."""
    words = "Opened the account of another pupil and read the messages in it."
    title = "Another pupil's account"
    case = _begun(principal, pupil, site, "LOGIN-1", words, title, 4)
    people.let_in(
        case, actor=principal, person=leader, capacity=Seat.Capacity.DECIDER, why="decides"
    )
    hearing.answer(
        case, actor=principal, words="It was open already.", how="in a talk, with the mother"
    )
    moves.move(case, "hear", actor=principal)


def _closed(principal: Person, leader: Person, teacher: Person, site: Site, today: date) -> None:
    """Noticed, answered, found, decided with a training, and closed."""
    words = "Used the District's emblem on a private page about a hobby."
    case = _begun(principal, teacher, site, "SOCIAL-2", words, "The emblem on a private page", 30)
    people.let_in(
        case, actor=principal, person=leader, capacity=Seat.Capacity.DECIDER, why="decides"
    )
    hearing.answer(case, actor=teacher, words="I took it off the day you asked.")
    moves.move(case, "hear", actor=principal)
    case.refresh_from_db()
    find(
        case,
        actor=principal,
        allegation=case.allegations.get(),
        result=Finding.Result.UPHELD,
        reason="It was there for a week, and came off at once.",
    )
    moves.move(case, "find", actor=principal)
    choice = Choice("training", "minor", "A training is enough: it was mended the same day.")
    decide(case, actor=leader, choice=choice)
    case.refresh_from_db()
    consequences.begin(
        case,
        actor=leader,
        sort=Consequence.Sort.TRAINING,
        text=_text("SOCIAL-2"),
        words="You read the clause once more and answer its questions.",
    )
    give_up_appeal(case, actor=teacher)
    moves.move(case, "settle", actor=principal)
