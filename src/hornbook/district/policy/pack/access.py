"""Who makes and downloads proof packs: policy owner, records custodian and superintendent, each
for the whole district. Anybody may have the script that checks one. Absent and forbidden get the
same 404."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from hornbook.district.people.models import Person, Role, User
from hornbook.district.people.permissions import person_of
from hornbook.district.people.scope import reaches_all
from hornbook.district.policy.pack.models import Pack

MAKERS = (Role.POLICY_OWNER, Role.CUSTODIAN, Role.SUPERINTENDENT)


def makes(person: Person) -> bool:
    return reaches_all(person, *MAKERS)


def maker_or_404(account: User | AnonymousUser) -> Person:
    person = person_of(account)
    if person is None or not makes(person):
        raise Http404
    return person


def pack_or_404(person: Person, seal: str) -> Pack:
    found = Pack.objects.filter(sha256=seal).first()
    if found is None:
        raise Http404
    return found
