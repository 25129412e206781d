"""The only way a view gets a report or a case. Absent and forbidden get the same answer.

=====================  ==========================================================================
report                 who it was routed to; with words of danger, who is on call too; never
                       somebody whom it is about
case                   who has a seat in it, and nobody else, whatever their role; never the subject
one's own case         its subject, from the notice on: notice, answer, decision, appeal
=====================  ==========================================================================
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import Http404

from hornbook.district.conduct.models import Case, OnCall, Report, ReportFile, Seat
from hornbook.district.people.models import Person, Role, User
from hornbook.district.people.permissions import has_role, person_of

STAFF = tuple(set(Role) - {Role.STUDENT, Role.GUARDIAN})
READERS = (
    Role.PRINCIPAL,
    Role.DIRECTOR,
    Role.SUPERINTENDENT,
    Role.HR,
    Role.BOARD,
    Role.CUSTODIAN,
)


def viewer_or_404(user: User | AnonymousUser) -> Person:
    """Somebody of the roster who is signed in."""
    viewer = person_of(user)
    if viewer is None:
        raise Http404
    return viewer


def staff_or_404(user: User | AnonymousUser) -> Person:
    """Who works here, paid or not: they can tell from wherever they are."""
    viewer = viewer_or_404(user)
    if not has_role(viewer, *STAFF):
        raise Http404
    return viewer


def reader_or_404(user: User | AnonymousUser) -> Person:
    """Whoever has reports or cases to read: by role, by a seat, or because one was routed there."""
    viewer = viewer_or_404(user)
    if (
        has_role(viewer, *READERS)
        or visible_cases(viewer).exists()
        or visible_reports(viewer).exists()
    ):
        return viewer
    raise Http404


def visible_reports(viewer: Person) -> QuerySet[Report]:
    """Those that the viewer reads."""
    mine = Q(assigned_to=viewer)
    places = list(OnCall.objects.filter(person=viewer).values_list("site", flat=True))
    if None in places:
        mine |= Q(danger=True)
    elif places:
        mine |= Q(danger=True, site__in=places)
    return Report.objects.filter(mine).exclude(about=viewer).exclude(reporter=viewer)


def report_or_404(viewer: Person, key: UUID) -> Report:
    rows = visible_reports(viewer).select_related("site", "envelope", "clause_text__clause")
    found = rows.select_related("clause_text__revision", "assigned_to").filter(key=key).first()
    if found is None:
        raise Http404
    return found


def report_file_or_404(viewer: Person, key: UUID, pk: int) -> ReportFile:
    report = report_or_404(viewer, key)
    found = report.files.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def visible_cases(viewer: Person) -> QuerySet[Case]:
    """Those in which the viewer has a seat."""
    seats = Seat.objects.filter(person=viewer, ended_at__isnull=True)
    return Case.objects.filter(pk__in=seats.values("case")).exclude(subject=viewer)


def running_cases(viewer: Person) -> QuerySet[Case]:
    """Open ones that the viewer runs: another report may be added to them."""
    return visible_cases(viewer).filter(lead=viewer, closed_at__isnull=True)


def case_or_404(viewer: Person, key: UUID) -> Case:
    rows = visible_cases(viewer).select_related("site", "subject", "lead", "envelope")
    found = rows.filter(key=key).first()
    if found is None:
        raise Http404
    return found


def capacities(viewer: Person, case: Case) -> frozenset[str]:
    """As what the viewer sits in the case."""
    held = case.seats.filter(person=viewer, ended_at__isnull=True)
    return frozenset(held.values_list("capacity", flat=True))


def own_case_or_404(viewer: Person, key: UUID) -> Case:
    """A case about the viewer, once notice was given."""
    found = Case.objects.filter(key=key, subject=viewer, notices__isnull=False).first()
    if found is None:
        raise Http404
    return found


def overseer_or_404(user: User | AnonymousUser) -> Person:
    """Who looks after fairness in the whole District: sums only, never a case."""
    viewer = viewer_or_404(user)
    if not has_role(viewer, Role.SUPERINTENDENT, Role.BOARD, Role.HR, Role.POLICY_OWNER):
        raise Http404
    return viewer
