"""A report that somebody without an account sent, through the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from hornbook.district.conduct.models import Report
from hornbook.district.conduct.views.report import GUESSING, TELLING
from hornbook.district.people.models import Person, Role
from hornbook.district.policy.models import Clause, ClauseText, Force, Holder
from tests.district.conduct.cases import Room, open_room
from tests.district.conftest import MakePerson, Sites

ANSWERS = {
    "kind": "bullying",
    "site": "maple",
    "what": "Every day in the class chat they call him names.",
    "who": "Three from class 4b.",
    "office": "no",
    "talk": "yes",
}

MORE = {
    "BULLY-1": ("Bullying, threats and harassment of anybody are prohibited.", Force.MUST_NOT),
    "REPORT-1": ("Staff must report a known violation to the site administrator.", Force.MUST),
    "KIND-1": ("Students are encouraged to stand by who is hurt.", Force.ENCOURAGED),
    "FAIR-1": ("Breaking a rule may lead to restricted access and discipline.", Force.MAY),
}


@pytest.fixture
def clauses(policy_in_force: dict[str, ClauseText]) -> dict[str, ClauseText]:
    """The small policy, with the clauses that cases stand on."""
    one = next(iter(policy_in_force.values()))
    more = {
        key: ClauseText.objects.create(
            clause=Clause.objects.create(policy=one.clause.policy, key=key),
            revision=one.revision,
            order=100 + n,
            official=words,
            force=force,
            holder=Holder.EVERYONE,
            valid_from=one.valid_from,
        )
        for n, (key, (words, force)) in enumerate(MORE.items())
    }
    return {**policy_in_force, **more}


@dataclass(frozen=True)
class Sent:
    report: Report
    receipt: str


@pytest.fixture(autouse=True)
def no_flood() -> None:
    TELLING.clear()
    GUESSING.clear()


@pytest.fixture
def send(sites: object, clauses: object) -> Callable[..., Sent]:
    """Send a report through its last page; answers may be other ones."""

    def sent(client: Client | None = None, **answers: str) -> Sent:
        page = (client or Client()).post("/report/", {**ANSWERS, **answers, "step": "send"})
        assert page.status_code == 200, page.content.decode()
        found = re.search(r"\d{4} \d{4} \d{4} \d{4}", page.content.decode())
        assert found is not None
        return Sent(Report.objects.latest("pk"), found.group())

    return sent


@pytest.fixture
def deputy(make_person: MakePerson, sites: Sites) -> Person:
    """A director of the whole district: decides in cases, supervised by no principal."""
    return make_person("Dora Director", Role.DIRECTOR, sites.central)


@pytest.fixture
def room(
    principal: Person,
    deputy: Person,
    superintendent: Person,
    hr: Person,
    owner: Person,
    sites: Sites,
    clauses: dict[str, ClauseText],
) -> Room:
    """A case about ``owner``, run by the principal of Maple."""
    return open_room(principal, deputy, superintendent, hr, owner, sites.maple, clauses["BULLY-1"])
