"""Who may see and write drafts. Absent and forbidden get the same 404.

===============================  ======  ========  =======
role, held for the district      reads   writes    adopts
===============================  ======  ========  =======
policy owner                     yes     yes       no
superintendent, board            yes     no        yes
===============================  ======  ========  =======

A role at one school opens nothing here: a policy binds every school. Whoever holds both roles
still cannot adopt what they proposed (``models.Draft``).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person, Role, User
from hornbook.district.people.permissions import actor_of, person_of
from hornbook.district.people.scope import reaches_all
from hornbook.district.policy.revising.models import Draft, DraftClause

WRITERS = (Role.POLICY_OWNER,)
ADOPTERS = (Role.SUPERINTENDENT, Role.BOARD)
Account = User | AnonymousUser


@dataclass(frozen=True)
class Viewer:
    person: Person
    writes: bool
    adopts: bool

    @property
    def actor(self) -> Actor:
        return actor_of(self.person)

    def may_adopt(self, draft: Draft) -> bool:
        """Another person than who proposed it."""
        return self.adopts and draft.proposed_by != self.person


def reader_or_404(account: Account) -> Viewer:
    person = person_of(account)
    if person is None:
        raise Http404
    viewer = Viewer(person, reaches_all(person, *WRITERS), reaches_all(person, *ADOPTERS))
    if not (viewer.writes or viewer.adopts):
        raise Http404
    return viewer


def writer_or_404(account: Account) -> Viewer:
    viewer = reader_or_404(account)
    if not viewer.writes:
        raise Http404
    return viewer


def writes(account: Account) -> bool:
    """For a public page: whether to offer the writer's next step."""
    person = person_of(account)
    return person is not None and reaches_all(person, *WRITERS)


def adopter_or_404(account: Account) -> Viewer:
    viewer = reader_or_404(account)
    if not viewer.adopts:
        raise Http404
    return viewer


def drafts(viewer: Viewer) -> QuerySet[Draft]:
    """Every draft, the newest first. The viewer has come through one of the doors above."""
    return Draft.objects.select_related("policy", "base", "revision")


def draft_or_404(viewer: Viewer, pk: int) -> Draft:
    found = drafts(viewer).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def clause_or_404(draft: Draft, key: str) -> DraftClause:
    found = draft.clauses.select_related("before__clause", "before__revision", "draft__policy")
    clause = found.filter(key=key).first()
    if clause is None:
        raise Http404
    return clause
