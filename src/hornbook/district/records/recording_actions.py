"""Every write to the rule of what nodes record: one proposes, another agrees, both are leaves."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from hornbook.district.filtering.actions import cited
from hornbook.district.filtering.defaults import clause_for
from hornbook.district.ledger.actions import record
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.records.actions import Refused
from hornbook.district.records.models import Mode, RecordingRule
from hornbook.district.records.recording import proposal
from hornbook.record.scope import BadScope, Scope


@transaction.atomic
def propose_recording(
    *,
    actor: Person,
    hours: Sequence[str],
    off_hours: str,
    campus: Sequence[str],
    off_campus: str,
    reason: str,
) -> RecordingRule:
    """Propose what nodes may record. Nothing changes until another person agrees.

    Raises Refused for a rule that cannot be meant, and while another proposal waits.
    """
    if proposal():
        raise Refused("Another proposal waits. It must be agreed to or withdrawn first.")
    if not reason.strip():
        raise Refused("Write down the reason: somebody will ask for it later.")
    rule = RecordingRule(
        hours=list(hours),
        off_hours=off_hours,
        campus=list(campus),
        off_campus=off_campus,
        clause=clause_for("monitoring").clause,
        reason=reason.strip()[:300],
        proposed_by=actor,
        proposed_at=timezone.now(),
    )
    _check(rule)
    rule.save()
    _record(rule, actor, "records.recording-proposed")
    return rule


def _check(rule: RecordingRule) -> None:
    try:
        Scope.read(rule.told)
    except BadScope as error:
        raise Refused(f"Nodes could not follow this. {error}.") from error
    if rule.off_hours != Mode.FULL and not rule.hours:
        raise Refused("Say which hours are the District's; outside of no hours is never.")
    if rule.off_campus != Mode.FULL and not rule.campus:
        raise Refused("Say which networks are the District's own; without one, all are.")


@transaction.atomic
def agree_recording(rule: RecordingRule, *, actor: Person) -> RecordingRule:
    """Put it in force as the second person; who calls this then publishes the seats.

    Raises Refused for who proposed it, and for what does not wait any more.
    """
    rule = _waiting(rule)
    if rule.proposed_by == actor:
        raise Refused("You proposed this, so somebody else has to agree.")
    rule.agreed_by, rule.agreed_at = actor, timezone.now()
    rule.save(update_fields=["agreed_by", "agreed_at"])
    _record(rule, actor, "records.recording-agreed")
    return rule


@transaction.atomic
def withdraw_recording(rule: RecordingRule, *, actor: Person) -> None:
    """Drop a proposal; the rule in force stays. Raises Refused for what does not wait any more."""
    rule = _waiting(rule)
    rule.withdrawn_at = timezone.now()
    rule.save(update_fields=["withdrawn_at"])
    _record(rule, actor, "records.recording-withdrawn")


def _waiting(rule: RecordingRule) -> RecordingRule:
    """The proposal as it is now, held until the transaction ends."""
    rule = RecordingRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if rule.agreed_at or rule.withdrawn_at:
        raise Refused("This proposal does not wait any more.")
    return rule


def _record(rule: RecordingRule, actor: Person, verb: str) -> None:
    record(
        actor=actor_of(actor),
        verb=verb,
        object=str(rule),
        clause_texts=cited(rule.clause),
        detail=rule.told | {"reason": rule.reason},
    )
