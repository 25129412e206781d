"""Between our people and SCIM's words. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from scim2_models import Meta, Reference

from hornbook.district.people.models import Person
from hornbook.district.people.scim.models import ScimAccount, ScimGroup
from hornbook.district.people.scim.schema import Email, Group, Member, Name, User


@dataclass(frozen=True)
class Told:
    """What a directory says about one person, in our words."""

    user_name: str
    given_name: str = ""
    family_name: str = ""
    external_id: str = ""
    active: bool | None = None
    emails: list[dict[str, Any]] = field(default_factory=list)

    @property
    def may_sign_in(self) -> bool:
        return self.active is not False

    @property
    def email(self) -> str:
        """The address that counts: the primary one, else the first; empty for none."""
        primary = [entry for entry in self.emails if entry.get("primary")]
        found = next(iter([*primary, *self.emails]), {})
        return str(found.get("value") or "").strip().lower()


def told(user: User) -> Told:
    """Read a resource that scim2-models has validated."""
    name = user.name or Name()
    return Told(
        user_name=str(user.user_name or ""),
        given_name=str(getattr(name, "given_name", None) or ""),
        family_name=str(getattr(name, "family_name", None) or ""),
        external_id=str(user.external_id or ""),
        active=user.active,
        emails=[_email_out(entry) for entry in user.emails or []],
    )


def _email_out(entry: Email) -> dict[str, Any]:
    facts = {"value": entry.value, "type": entry.type, "primary": entry.primary}
    return {name: value for name, value in facts.items() if value is not None}


def as_user(person: Person, root: str) -> User:
    """The resource of a person; one whom no directory has written yet has the roster's facts."""
    account = account_of(person)
    emails = account.emails if account else [{"value": person.email, "primary": True}]
    return User(
        id=str(person.key),
        external_id=(account.external_id if account else "") or None,
        user_name=account.user_name if account else person.email,
        name=_name(person),
        active=account.active if account else _may_sign_in(person),
        emails=[Email(**entry) for entry in emails] or None,
        meta=Meta(
            resource_type="User",
            location=f"{root}/Users/{person.key}",
            created=account.created_at if account else None,
            last_modified=account.changed_at if account else None,
        ),
    )


def account_of(person: Person) -> ScimAccount | None:
    """The directory's account of the person; None where no directory has written."""
    try:
        return person.scim
    except ScimAccount.DoesNotExist:
        return None


def _name(person: Person) -> Name | None:
    if not (person.given_name or person.family_name):
        return None
    return Name(given_name=person.given_name or None, family_name=person.family_name or None)


def _may_sign_in(person: Person) -> bool:
    return person.active and (person.user is None or person.user.is_active)


def as_group(group: ScimGroup, root: str) -> Group:
    members = [_member(key, root) for key in group.members.values_list("key", flat=True)]
    return Group(
        id=str(group.key),
        external_id=group.external_id or None,
        display_name=group.display_name,
        members=members or None,
        meta=Meta(
            resource_type="Group",
            location=f"{root}/Groups/{group.key}",
            created=group.created_at,
            last_modified=group.changed_at,
        ),
    )


def _member(key: UUID, root: str) -> Member:
    return Member(value=str(key), ref=Reference[User](f"{root}/Users/{key}"), type="User")
