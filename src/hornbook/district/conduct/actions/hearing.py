"""Say what is alleged, give notice, take the answer, contest and correct."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from hornbook.district.conduct import clocks
from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions.cases import told
from hornbook.district.conduct.actions.moves import locked, move, need, sits_as
from hornbook.district.conduct.letters import tell_copies, tell_subject
from hornbook.district.conduct.models import (
    Allegation,
    Answer,
    Case,
    Correction,
    Notice,
    Seat,
    Stage,
)
from hornbook.district.conduct.process.notice import law, notice_words
from hornbook.district.conduct.process.outcomes import days
from hornbook.district.conduct.process.table import SUBJECT
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText

LEAD = Seat.Capacity.LEAD


@transaction.atomic
def allege(
    case: Case,
    *,
    actor: Person,
    text: ClauseText,
    words: str,
    conduct_on: date | None = None,
    now: datetime | None = None,
) -> Allegation:
    """One wording that is said to be broken. Raises Refused for a wording of another time."""
    need(case, actor, LEAD)
    if case.stage not in (Stage.TRIAGE, Stage.NOTICE):
        raise Refused("After the notice, choose “Allege more” first: the subject is told again.")
    on = conduct_on or case.conduct_on
    if not words.strip():
        raise Refused("Write what was done.")
    try:
        with transaction.atomic():
            row = Allegation.objects.create(
                case=case,
                clause_text=text,
                conduct_on=on,
                words=words.strip(),
                by=str(actor),
                at=now or timezone.now(),
            )
    except DatabaseError as error:
        raise Refused(_not_in_force(text, on, error)) from error
    told(case, actor, "alleged", clause_texts=[text.version], detail={"on": on.isoformat()})
    return row


def _not_in_force(text: ClauseText, on: date, error: DatabaseError) -> str:
    if "not in force" in str(error):
        return f"{text.version} was not in force on {on:%-d %B %Y}. Choose the wording of that day."
    return f"{text.version} is alleged already."


@transaction.atomic
def withdraw(allegation: Allegation, *, actor: Person) -> None:
    """Take an allegation back. It stays readable that it was made."""
    need(allegation.case, actor, LEAD)
    allegation.withdrawn_at = timezone.now()
    allegation.save(update_fields=["withdrawn_at"])
    told(
        allegation.case,
        actor,
        "allegation-withdrawn",
        clause_texts=[allegation.clause_text.version],
    )


@transaction.atomic
def give_notice(
    case: Case,
    *,
    actor: Person,
    how: str = Notice.How.SCREEN,
    school_days: int | None = None,
    more: str = "",
    now: datetime | None = None,
) -> Notice:
    """Write the notice, start the time to answer, tell the subject that it waits.

    The time runs from the day on which it is recorded here, however it was given. Raises Refused
    for less time than the rule gives.
    """
    case, at = locked(case), now or timezone.now()
    given = school_days or days("answer")
    if given < days("answer"):
        raise Refused(f"The rule gives at least {days('answer')} school days to answer.")
    today = timezone.localdate(at)
    answer_by = clocks.after(today, given)
    if case.subject is None or case.stage != Stage.NOTICE:
        raise Refused("Say whom it is about and what is alleged first, then begin.")
    notice = Notice.objects.create(
        case=case,
        round=case.round,
        words=notice_words(case, today, answer_by, more),
        law=law()["law"],
        how=how,
        given_on=today,
        answer_by=answer_by,
        closes_at=clocks.closes_at(answer_by),
        given_by=str(actor),
        at=at,
    )
    texts = ClauseText.objects.filter(allegations__case=case).select_related("clause", "revision")
    versions = {text.version for text in texts}
    move(case, "notify", actor=actor, now=now, clause_texts=versions, days_given=given)
    tell_subject(case, "notice", notice.pk, notice.answer_by)
    return notice


@transaction.atomic
def open_notice(notice: Notice, *, actor: Person) -> None:
    """The subject opened it on their own page: once, with its leaf."""
    if notice.opened_at is None:
        notice.opened_at = timezone.now()
        notice.save(update_fields=["opened_at"])
        told(notice.case, actor, "notice-opened", detail={"notice": notice.pk})


@transaction.atomic
def answer(
    case: Case,
    *,
    actor: Person,
    words: str = "",
    declined: bool = False,
    how: str = "on their own page",
    now: datetime | None = None,
) -> Answer:
    """What the subject says to it, by themselves, or written down by who runs the case."""
    case = locked(case)
    if sits_as(case, actor).isdisjoint({SUBJECT, LEAD}):
        raise Refused("That is not yours to do in this case.")
    if case.stage != Stage.ANSWER:
        raise Refused("There is no notice to answer now.")
    if not declined and not words.strip():
        raise Refused("Write the answer, or say that nothing will be said.")
    row = Answer.objects.create(
        case=case,
        round=case.round,
        words=words.strip(),
        declined=declined,
        how=how.strip()[:200],
        by=str(actor),
        at=now or timezone.now(),
    )
    told(case, actor, "answered", detail={"declined": declined, "round": case.round})
    return row


# --- contested and corrected ------------------------------------------------------------------


def _line(case: Case, about: str) -> str:
    """That such a line is in the case. Raises Refused for any other."""
    word, _, number = about.partition(" ")
    rows: Any = {
        "event": case.events,
        "evidence": case.evidence,
        "finding": case.findings,
        "allegation": case.allegations,
    }.get(word)
    if rows is None or not number.isdecimal() or not rows.filter(pk=int(number)).exists():
        raise Refused("Say which line of the case is wrong.")
    return about


@transaction.atomic
def contest(case: Case, *, actor: Person, about: str, words: str) -> Correction:
    """Somebody says that a line is wrong: it stands beside it from now on, in every copy."""
    if not sits_as(case, actor):
        raise Refused("That is not yours to do in this case.")
    if not words.strip():
        raise Refused("Write what is wrong.")
    row = Correction.objects.create(
        case=case, about=_line(case, about), words=words.strip(), by=str(actor)
    )
    told(case, actor, "contested", detail={"about": row.about})
    tell_copies(case, row)
    return row


@transaction.atomic
def settle(row: Correction, *, actor: Person, corrected: str) -> Correction:
    """Say how it is right, or (with nothing) that it was looked at again and stands."""
    need(row.case, actor, LEAD)
    if row.state != Correction.State.CONTESTED:
        raise Refused("This was settled already.")
    states = Correction.State
    row.state = states.CORRECTED if corrected.strip() else states.STANDS
    row.corrected, row.settled_by, row.settled_at = corrected.strip(), str(actor), timezone.now()
    row.save(update_fields=["state", "corrected", "settled_by", "settled_at"])
    told(row.case, actor, "correction-settled", detail={"about": row.about, "state": row.state})
    tell_copies(row.case, row)
    return row
