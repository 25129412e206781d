"""Witnesses outside the house: they keep our signed checkpoints, so that nobody here can lie.

By e-mail a checkpoint is an ordinary letter; whoever keeps the letter can prove later that
nothing before it was changed (``hornbook ledger verify --against``). Letters go out through the
outbox, at most one a day for each witness.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from hornbook.district.ledger.actions import SYSTEM, Actor, record
from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.models import Checkpoint, Witness, WitnessKind
from hornbook.instance import InstanceError

WITNESSED = "ledger.witnessed"
_LETTER = """Please keep this letter. You are a witness of the District's ledger.

Every look at a record, every decision and every deletion is written into that ledger. The lines
below are its state of today, signed. Whoever holds them can prove later that nothing that was
written before was changed or taken out.

You need not do anything. To check it yourself, open the page "Check the ledger" of the
District's Hornbook.

The public key is {key}

-----
{note}-----
"""


class BadWitness(InstanceError):
    """That witness cannot be used; the message says why."""


@transaction.atomic
def add_witness(*, actor: Actor, address: str) -> Witness:
    """Let somebody outside have a checkpoint a day, by e-mail. Raises BadWitness."""
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadWitness(f"“{address}” is no e-mail address.") from error
    found, _ = Witness.objects.update_or_create(
        address=address, defaults={"kind": WitnessKind.EMAIL, "active": True}
    )
    record(actor=actor, verb="ledger.witness-added", object=f"witness {found.pk}")
    return found


@transaction.atomic
def end_witness(*, actor: Actor, address: str) -> None:
    """Send no more to that address. Raises BadWitness where it is none."""
    found = Witness.objects.filter(address=address, active=True).first()
    if found is None:
        raise BadWitness(f"“{address}” is no witness.")
    found.active = False
    found.save(update_fields=["active"])
    record(actor=actor, verb="ledger.witness-ended", object=f"witness {found.pk}")


@transaction.atomic
def tell_witnesses(checkpoint: Checkpoint) -> int:
    """Post the letters that are due today; how many are new."""
    from hornbook.district.mail.actions import Draft, post

    body = _LETTER.format(key=signer().verifier, note=checkpoint.note)
    today = timezone.localdate()
    told = post(
        Draft(
            key=f"ledger {witness.pk} {today}",
            about="ledger witnesses",
            to=witness.address,
            subject=f"The ledger on {today:%-d %B %Y}: {checkpoint.size} leaves",
            body=body,
        )
        for witness in Witness.objects.filter(active=True, kind=WitnessKind.EMAIL)
    )
    if told:
        record(actor=SYSTEM, verb=WITNESSED, object=str(checkpoint), detail={"letters": told})
    return told
