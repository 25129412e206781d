"""Every write to charges. None of them reaches anybody's pay."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from hornbook.district.conduct.models import Consequence
from hornbook.district.consequences.actions import Refused
from hornbook.district.consequences.models import Charge, ChargeState
from hornbook.district.ledger.actions import record
from hornbook.district.mail.actions import Draft, post
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.access import text_in_force
from hornbook.district.policy.models import Clause

MOST = 1_000_000  # cents: above it, it is a matter for counsel


@transaction.atomic
def ask(
    *,
    asker: Person,
    person: Person,
    clause: Clause,
    what: str,
    evidence: str,
    cents: int,
    consequence: Consequence | None = None,
) -> Charge:
    """Ask somebody to pay for equipment. Raises Refused without a clause in force or evidence."""
    text = text_in_force(clause, timezone.localdate())
    if text is None:
        raise Refused(f"{clause.key} is not in force today.")
    if asker == person:
        raise Refused("Nobody asks themselves.")
    if not 0 < cents <= MOST:
        raise Refused(f"Write an amount up to ${MOST // 100:,}. More is a matter for counsel.")
    if not evidence.strip():
        raise Refused("Write what shows that it is so: repair bill, photo number, ticket.")
    charge = Charge.objects.create(
        person=person,
        consequence=consequence,
        clause_text=text,
        what=what,
        evidence=evidence,
        asked=cents,
        amount=cents,
        asked_by=asker,
        asked_at=timezone.now(),
    )
    _tell(charge, asker, "ask charge", cents=cents)
    _write(charge, "asks")
    return charge


def _tell(charge: Charge, who: Person, verb: str, **detail: object) -> None:
    record(
        actor=actor_of(who),
        verb=verb,
        object=str(charge),
        clause_texts=[charge.clause_text.version],
        detail=detail,
    )


def _write(charge: Charge, what: str) -> None:
    """To whom it concerns; no amount and no reason in a letter by mail."""
    if charge.person.email:
        draft = Draft(
            key=f"charge {charge.key} {what}",
            about=str(charge),
            to=charge.person.email,
            person=charge.person,
            subject="Something about equipment waits for you",
            body=(
                "Hornbook has something about equipment of the District for you. Nothing is taken "
                "from your pay, and you may contest it. Sign in to Hornbook and open “What "
                "Hornbook knows about me”.\n"
            ),
        )
        post([draft])


def _locked(charge: Charge, *states: ChargeState) -> Charge:
    found = Charge.objects.select_for_update().get(pk=charge.pk)
    if found.state not in states:
        raise Refused(f"That is not possible any more: {found.get_state_display().lower()}.")
    return found


@transaction.atomic
def contest(*, charge: Charge, words: str) -> Charge:
    """The person says why it is not right; while contested, nothing is asked for."""
    found = _locked(charge, ChargeState.OPEN)
    found.state, found.contest, found.contested_at = ChargeState.CONTESTED, words, timezone.now()
    found.save(update_fields=["state", "contest", "contested_at"])
    _tell(found, found.person, "contest charge")
    return found


@transaction.atomic
def hear(*, charge: Charge, judge: Person, cents: int, reason: str) -> Charge:
    """Another person looks again: it stands, is less, or (0) is waived. It never grows."""
    found = _locked(charge, ChargeState.CONTESTED)
    if judge in (found.asked_by, found.person):
        raise Refused("Another person decides this: neither who asked nor who is asked.")
    if cents > found.amount:
        raise Refused("It cannot become more than was asked.")
    if not reason.strip():
        raise Refused("Write the reason: the person reads it.")
    found.state = ChargeState.UPHELD if cents else ChargeState.WAIVED
    found.amount, found.heard_by, found.heard_at = cents, judge, timezone.now()
    found.reason = reason
    found.save(update_fields=["state", "amount", "heard_by", "heard_at", "reason"])
    _tell(found, judge, "hear charge", cents=cents)
    _write(found, "heard")
    return found


@transaction.atomic
def waive(*, charge: Charge, who: Person, reason: str) -> Charge:
    """Not asked for any more. A contested one is for another person to hear."""
    found = _locked(charge, ChargeState.OPEN, ChargeState.UPHELD)
    found.state, found.reason, found.settled_at = ChargeState.WAIVED, reason, timezone.now()
    found.save(update_fields=["state", "reason", "settled_at"])
    _tell(found, who, "waive charge")
    _write(found, "waived")
    return found


@transaction.atomic
def settle(*, charge: Charge, who: Person, how: str) -> Charge:
    """It was paid at the office, by insurance, or made good otherwise: ``how`` says."""
    found = _locked(charge, ChargeState.OPEN, ChargeState.UPHELD)
    found.state, found.settled_at, found.settled_how = ChargeState.SETTLED, timezone.now(), how
    found.save(update_fields=["state", "settled_at", "settled_how"])
    _tell(found, who, "settle charge")
    return found
