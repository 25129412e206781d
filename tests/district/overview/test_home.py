"""What waits for whom on the home page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hornbook.district.filtering.defaults import ensure_defaults
from hornbook.district.filtering.models import Ask, Publication
from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.overview.home import Needs, needs_of
from hornbook.district.people.models import Person, RoleAssignment, User
from hornbook.district.policy.models import ClauseText

pytestmark = pytest.mark.django_db

SignIn = Callable[[Person | None], Client]


def needs(person: Person | None) -> Needs:
    return needs_of(person, timezone.localtime())


def titles(person: Person) -> set[str]:
    found = needs(person)
    return {card.title for card in (*found.urgent, *found.calm)}


def ask(**changes: object) -> Ask:
    facts = {
        "receipt": "R-1",
        "person_label": "Olive Owner",
        "name": "example.org",
        "clause_version": "FILTER-1@1",
        "asked_at": timezone.now() - timedelta(hours=3),
    }
    return Ask.objects.create(**facts | changes)


def test_a_teacher_sees_which_rules_hold_and_what_they_close(
    owner: Person, policy_in_force: dict[str, ClauseText]
) -> None:
    ensure_defaults(actor=SYSTEM)
    card = next(card for card in needs(owner).calm if card.title == "What holds for me")
    assert "Staff, coaches and volunteers" in card.text
    assert "Sexual content" in card.text
    assert "Dating" not in card.text


def test_an_open_request_needs_the_it_administrator_and_nobody_else(
    it_admin: Person, owner: Person
) -> None:
    ask()
    card = next(card for card in needs(it_admin).urgent if card.room == "asks")
    assert card.figure == "1"
    assert "3\xa0hours ago" in card.text
    assert "Requests for blocked pages" not in titles(owner)


def test_a_decided_request_needs_nobody(it_admin: Person) -> None:
    ask(state=Ask.State.REFUSED)
    assert "asks" not in {card.room for card in needs(it_admin).urgent}


def test_an_old_publication_needs_the_it_administrator(it_admin: Person) -> None:
    newest = Publication.objects.create(
        catalogue="c" * 64, rulebook="r" * 64, seating="s" * 64, names=1_234_567
    )

    def card_is_urgent() -> bool:
        found = needs(it_admin)
        return any(card.figure == "1,234,567" for card in found.urgent)

    assert not card_is_urgent()
    week_ago = timezone.now() - timedelta(days=7)
    Publication.objects.filter(pk=newest.pk).update(published_at=week_ago)
    assert card_is_urgent()


def test_the_policy_owner_is_told_of_clauses_that_nobody_explained(
    policy_owner: Person, policy_in_force: dict[str, ClauseText]
) -> None:
    ClauseText.objects.filter(clause__key__in=["COPY-1", "SAFE-1"]).update(plain="")
    card = next(card for card in needs(policy_owner).urgent if card.room == "policy")
    assert card.figure == "2"


def test_a_principal_sees_the_own_school_and_no_other(
    principal: Person, other_principal: Person
) -> None:
    assert "Today at Maple Elementary" in titles(principal)
    assert "Today at Oak Elementary" in titles(other_principal)
    assert "Today at Oak Elementary" not in titles(principal)


def test_roles_that_ended_open_nothing(it_admin: Person, client_for: SignIn) -> None:
    RoleAssignment.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    assert titles(it_admin) == set()
    page = client_for(it_admin).get("/").content.decode()
    assert "You hold no role today" in page


def test_an_account_without_a_person_is_greeted_and_told_what_to_do(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody@district.test"))
    page = client.get("/").content.decode()
    assert "You hold no role today" in page


def test_an_empty_district_tells_its_first_administrator_what_to_do(it_admin: Person) -> None:
    found = needs(it_admin)
    assert "Nothing is published yet" in {card.title for card in found.urgent}


@pytest.mark.parametrize(
    "who", ["owner", "principal", "it_admin", "hr", "policy_owner", "superintendent", "stranger"]
)
def test_every_home_page_has_one_heading_and_the_persons_name(
    who: str, request: pytest.FixtureRequest, client_for: SignIn
) -> None:
    person: Person = request.getfixturevalue(who)
    page = client_for(person).get("/").content.decode()
    assert page.count("<h1") == 1
    assert f"Hello, {person.given_name}." in page
