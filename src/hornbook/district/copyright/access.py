"""Who sees copyright notices. Absent and forbidden get the same answer, ``Http404``.

=======================  =================================================================
anybody                  the agent's page, and the form for a notice
agent's desk             every notice: records custodian, IT and superintendent of the
                         whole district
whose material it is     their own notice, once it was taken down, and the counter-notice
=======================  =================================================================
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404

from hornbook.district.copyright.models import Notice, State
from hornbook.district.people.access import viewer_or_404
from hornbook.district.people.models import Person, Role, User
from hornbook.district.people.scope import reaches_all

DESK = (Role.CUSTODIAN, Role.IT, Role.SUPERINTENDENT)
TOLD = (State.DISABLED, State.COUNTERED, State.RESTORED, State.COURT, State.WITHDRAWN)


def is_desk(viewer: Person) -> bool:
    return reaches_all(viewer, *DESK)


def desk_or_404(user: User | AnonymousUser) -> Person:
    viewer = viewer_or_404(user)
    if not is_desk(viewer):
        raise Http404
    return viewer


def notice_or_404(viewer: Person, number: str) -> Notice:
    """For the desk; never one's own material: somebody else handles that."""
    found = notices_for(viewer).filter(number=number).first()
    if found is None or not is_desk(viewer):
        raise Http404
    return found


def notices_for(viewer: Person) -> QuerySet[Notice]:
    return Notice.objects.exclude(subscriber=viewer).select_related("subscriber", "counter")


def own_notice_or_404(viewer: Person, number: str) -> Notice:
    """One about the viewer's own material, after it was taken down."""
    mine = viewer.copyright_notices.filter(number=number, disabled_at__isnull=False, state__in=TOLD)
    found = mine.select_related("counter").first()
    if found is None:
        raise Http404
    return found


def own_notices(viewer: Person) -> QuerySet[Notice]:
    return viewer.copyright_notices.filter(disabled_at__isnull=False)
