"""Who sees letters, suspended accounts and charges. Absent and forbidden: the same ``Http404``.

=======================  ====================================================================
who runs or decides the  letter, training, accounts elsewhere, charge of a consequence
case (a seat)
subject                  their own letter, training, accounts elsewhere; their own charges
principal, HR, IT and    charges of people whom they look after; never their own
superintendent
=======================  ====================================================================
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404

from hornbook.district.conduct.access import capacities, reader_or_404, visible_cases
from hornbook.district.conduct.models import Consequence, Seat
from hornbook.district.consequences.models import Charge, Suspension
from hornbook.district.people.access import visible_people
from hornbook.district.people.models import Person, Role, User
from hornbook.district.people.permissions import has_role

ACTS = {Seat.Capacity.LEAD, Seat.Capacity.DECIDER}
CHARGERS = (Role.PRINCIPAL, Role.HR, Role.IT, Role.SUPERINTENDENT)


def staff_or_404(user: User | AnonymousUser) -> Person:
    """Whoever reads reports or has a seat in a case."""
    return reader_or_404(user)


def _consequences() -> QuerySet[Consequence]:
    return Consequence.objects.select_related(
        "decision__case__subject",
        "decision__decided_by",
        "clause_text__clause",
        "clause_text__revision",
        "training",
    )


def consequence_or_404(viewer: Person, key: UUID) -> Consequence:
    """For who runs or decides its case."""
    found = _consequences().filter(key=key, decision__case__in=visible_cases(viewer)).first()
    if found is None or ACTS.isdisjoint(capacities(viewer, found.decision.case)):
        raise Http404
    return found


def running_consequences(viewer: Person) -> QuerySet[Consequence]:
    """Those of the cases that the viewer runs or decides, the newest first."""
    seats = Seat.objects.filter(person=viewer, ended_at__isnull=True, capacity__in=ACTS)
    cases = visible_cases(viewer).filter(pk__in=seats.values("case"))
    return _consequences().filter(decision__case__in=cases).order_by("-made_at")


def own_consequence_or_404(viewer: Person, key: UUID) -> Consequence:
    found = _consequences().filter(key=key, decision__case__subject=viewer).first()
    if found is None:
        raise Http404
    return found


def suspension_or_404(consequence: Consequence, pk: int) -> Suspension:
    found = consequence.suspensions.filter(pk=pk).select_related("person").first()
    if found is None:
        raise Http404
    return found


def charger_or_404(viewer: Person) -> Person:
    if not has_role(viewer, *CHARGERS):
        raise Http404
    return viewer


def chargeable(viewer: Person) -> QuerySet[Person]:
    """Whom the viewer may ask: whom they look after, never themselves."""
    return visible_people(viewer).exclude(pk=viewer.pk)


def visible_charges(viewer: Person) -> QuerySet[Charge]:
    mine = Charge.objects.filter(person__in=chargeable(viewer))
    return mine.select_related("person", "clause_text__clause", "clause_text__revision")


def charge_or_404(viewer: Person, key: UUID) -> Charge:
    found = visible_charges(viewer).filter(key=key).first()
    if found is None or not has_role(viewer, *CHARGERS):
        raise Http404
    return found


def own_charge_or_404(viewer: Person, key: UUID) -> Charge:
    found = viewer.charges.filter(key=key).select_related("clause_text__clause").first()
    if found is None:
        raise Http404
    return found
