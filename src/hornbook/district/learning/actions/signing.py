"""Sign; refuse; record paper; withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from hornbook.district.learning.actions.sitting import (
    CHANGED,
    CannotSign,
    WordingChanged,
    keep,
    paper_for,
    questions_of,
    take_fresh,
)
from hornbook.district.learning.models import (
    Assignment,
    AssignmentState,
    Campaign,
    Refusal,
    Shown,
    Signature,
    Sitting,
    Withdrawal,
)
from hornbook.district.learning.numbers import new_number
from hornbook.district.learning.paper import Paper
from hornbook.district.learning.plan import replaced_by
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.mail.actions import drop
from hornbook.district.policy.models import ClauseText, Revision


@dataclass(frozen=True)
class Halt:
    """Why nobody can sign this wording now, and the revision that took its place."""

    words: str
    newer: Revision | None = None


def halt(assignment: Assignment, today: date) -> Halt | None:
    """None while it can be signed."""
    campaign = assignment.campaign
    newer = replaced_by(campaign.revision, today)
    if newer is not None:
        return Halt(
            "The board changed this policy while you were being asked. The wording that you were "
            "shown is no longer in force, so it cannot be signed any more. Nothing is lost: your "
            "answers are kept, and you will be asked for the new wording.",
            newer,
        )
    if assignment.state == AssignmentState.SUPERSEDED:
        return Halt("You are asked anew for this: look under Sign.")
    if campaign.state == Campaign.State.CLOSED:
        return Halt("This was closed. Nothing is asked of you here any more.")
    if assignment.state == AssignmentState.RELEASED:
        return Halt("You are not asked for this any more, since your role has ended.")
    return None


@transaction.atomic
def sign(
    *,
    actor: Actor,
    sitting: Sitting,
    sha256: str,
    strength: Signature.Strength,
    now: datetime | None = None,
) -> Signature:
    """Sign exactly the paper with that digest. A second press gives the same signature.

    Raises CannotSign: the wording is replaced, not read, or questions are open.
    """
    assignment = _locked(sitting.assignment)
    if assignment.state == AssignmentState.SIGNED:
        return standing(assignment)
    at = now or timezone.now()
    stopped = halt(assignment, timezone.localdate(at))
    if stopped:
        raise CannotSign(stopped.words)
    locked = take_fresh(sitting)
    if locked.shown_id != sha256 or locked.read_at is None:
        raise WordingChanged(CHANGED)
    if {question.pk for question in questions_of(assignment, locked.lang)} - set(locked.answered):
        raise CannotSign("A question is still open. Your other answers are kept.")
    return _sign(
        assignment,
        actor,
        shown=locked.shown,
        lang=locked.lang,
        strength=strength,
        signed_at=at,
    )


def _locked(assignment: Assignment) -> Assignment:
    return (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("campaign__duty__clause__policy", "campaign__revision__policy", "person")
        .get(pk=assignment.pk)
    )


def standing(assignment: Assignment) -> Signature:
    """The signature by which an assignment is signed."""
    return assignment.signatures.filter(withdrawal=None).latest("pk")


def _sign(
    assignment: Assignment,
    actor: Actor,
    *,
    shown: Shown,
    lang: str,
    strength: Signature.Strength,
    signed_at: datetime,
    method: Signature.Method = Signature.Method.SCREEN,
    note: str = "",
    witness: str = "",
    scan_sha256: str = "",
) -> Signature:
    duty, revision = assignment.campaign.duty, assignment.campaign.revision
    text = _text(assignment)
    number = new_number()
    sentence = Paper.read(shown.body).sentence
    leaf = record(
        actor=actor,
        verb="sign",
        object=number,
        clause_texts=[text.version],
        detail={
            "person": str(assignment.person.key),
            "duty": duty.key,
            "revision": f"{revision.policy.key}@{revision.no}",
            "lang": lang,
            "shown_sha256": shown.sha256,
            "sentence": sentence,
            "auth_strength": strength.value,
            "method": method.value,
            "signed_at": signed_at.isoformat(),
            "scan_sha256": scan_sha256,
        },
        sealed={name: said for name, said in (("note", note), ("witness", witness)) if said},
    )
    signature = Signature.objects.create(
        number=number,
        assignment=assignment,
        person=assignment.person,
        person_label=str(assignment.person),
        duty=duty,
        revision=revision,
        clause_text=text,
        lang=lang,
        shown=shown,
        sentence=sentence,
        auth_strength=strength,
        method=method,
        on_behalf_note=note,
        witness=witness,
        scan_sha256=scan_sha256,
        signed_at=signed_at,
        recorded_by=actor.label,
        valid_to=_valid_to(duty.repeats_months, timezone.localdate(signed_at)),
        leaf_no=leaf.no,
    )
    _settle(assignment, AssignmentState.SIGNED, signed_at)
    drop(about=assignment.campaign.about, person=assignment.person)
    return signature


def _text(assignment: Assignment) -> ClauseText:
    """The duty's clause as the revision words it; the newest wording where it says nothing."""
    clause, revision = assignment.campaign.duty.clause, assignment.campaign.revision
    texts = clause.texts.filter(lang="en").select_related("clause", "revision")
    return texts.filter(revision=revision).first() or texts.latest("revision__no")


def _valid_to(months: int | None, signed_on: date) -> date | None:
    """The last day on which it holds; the end of a short month where there is no such day."""
    if not months:
        return None
    year, month = divmod(signed_on.year * 12 + signed_on.month - 1 + months, 12)
    for day in (signed_on.day, 30, 29, 28):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _settle(assignment: Assignment, state: AssignmentState, at: datetime | None) -> None:
    assignment.state, assignment.settled_at = state, at
    assignment.save(update_fields=["state", "settled_at"])


@transaction.atomic
def refuse(*, actor: Actor, assignment: Assignment, words: str) -> Refusal:
    """Note that somebody does not want to sign. The duties bind all the same, and they may still.

    Raises CannotSign when there is nothing to refuse.
    """
    locked = _locked(assignment)
    if locked.state != AssignmentState.OPEN:
        raise CannotSign("There is nothing open here to say no to.")
    leaf = record(
        actor=actor,
        verb="refuse to sign",
        object=str(locked.key),
        clause_texts=[_text(locked).version],
        detail={"person": str(locked.person.key)},
        sealed={"words": words} if words else None,
    )
    found = Refusal.objects.create(assignment=locked, words=words, by=actor.label, leaf_no=leaf.no)
    _settle(locked, AssignmentState.REFUSED, timezone.now())
    drop(about=locked.campaign.about, person=locked.person)
    return found


@transaction.atomic
def record_paper(
    *,
    actor: Actor,
    assignment: Assignment,
    signed_on: date,
    method: Signature.Method,
    note: str,
    witness: str = "",
    scan_sha256: str = "",
) -> Signature:
    """Record what somebody signed on paper, or what another person signed for them.

    Raises CannotSign: a day that cannot be, no witness of paper, no reason for a representative.
    """
    locked = _locked(assignment)
    if locked.state == AssignmentState.SIGNED:
        return standing(locked)
    _refuse_paper(locked, signed_on, method, note, witness)
    at = datetime.combine(signed_on, datetime.min.time(), timezone.get_current_timezone())
    return _sign(
        locked,
        actor,
        shown=keep(paper_for(locked)),
        lang="en",
        strength=Signature.Strength.WITNESS if witness else Signature.Strength.UNKNOWN,
        signed_at=at,
        method=method,
        note=note,
        witness=witness,
        scan_sha256=scan_sha256,
    )


def _refuse_paper(
    assignment: Assignment, signed_on: date, method: Signature.Method, note: str, witness: str
) -> None:
    today = timezone.localdate()
    stopped = halt(assignment, min(signed_on, today))
    if stopped:
        raise CannotSign(stopped.words)
    if not assignment.assigned_on <= signed_on <= today:
        raise CannotSign(
            f"It can only have been signed from {assignment.assigned_on:%-d %B %Y}, when the "
            "person was asked, until today."
        )
    if method == Signature.Method.PAPER and not witness.strip():
        raise CannotSign("Name who saw the signature on paper.")
    if method == Signature.Method.BEHALF and not note.strip():
        raise CannotSign("Say who signed, and why that person may sign for them.")


@transaction.atomic
def withdraw(*, actor: Actor, signature: Signature, reason: str) -> Withdrawal:
    """End a signature that should not stand. The person is asked again while the campaign runs.

    Raises CannotSign when it was withdrawn already, or without a reason.
    """
    if not reason.strip():
        raise CannotSign("Say why the signature does not stand.")
    assignment = _locked(signature.assignment)
    if Withdrawal.objects.filter(signature=signature).exists():
        raise CannotSign("This signature was withdrawn already.")
    leaf = record(
        actor=actor,
        verb="withdraw signature",
        object=signature.number,
        clause_texts=[signature.clause_text.version],
        sealed={"reason": reason},
    )
    found = Withdrawal.objects.create(
        signature=signature, reason=reason, by=actor.label, leaf_no=leaf.no
    )
    if assignment.state == AssignmentState.SIGNED:
        _settle(assignment, AssignmentState.OPEN, None)
    Sitting.objects.filter(assignment=assignment).update(read_at=None)
    return found
