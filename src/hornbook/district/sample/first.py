"""The one account of a district that starts bare (``hornbook up --empty``)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.actions import add_person, set_password
from hornbook.district.people.applying.sites import FIRST_DISTRICT
from hornbook.district.people.models import Role, Site, SiteKind, User
from hornbook.district.people.signin.actions import ensure_rules

EMAIL = "first@district.example"


@transaction.atomic
def make_first_account(*, actor: Actor, password: str) -> None:
    """A district without a name, and an IT administrator who can sign in and import the rest.

    The first roster gives the district its name; see ``people.applying.sites``.
    """
    site = Site.objects.create(key=FIRST_DISTRICT, name="Our district", kind=SiteKind.DISTRICT)
    person = add_person(
        actor=actor,
        given_name="First",
        family_name="Administrator",
        email=EMAIL,
        role=Role.IT,
        site=site,
        starts_on=timezone.localdate(),
    )
    ensure_rules(actor=actor, strict=False)
    if person.user is not None:
        set_password(actor=actor, user=person.user, password=password)


def welcome() -> dict[str, Any]:
    """The district's name, and the first account while it is the only one."""
    site = Site.objects.filter(kind=SiteKind.DISTRICT).order_by("pk").first()
    alone = User.objects.filter(email=EMAIL, is_active=True).exists()
    accounts = [(EMAIL, str(Role.IT.label))] if alone else []
    return {"district": site.name if site else "", "accounts": accounts}
