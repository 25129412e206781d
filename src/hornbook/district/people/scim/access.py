"""What a directory may see: people whom it wrote, and the roster's adults with an address.

Pupils and guardians of the roster are none of a directory's business until it brings them
itself. Absent and forbidden get the same answer.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from hornbook.district.people.identifiers import digest
from hornbook.district.people.models import Person, Role, RoleAssignment
from hornbook.district.people.scim.models import ScimGroup, ScimSource

_CHILDREN_SIDE = (Role.STUDENT, Role.GUARDIAN)


def source_of(token: str) -> ScimSource | None:
    """The directory that holds this token now."""
    return ScimSource.objects.filter(token_sha256=digest(token).hex(), revoked_at=None).first()


def seen(source: ScimSource) -> None:
    """Remember that it asked; a sign of life, no leaf."""
    ScimSource.objects.filter(pk=source.pk).update(last_seen=timezone.now())


def people() -> QuerySet[Person]:
    """With ``scim_name``, by which a directory looks for somebody."""
    written = Q(scim__isnull=False, scim__removed_at=None)
    children = RoleAssignment.objects.filter(role__in=_CHILDREN_SIDE).values("person")
    adult = Q(scim__isnull=True, active=True) & ~Q(email="") & ~Q(pk__in=children)
    name = Case(
        When(scim__isnull=False, then=F("scim__user_name")),
        default=F("email"),
        output_field=CharField(),
    )
    external = Case(
        When(scim__isnull=False, then=F("scim__external_id")),
        default=Value(""),
        output_field=CharField(),
    )
    active = Case(
        When(scim__isnull=False, then=Coalesce(F("scim__active"), Value(True))),
        When(user__is_active=False, then=Value(False)),
        default=F("active"),
        output_field=BooleanField(),
    )
    found = Person.objects.filter(written | adult).select_related("scim", "user")
    named = found.annotate(scim_name=name, scim_external=external, scim_active=active)
    return named.order_by("pk")


def holds_name(user_name: str) -> Person | None:
    """Who bears that user name, without regard to case."""
    named: QuerySet[Any] = people()
    return named.filter(scim_name__iexact=user_name).first()


def person(key: UUID) -> Person | None:
    return people().filter(key=key).first()


def group(key: UUID) -> ScimGroup | None:
    return ScimGroup.objects.filter(key=key).first()


def groups() -> QuerySet[ScimGroup]:
    return ScimGroup.objects.order_by("pk")
