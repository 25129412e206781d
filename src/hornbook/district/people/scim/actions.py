"""Every write of a directory, and of those who let one in. Each is one leaf of the ledger."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from scim2_models import InvalidValueException, UniquenessException

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.identifiers import digest
from hornbook.district.people.models import Person, Role, RoleAssignment, Site, User
from hornbook.district.people.scim import access
from hornbook.district.people.scim.mapping import Told
from hornbook.district.people.scim.models import ScimAccount, ScimGroup, ScimSource
from hornbook.district.people.sessions import sign_out_everywhere
from hornbook.instance import InstanceError

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,48}")


class SourceError(InstanceError):
    """The directory was not let in or shut out; the message says why."""


@transaction.atomic
def add_source(*, actor: Actor, key: str) -> str:
    """Let a directory write here; returns its token, which is shown once and never again.

    A revoked one is let in again with a new token. Raises SourceError for a name that is taken
    or that can be none.
    """
    if not _KEY.fullmatch(key):
        raise SourceError(f"“{key}” cannot name it: use small letters, digits and hyphens.")
    source = ScimSource.objects.select_for_update().filter(key=key).first() or ScimSource(key=key)
    if source.pk and not source.revoked_at:
        raise SourceError(f"{key} may write already. For a new token, first revoke it.")
    token = secrets.token_urlsafe(32)
    source.token_sha256 = digest(token).hex()
    source.revoked_at = None
    source.save()
    record(actor=actor, verb="let a directory in", object=f"scim source {key}")
    return token


@transaction.atomic
def revoke_source(*, actor: Actor, key: str) -> ScimSource:
    """End a directory's token at once. What it told stays. Raises SourceError."""
    source = ScimSource.objects.select_for_update().filter(key=key, revoked_at=None).first()
    if source is None:
        known = ", ".join(ScimSource.objects.filter(revoked_at=None).values_list("key", flat=True))
        raise SourceError(f"No directory {key} may write here. Known: {known or 'none'}.")
    source.revoked_at = timezone.now()
    source.save(update_fields=["revoked_at"])
    record(actor=actor, verb="shut a directory out", object=f"scim source {key}")
    return source


def actor_of(source: ScimSource) -> Actor:
    """How the ledger names a directory."""
    return Actor(f"directory {source.key}")


@transaction.atomic
def create_user(*, actor: Actor, told: Told) -> Person:
    """A joiner: somebody new, or somebody whom the roster has under the same address.

    Raises UniquenessException when the user name is taken, or the address is a pupil's.
    """
    _refuse_taken(told, None)
    person = _known_by_address(told) or Person(email=told.email)
    joined = person._state.adding
    _write(person, told)
    record(
        actor=actor,
        verb="directory added a person" if joined else "directory took over a person",
        object=str(person.key),
        detail={"active": told.may_sign_in},
    )
    return person


@transaction.atomic
def write_user(*, actor: Actor, person: Person, told: Told) -> Person:
    """Make the person what the directory says. Raises UniquenessException."""
    _refuse_taken(told, person)
    _write(person, told)
    record(
        actor=actor,
        verb="directory changed a person",
        object=str(person.key),
        detail={"active": told.may_sign_in},
    )
    return person


@transaction.atomic
def remove_user(*, actor: Actor, person: Person) -> None:
    """A leaver: signed out, the account closed, and without the roles that directories gave."""
    account = ScimAccount.objects.filter(person=person).first() or ScimAccount(
        person=person, user_name=person.email
    )
    account.active, account.removed_at = False, timezone.now()
    account.save()
    for group in list(person.scim_groups.all()):
        group.members.remove(person)
        _apply_role(group)
    _settle(person, active=False)
    record(actor=actor, verb="directory removed a person", object=str(person.key))


def _refuse_taken(told: Told, person: Person | None) -> None:
    if not told.user_name.strip():
        raise InvalidValueException(detail="userName is empty")
    if access.holds_name(told.user_name) not in (None, person):
        raise UniquenessException(detail=f"the user name “{told.user_name}” is taken")


def _known_by_address(told: Told) -> Person | None:
    """The one person of the roster who has this address; nobody's is None."""
    if not told.email:
        return None
    found = list(Person.objects.filter(email__iexact=told.email)[:2])
    if not found:
        return None
    only = found[0] if len(found) == 1 else None
    written = only is not None and ScimAccount.objects.filter(person=only, removed_at=None).exists()
    if only is None or written or only.roles.filter(role=Role.STUDENT).exists():
        raise UniquenessException(detail=f"the address {told.email} belongs to somebody else")
    return only


def _write(person: Person, told: Told) -> None:
    person.given_name, person.family_name = told.given_name, told.family_name
    person.email = told.email
    person.save()
    ScimAccount.objects.update_or_create(
        person=person,
        defaults={
            "user_name": told.user_name,
            "external_id": told.external_id,
            "emails": told.emails,
            "active": told.active,
            "removed_at": None,
        },
    )
    person.refresh_from_db()
    _settle(person, active=told.may_sign_in)


def _settle(person: Person, *, active: bool) -> None:
    """Account and presence follow: an account needs an address that nobody else signs in with.

    A person stays present while any source gives a role now or later; the account does not.
    """
    runs = person.roles.exclude(ends_on__lt=timezone.localdate()).exists()
    person.active = active or runs
    person.user = _account(person) if active else person.user
    person.save(update_fields=["active", "user"])
    if person.user is not None and person.user.is_active != active:
        person.user.is_active = active
        person.user.save(update_fields=["is_active"])
    if person.user is not None and not active:
        sign_out_everywhere(person.user)


def _account(person: Person) -> User | None:
    """The account under the person's address: theirs, moved with the address, or a new one."""
    user = person.user
    if not person.email or (user is not None and user.email == person.email):
        return user
    holder = User.objects.filter(email__iexact=person.email).first()
    if holder is not None:
        return user if Person.objects.filter(user=holder).exists() else holder
    if user is None:
        return User.objects.create_user(person.email)
    user.email = person.email
    user.save(update_fields=["email"])
    return user


@transaction.atomic
def write_group(
    *,
    actor: Actor,
    group: ScimGroup,
    display_name: str,
    external_id: str,
    members: Collection[UUID],
) -> ScimGroup:
    """Add or change a group. Raises InvalidValueException for a member whom nobody knows."""
    found = dict(access.people().filter(key__in=members).values_list("key", "pk"))
    strange = next((key for key in members if key not in found), None)
    if strange is not None:
        raise InvalidValueException(detail=f"there is no User {strange}")
    added = group._state.adding
    group.display_name, group.external_id = display_name, external_id
    group.save()
    group.members.set(found.values())
    _apply_role(group)
    record(
        actor=actor,
        verb="directory added a group" if added else "directory changed a group",
        object=f"scim group {group.key}",
        detail={"members": len(found)},
    )
    return group


@transaction.atomic
def remove_group(*, actor: Actor, group: ScimGroup) -> None:
    """The group goes, and the role that it gave ends."""
    group.members.clear()
    _apply_role(group)
    record(actor=actor, verb="directory removed a group", object=f"scim group {group.key}")
    group.delete()


@transaction.atomic
def map_group(*, actor: Actor, group: ScimGroup, role: Role | None, site: Site | None) -> ScimGroup:
    """Say which role at which site a group's members hold; None for neither."""
    if (role is None) != (site is None):
        raise ValueError("name both a role and a site, or neither")
    group.role, group.site = role.value if role else "", site
    group.save()
    _apply_role(group)
    record(
        actor=actor,
        verb="map a directory's group",
        object=f"scim group {group.key}",
        detail={"role": group.role, "site": site.key if site else ""},
    )
    return group


def _apply_role(group: ScimGroup) -> None:
    """Bring the assignments of this group in line with its members, from today on."""
    today = timezone.localdate()
    members = set(group.members.values_list("pk", flat=True)) if group.role else set[int]()
    held = RoleAssignment.objects.filter(source=group.source).active(today)
    right = {
        row.person_id: row
        for row in held
        if (row.role, row.site_id) == (group.role, group.site_id) and row.person_id in members
    }
    _end([row for row in held if right.get(row.person_id) != row], today)
    RoleAssignment.objects.bulk_create(
        [
            RoleAssignment(
                person_id=person,
                role=group.role,
                site=group.site,
                starts_on=today,
                source=group.source,
            )
            for person in members - right.keys()
        ],
        ignore_conflicts=True,  # another source gave the same role on the same day
    )
    _wake(members)


def _end(rows: list[RoleAssignment], today: date) -> None:
    """They held it until yesterday; who got it only today never held it."""
    fresh = [row.pk for row in rows if row.starts_on >= today]
    RoleAssignment.objects.filter(pk__in=fresh).delete()
    rest = [row.pk for row in rows if row.starts_on < today]
    RoleAssignment.objects.filter(pk__in=rest).update(ends_on=today - timedelta(days=1))


def _wake(members: set[int]) -> None:
    closed = ScimAccount.objects.filter(active=False).values("person")
    Person.objects.filter(pk__in=members, active=False).exclude(pk__in=closed).update(active=True)
