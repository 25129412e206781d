"""Who may do what with records. Absent and forbidden get the same answer, ``Http404``.

=======================  =====================================================================
records custodian        schedule, holds, inspections, exports of one person, certificates
superintendent           the same
IT administrator         reads schedule, holds and certificates
any of these three       proposes what nodes may record; another one, the custodian or the
                         superintendent, agrees to it
principal, HR, IT and    ask for a purpose for people whom they look after; another of them, the
superintendent           custodian or the superintendent agrees to it
=======================  =====================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import Http404

from hornbook.district.people.access import visible_people
from hornbook.district.people.models import Person, Role, User
from hornbook.district.people.permissions import has_role, person_of
from hornbook.district.records.law import schedule
from hornbook.district.records.models import Certificate, Export, Hold, Purpose, RecordingRule

KEEPERS = (Role.CUSTODIAN, Role.SUPERINTENDENT)
READERS = (*KEEPERS, Role.IT)
ASKERS = (Role.PRINCIPAL, Role.HR, Role.IT, Role.SUPERINTENDENT)
APPROVERS = (Role.PRINCIPAL, Role.HR, Role.SUPERINTENDENT, Role.CUSTODIAN)


@dataclass(frozen=True)
class Kept:
    """One line of what the District keeps, for notices: “for 1 year”, and by which rule."""

    title: str
    period: str
    citation: str
    checked_on: date


def what_is_kept() -> list[Kept]:
    """The schedule in force as facts, for the monitoring notice and other public pages."""
    return [
        Kept(entry.title, entry.words, entry.citation, entry.checked_on)
        for entry in schedule().entries.values()
    ]


def _with_role(user: User | AnonymousUser, *roles: Role) -> Person:
    viewer = person_of(user)
    if viewer is None or not has_role(viewer, *roles):
        raise Http404
    return viewer


def reader_or_404(user: User | AnonymousUser) -> Person:
    return _with_role(user, *READERS)


def keeper_or_404(user: User | AnonymousUser) -> Person:
    return _with_role(user, *KEEPERS)


def is_keeper(viewer: Person) -> bool:
    return has_role(viewer, *KEEPERS)


def hold_or_404(viewer: Person, pk: int) -> Hold:
    found = Hold.objects.filter(pk=pk).first() if has_role(viewer, *READERS) else None
    if found is None:
        raise Http404
    return found


def certificate_or_404(viewer: Person, pk: int) -> Certificate:
    found = Certificate.objects.filter(pk=pk).first() if has_role(viewer, *READERS) else None
    if found is None:
        raise Http404
    return found


def export_or_404(viewer: Person, key: UUID) -> Export:
    """An export that still is there, for those who may hand it out."""
    found = Export.objects.filter(key=key, destroyed_at__isnull=True).first()
    if found is None or not has_role(viewer, *KEEPERS):
        raise Http404
    return found


def recording_or_404(viewer: Person, pk: int) -> RecordingRule:
    """A proposal of what nodes may record."""
    found = RecordingRule.objects.filter(pk=pk).first() if has_role(viewer, *READERS) else None
    if found is None:
        raise Http404
    return found


def may_agree_recording(viewer: Person, rule: RecordingRule) -> bool:
    """A second person, who answers for records."""
    return rule.proposed_by != viewer and has_role(viewer, *KEEPERS)


def published() -> QuerySet[Export]:
    """Counts that anybody may fetch, the newest first."""
    return Export.objects.filter(published=True, destroyed_at__isnull=True)


def published_or_404(key: UUID) -> Export:
    found = published().filter(key=key).first()
    if found is None:
        raise Http404
    return found


# --- purposes ----------------------------------------------------------------------------------


def asker_or_404(user: User | AnonymousUser) -> Person:
    return _with_role(user, *{*ASKERS, *APPROVERS})


def subject_or_404(viewer: Person, key: UUID) -> Person:
    """Somebody whose activity the viewer may ask to see: never their own (that is open)."""
    found = visible_people(viewer).filter(key=key).exclude(pk=viewer.pk).first()
    if found is None or not has_role(viewer, *ASKERS):
        raise Http404
    return found


def visible_purposes(viewer: Person) -> QuerySet[Purpose]:
    """The viewer's own, and those that they may agree to."""
    mine = Q(asked_by=viewer)
    if has_role(viewer, *KEEPERS):
        return Purpose.objects.exclude(subject=viewer)
    if has_role(viewer, *APPROVERS):
        mine |= Q(subject__in=visible_people(viewer))
    return Purpose.objects.filter(mine).exclude(subject=viewer)


def purpose_or_404(viewer: Person, pk: int) -> Purpose:
    found = visible_purposes(viewer).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_approve(viewer: Person, purpose: Purpose) -> bool:
    """A second person: neither who asked nor whom it is about."""
    if viewer in (purpose.asked_by, purpose.subject) or not has_role(viewer, *APPROVERS):
        return False
    return visible_purposes(viewer).filter(pk=purpose.pk).exists()


def may_look(viewer: Person, purpose: Purpose) -> bool:
    """Only who asked looks; who agreed does not get to see for it."""
    return viewer == purpose.asked_by
