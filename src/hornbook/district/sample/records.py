"""What the sample district's records show: a hold, a purpose with a look, a signed ledger."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from hornbook.district.ledger.tree import make_checkpoint
from hornbook.district.people.models import Person
from hornbook.district.records.actions import (
    approve_purpose,
    look_for,
    open_inspection,
    open_purpose,
    place_hold,
)
from hornbook.district.records.models import Level, Mode
from hornbook.district.records.recording_actions import propose_recording


def make_records(
    *, pupil: Person, teacher: Person, principal: Person, custodian: Person, leader: Person
) -> None:
    """A hold on one pupil, an open inspection, a principal's look that the teacher reads, and
    a proposal of what nodes may record, which the superintendent may agree to.
    """
    today = timezone.localdate()
    place_hold(
        actor=custodian,
        matter="Claim after the field trip",
        reason="Counsel asked that nothing about this pupil goes until the claim is settled.",
        persons=[pupil],
    )
    open_inspection(
        actor=custodian,
        subject=pupil,
        asked_by="A parent",
        asked_on=today - timedelta(days=3),
    )
    purpose = open_purpose(
        actor=principal,
        subject=teacher,
        kind="support",
        reason="The page for the reading lesson is blocked, and you asked me to find out why.",
        level=Level.NAMES,
        since=today - timedelta(days=7),
        until=today,
        days=7,
    )
    purpose = approve_purpose(purpose, actor=leader)
    look_for(purpose, actor=principal, level=Level.NAMES)
    propose_recording(
        actor=custodian,
        hours=["mon-fri 06:30-18:00"],
        off_hours=Mode.ANONYMOUS,
        campus=[],
        off_campus=Mode.FULL,
        reason="What people do in their own time is not the District's business.",
    )
    make_checkpoint()
