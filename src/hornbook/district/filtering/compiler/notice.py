"""What notice pages are told beside the verdict, so that they need neither console nor database."""

from __future__ import annotations

import os
from typing import Any

from django.utils import timezone

from hornbook.district.filtering.defaults import read_data
from hornbook.district.filtering.models import Profile
from hornbook.district.people.models import Role, RoleAssignment, Site, SiteKind
from hornbook.district.policy.law import basis
from hornbook.district.policy.models import LegalBasis
from hornbook.instance import Instance
from hornbook.node.protected import CONSOLE_VARIABLE


def notice_info(instance: Instance) -> dict[str, Any]:
    """District, contacts, crisis lines, console address; bases, roles and profiles in words."""
    return {
        "district": _district(),
        "contacts": _contacts(),
        "crisis_lines": read_data("notice")["crisis_lines"],
        "console": console_address(instance),
        "bases": _bases(),
        "roles": dict(Role.choices),
        "profiles": dict(Profile.objects.values_list("key", "name")),
        "sites": dict(Site.objects.values_list("key", "name")),
    }


def _bases() -> dict[str, dict[str, str]]:
    """Every legal basis in words, with its citation."""
    return {key: _basis(key, label) for key, label in LegalBasis.choices}


def _basis(key: str, label: str) -> dict[str, str]:
    law = basis(key)
    return {"label": label, "words": law.words, "citation": law.citation, "note": law.note}


def _district() -> str:
    site = Site.objects.filter(kind=SiteKind.DISTRICT).order_by("pk").first()
    return site.name if site else ""


def _contacts() -> list[dict[str, str]]:
    """Who mends the filter: the IT administrators of today that have an e-mail address."""
    held = RoleAssignment.objects.active(timezone.localdate()).filter(
        role=Role.IT, person__active=True
    )
    people = {role.person for role in held.select_related("person") if role.person.email}
    found = sorted((str(person), person.email) for person in people)
    return [{"name": f"{name}, IT", "email": email} for name, email in found]


def console_address(instance: Instance) -> str:
    """Where people open the console; ``HORNBOOK_CONSOLE_URL`` says so behind a proxy."""
    settings = instance.settings()
    own = f"http://{settings.bind}:{settings.ports.console}/"
    return os.environ.get(CONSOLE_VARIABLE, own)
