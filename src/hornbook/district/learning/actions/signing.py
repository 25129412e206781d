"""Sign; refuse; record paper; withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from hornbook.district.learning.actions.evidence import Evidence, cited_text
from hornbook.district.learning.actions.sitting import (
    CHANGED,
    CannotSign,
    Reader,
    WordingChanged,
    take_fresh,
)
from hornbook.district.learning.models import (
    Assignment,
    AssignmentState,
    Campaign,
    Refusal,
    Signature,
    Sitting,
    Withdrawal,
)
from hornbook.district.learning.plan import replaced_by
from hornbook.district.learning.shelf import Shelf
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.mail.actions import drop
from hornbook.district.policy.models import Revision


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
    shelf: Shelf | None = None,
) -> Signature:
    """Sign exactly the paper with that digest. A second press gives the same signature.

    ``shelf`` serves whoever brings many signatures in one transaction.
    Raises CannotSign: the wording is replaced, not read, or questions are open.
    """
    assignment = _locked(sitting.assignment)
    if assignment.state == AssignmentState.SIGNED:
        return standing(assignment)
    at = now or timezone.now()
    stopped = halt(assignment, timezone.localdate(at))
    if stopped:
        raise CannotSign(stopped.words)
    locked, reader = take_fresh(sitting, shelf)
    if locked.shown_id != sha256 or locked.read_at is None:
        raise WordingChanged(CHANGED)
    if {question.pk for question in reader.questions} - set(locked.answered):
        raise CannotSign("A question is still open. Your other answers are kept.")
    evidence = Evidence(
        assignment,
        cited_text(assignment),
        locked.shown,
        locked.lang,
        strength,
        at,
    )
    return _write(evidence, actor)


def _locked(assignment: Assignment) -> Assignment:
    return (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("campaign__duty__clause__policy", "campaign__revision__policy", "person")
        .defer("campaign__revision__passages", "campaign__revision__text")
        .get(pk=assignment.pk)
    )


def standing(assignment: Assignment) -> Signature:
    """The signature by which an assignment is signed."""
    return assignment.signatures.filter(withdrawal=None).latest("pk")


def _write(evidence: Evidence, actor: Actor) -> Signature:
    """The leaf, the row, the assignment that is settled, the reminders that nobody needs."""
    leaf = record(actor=actor, **evidence.act()._asdict())
    signature = evidence.row(actor, leaf.no)
    signature.save(force_insert=True)
    assignment = evidence.assignment
    _settle(assignment, AssignmentState.SIGNED, evidence.signed_at)
    drop(about=assignment.campaign.about, people=[assignment.person_id])
    return signature


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
        clause_texts=[cited_text(locked).version],
        detail={"person": str(locked.person.key)},
        sealed={"words": words} if words else None,
    )
    found = Refusal.objects.create(assignment=locked, words=words, by=actor.label, leaf_no=leaf.no)
    _settle(locked, AssignmentState.REFUSED, timezone.now())
    drop(about=locked.campaign.about, people=[locked.person_id])
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
    refuse_paper(locked, signed_on, method, note, witness)
    evidence = Evidence(
        locked,
        cited_text(locked),
        Reader(locked).shown(),
        "en",
        strength_of_paper(witness),
        at_start_of(signed_on),
        method,
        note,
        witness,
        scan_sha256,
    )
    return _write(evidence, actor)


def strength_of_paper(witness: str) -> Signature.Strength:
    return Signature.Strength.WITNESS if witness else Signature.Strength.UNKNOWN


def at_start_of(day: date) -> datetime:
    """Paper knows the day; the District's midnight stands for it."""
    return datetime.combine(day, datetime.min.time(), timezone.get_current_timezone())


def refuse_paper(
    assignment: Assignment, signed_on: date, method: Signature.Method, note: str, witness: str
) -> None:
    """Raises CannotSign where paper of that day cannot stand for a signature."""
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
