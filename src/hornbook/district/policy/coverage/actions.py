"""What people decide about the map. Each decision cites the wording that it was made about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.models import Person
from hornbook.district.policy.coverage.models import Attestation, Light, Promise, Task, Waiver
from hornbook.district.policy.coverage.promises import measures
from hornbook.district.policy.models import ClauseText


class MapRefused(ValueError):
    """It cannot be decided so; the message says why."""


@transaction.atomic
def assign(
    *,
    actor: Actor,
    text: ClauseText,
    light: Light,
    owner: Person,
    due_on: date | None = None,
    note: str = "",
) -> Task:
    """Name the person who looks after a light of a clause."""
    task, _ = Task.objects.update_or_create(
        clause=text.clause,
        light=light,
        defaults={"owner": owner, "owner_label": str(owner), "due_on": due_on, "note": note},
    )
    detail = {
        "light": light.value,
        "owner": str(owner.key),
        "due_on": due_on and due_on.isoformat(),
        "note": note,
    }
    _record(actor, "assign light", text, detail)
    return task


@transaction.atomic
def waive(*, actor: Actor, text: ClauseText, light: Light, why: str) -> Waiver:
    """Say why a clause does not need a light."""
    if not why.strip():
        raise MapRefused("Write why the clause does not need it")
    waiver, _ = Waiver.objects.update_or_create(
        clause=text.clause, light=light, defaults={"why": why.strip(), "label": actor.label}
    )
    _record(actor, "waive light", text, {"light": light.value, "why": waiver.why})
    return waiver


@transaction.atomic
def ask_again(*, actor: Actor, text: ClauseText, light: Light) -> None:
    """Take a waiver back: the clause needs the light again."""
    gone, _ = Waiver.objects.filter(clause=text.clause, light=light).delete()
    if gone:
        _record(actor, "ask for light", text, {"light": light.value})


@transaction.atomic
def measure_by(*, actor: Actor, text: ClauseText, measure: str) -> Promise:
    """Choose how a promise is measured. Raises MapRefused for a measure that is none."""
    if measure not in {one.key for one in measures()}:
        raise MapRefused(f"There is no measure “{measure}”")
    promise, _ = Promise.objects.update_or_create(clause=text.clause, defaults={"measure": measure})
    _record(actor, "measure promise", text, {"measure": measure})
    return promise


@transaction.atomic
def vouch(
    *, actor: Actor, text: ClauseText, kept: bool, words: str, on: date, until: date
) -> Attestation:
    """Give one's word that a promise is kept, or is not, until it must be looked at again."""
    if until <= on:
        raise MapRefused("The word must hold for at least a day")
    if not words.strip():
        raise MapRefused("Write by what you know it")
    made = Attestation.objects.create(
        clause=text.clause, kept=kept, words=words.strip(), label=actor.label, on=on, until=until
    )
    detail = {"kept": kept, "words": made.words, "until": until.isoformat()}
    _record(actor, "vouch for promise", text, detail)
    return made


def _record(actor: Actor, verb: str, text: ClauseText, detail: Mapping[str, object]) -> None:
    record(
        actor=actor,
        verb=verb,
        object=text.clause.key,
        clause_texts=[text.version],
        detail=detail,
    )
