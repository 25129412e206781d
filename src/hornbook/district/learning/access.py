"""The only way a view gets a duty, a campaign, an assignment or a signature.

=======================  ==============================  ==========================
role                     sees of campaigns               may
=======================  ==============================  ==========================
HR of the district,      everybody                       start, remind, close; keep
policy owner                                             duties and questions; paper
superintendent           everybody                       look
principal, HR of a       people at their sites (and the  record paper signatures of
school                   sites below them)               those people
anybody else             their own assignments           sign, or say no
                         and trainings
=======================  ==============================  ==========================

Absent and forbidden get the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from hornbook.district.learning.models import (
    Assignment,
    AssignmentState,
    Campaign,
    Duty,
    Question,
    Signature,
    Training,
)
from hornbook.district.people.models import Person, Role, Site, SiteKind
from hornbook.district.people.permissions import roles_of
from hornbook.district.people.scope import beneath

_EVERYWHERE = {SiteKind.DISTRICT, SiteKind.OFFICE}
_MANAGERS = {Role.HR, Role.POLICY_OWNER}


@dataclass(frozen=True)
class Scope:
    """What somebody may see of campaigns. ``sites`` None: every site."""

    sites: tuple[int, ...] | None
    manages: bool

    def of(self, assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
        if self.sites is None:
            return assignments
        return assignments.filter(sites__overlap=list(self.sites))

    def site_list(self) -> QuerySet[Site]:
        return Site.objects.all() if self.sites is None else Site.objects.filter(pk__in=self.sites)


def scope_of(viewer: Person) -> Scope | None:
    """None for those who look after nobody."""
    held = list(roles_of(viewer).filter(role__in=[*_MANAGERS, Role.SUPERINTENDENT, Role.PRINCIPAL]))
    if not held:
        return None
    wide = {
        role.role
        for role in held
        if role.role == Role.SUPERINTENDENT
        or (role.role in _MANAGERS and role.site.kind in _EVERYWHERE)
    }
    if wide:
        return Scope(None, manages=bool(wide & _MANAGERS))
    return Scope(tuple(sorted(beneath(role.site_id for role in held))), manages=False)


def scope_or_404(viewer: Person) -> Scope:
    scope = scope_of(viewer)
    if scope is None:
        raise Http404
    return scope


def manager_or_404(viewer: Person) -> Scope:
    """Who may start campaigns and keep duties and questions."""
    scope = scope_or_404(viewer)
    if not scope.manages:
        raise Http404
    return scope


def visible_campaigns(scope: Scope) -> QuerySet[Campaign]:
    """Those in which the viewer has somebody to look after."""
    found = Campaign.objects.select_related("duty", "revision__policy", "previous")
    if scope.sites is None:
        return found
    mine = scope.of(Assignment.objects.all()).values("campaign")
    return found.filter(pk__in=mine)


def campaign_or_404(scope: Scope, key: UUID) -> Campaign:
    found = visible_campaigns(scope).filter(key=key).first()
    if found is None:
        raise Http404
    return found


def assignments_of(scope: Scope, campaign: Campaign) -> QuerySet[Assignment]:
    return scope.of(campaign.assignments.all())


def assignment_or_404(scope: Scope, campaign: Campaign, key: UUID) -> Assignment:
    mine = assignments_of(scope, campaign).select_related("person", "campaign__duty")
    found = mine.filter(key=key).first()
    if found is None:
        raise Http404
    return found


def signature_of_or_404(assignment: Assignment, number: str) -> Signature:
    found = assignment.signatures.filter(number=number).first()
    if found is None:
        raise Http404
    return found


def duty_or_404(key: str) -> Duty:
    found = Duty.objects.select_related("clause__policy").filter(key=key).first()
    if found is None:
        raise Http404
    return found


def question_or_404(pk: int) -> Question:
    found = Question.objects.select_related("clause").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


# --- one's own -------------------------------------------------------------------------------


def to_sign(person: Person) -> QuerySet[Assignment]:
    """What waits for the person, what is due first above."""
    return (
        Assignment.objects.filter(
            person=person,
            state__in=[AssignmentState.OPEN, AssignmentState.REFUSED],
            campaign__state=Campaign.State.RUNNING,
        )
        .select_related("campaign__duty__clause__policy", "campaign__revision", "sitting")
        .order_by("due_on")
    )


def own_assignment_or_404(person: Person, key: UUID) -> Assignment:
    """One's own assignment, whatever its state."""
    found = (
        Assignment.objects.filter(person=person, key=key)
        .select_related("campaign__duty__clause__policy", "campaign__revision__policy", "person")
        .first()
    )
    if found is None:
        raise Http404
    return found


def to_learn(person: Person) -> QuerySet[Training]:
    """Trainings that wait for the person, what is due first above."""
    open_ = person.trainings.filter(done_at__isnull=True, withdrawn_at__isnull=True)
    return open_.select_related("clause_text__clause", "clause_text__revision")


def own_training_or_404(person: Person, key: UUID) -> Training:
    """One's own training that was not withdrawn, done or not."""
    rows = person.trainings.filter(key=key, withdrawn_at__isnull=True)
    found = rows.select_related("clause_text__clause", "clause_text__revision").first()
    if found is None:
        raise Http404
    return found


def own_signatures(person: Person) -> QuerySet[Signature]:
    return person.signatures.select_related("duty", "revision__policy", "withdrawal")


def signature_or_404(viewer: Person, number: str) -> Signature:
    """One's own signature, or one of somebody whom the viewer looks after."""
    signatures = Signature.objects.select_related(
        "duty", "revision__policy", "shown", "withdrawal", "person", "assignment"
    )
    found = signatures.filter(number=number).first()
    if found is None or not (found.person_id == viewer.pk or _looks_after(viewer, found)):
        raise Http404
    return found


def _looks_after(viewer: Person, signature: Signature) -> bool:
    scope = scope_of(viewer)
    if scope is None:
        return False
    mine = scope.of(Assignment.objects.filter(pk=signature.assignment_id))
    return mine.exists()


def last_signature(person: Person, duty: Duty, on: date | None = None) -> Signature | None:
    """The newest standing signature under the duty's policy, for what changed since."""
    return newest_first(person.signatures.all(), duty).first()


def newest_first(signatures: QuerySet[Signature], duty: Duty) -> QuerySet[Signature]:
    """Those that stand under the duty's policy, with their revisions but not the whole texts."""
    return (
        signatures.filter(
            revision__policy=duty.clause.policy_id, duty__kind=duty.kind, withdrawal=None
        )
        .select_related("revision")
        .defer("revision__passages", "revision__text")
        .order_by("-revision__no", "-signed_at")
    )


def today() -> date:
    return timezone.localdate()
