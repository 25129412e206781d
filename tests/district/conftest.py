"""The fixed cast: the same few people, schools and clauses in every test of the district.

Maple and Oak are elementary schools, Birch is the high school, Central the district office.
``owner`` teaches at Maple, and so does ``colleague``; ``stranger`` volunteers at Oak and may
see nothing of anybody's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pytest
from django.test import Client

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person, Role, RoleAssignment, Site, SiteKind, User
from hornbook.district.policy.models import Clause, ClauseText, Force, Holder, Policy, Revision

TERM_STARTS = date(2020, 8, 1)

CLAUSES = {
    "FILTER-1": "The District filters pictures that are obscene or harmful to minors.",
    "BYPASS-1": "Users must not use proxies or other means to get around the filter.",
    "SECURE-1": "Users must not put the security of the network at risk.",
    "MONITOR-1": "The District can and will monitor the use of its network.",
    "FOCUS-1": "Students should use the network for school work during school hours.",
    "COPY-1": "Users must respect copyright and must not download works illegally.",
    "SAFE-1": "Users must not seek out violent or illegal material.",
}


@dataclass(frozen=True)
class Sites:
    central: Site
    maple: Site
    oak: Site
    birch: Site


class MakePerson(Protocol):
    def __call__(
        self,
        name: str,
        role: Role,
        site: Site,
        *,
        birth_date: date | None = None,
        account: bool = True,
        starts_on: date = TERM_STARTS,
        ends_on: date | None = None,
    ) -> Person: ...


@pytest.fixture
def sites(db: None) -> Sites:
    central = Site.objects.create(key="central", name="Central Office", kind=SiteKind.DISTRICT)

    def school(key: str, name: str, kind: SiteKind) -> Site:
        return Site.objects.create(key=key, name=name, kind=kind, parent=central)

    return Sites(
        central,
        school("maple", "Maple Elementary", SiteKind.ELEMENTARY),
        school("oak", "Oak Elementary", SiteKind.ELEMENTARY),
        school("birch", "Birch High School", SiteKind.HIGH),
    )


@pytest.fixture
def make_person(db: None) -> MakePerson:
    """Make a person ("Given Family") with one role, and an account unless told otherwise."""

    def make(
        name: str,
        role: Role,
        site: Site,
        *,
        birth_date: date | None = None,
        account: bool = True,
        starts_on: date = TERM_STARTS,
        ends_on: date | None = None,
    ) -> Person:
        given, family = name.split(" ", 1)
        email = f"{name.lower().replace(' ', '.')}@district.test"
        person = Person.objects.create(
            given_name=given,
            family_name=family,
            email=email,
            birth_date=birth_date,
            user=User.objects.create_user(email) if account else None,
        )
        RoleAssignment.objects.create(
            person=person, role=role, site=site, starts_on=starts_on, ends_on=ends_on
        )
        return person

    return make


@pytest.fixture
def owner(make_person: MakePerson, sites: Sites) -> Person:
    """A teacher at Maple: the person whose own things a page shows."""
    return make_person("Olive Owner", Role.TEACHER, sites.maple)


@pytest.fixture
def colleague(make_person: MakePerson, sites: Sites) -> Person:
    """Another teacher at Maple."""
    return make_person("Carl Colleague", Role.TEACHER, sites.maple)


@pytest.fixture
def stranger(make_person: MakePerson, sites: Sites) -> Person:
    """A volunteer at another school: refused wherever a role is needed."""
    return make_person("Sam Stranger", Role.VOLUNTEER, sites.oak)


@pytest.fixture
def principal(make_person: MakePerson, sites: Sites) -> Person:
    """The principal of Maple."""
    return make_person("Pia Principal", Role.PRINCIPAL, sites.maple)


@pytest.fixture
def other_principal(make_person: MakePerson, sites: Sites) -> Person:
    """The principal of Oak."""
    return make_person("Otto Otherhead", Role.PRINCIPAL, sites.oak)


@pytest.fixture
def it_admin(make_person: MakePerson, sites: Sites) -> Person:
    return make_person("Ida Itwell", Role.IT, sites.central)


@pytest.fixture
def hr(make_person: MakePerson, sites: Sites) -> Person:
    return make_person("Hanna Hires", Role.HR, sites.central)


@pytest.fixture
def policy_owner(make_person: MakePerson, sites: Sites) -> Person:
    return make_person("Paul Penman", Role.POLICY_OWNER, sites.central)


@pytest.fixture
def superintendent(make_person: MakePerson, sites: Sites) -> Person:
    return make_person("Sue Perintend", Role.SUPERINTENDENT, sites.central)


@pytest.fixture
def student(make_person: MakePerson, sites: Sites) -> Person:
    """A pupil of Maple, nine years old or a little more, without an account."""
    born = date(date.today().year - 9, 1, 1)
    return make_person("Stella Student", Role.STUDENT, sites.maple, birth_date=born, account=False)


@pytest.fixture
def actor(it_admin: Person) -> Actor:
    """Who acts in tests of actions: the IT administrator."""
    return Actor(label=str(it_admin), person=str(it_admin.key))


@pytest.fixture
def client_for(db: None) -> Callable[[Person | None], Client]:
    """A test client in which that person is signed in; ``None`` is a visitor."""

    def signed_in(person: Person | None) -> Client:
        client = Client()
        if person is not None:
            assert person.user is not None, f"{person} has no account"
            client.force_login(person.user, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def policy_in_force(db: None) -> dict[str, ClauseText]:
    """A small policy whose clauses bind since 2020: clause key → its text in force."""
    policy = Policy.objects.create(key="responsible-use", title="Responsible Use of Technology")
    text = "\n".join(CLAUSES.values())
    revision = Revision.objects.create(
        policy=policy,
        no=1,
        effective_on=TERM_STARTS,
        readings=[{"kind": "adopted", "on": TERM_STARTS.isoformat()}],
        text=text,
        passages=[{"kind": "clause", "text": line, "clause": key} for key, line in CLAUSES.items()],
    )
    return {
        key: ClauseText.objects.create(
            clause=Clause.objects.create(policy=policy, key=key),
            revision=revision,
            order=order,
            section="Responsible use",
            official=official,
            plain=official,
            force=Force.MUST,
            holder=Holder.USER,
            valid_from=TERM_STARTS,
        )
        for order, (key, official) in enumerate(CLAUSES.items(), start=1)
    }
