"""A curious colleague sees nothing of another school, and the attempt is itself a leaf."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.ledger.refusals import MOST_AN_HOUR, REFUSED, note_refusal
from hornbook.district.people.models import Person

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]


def refusals() -> list[tuple[str, str]]:
    return list(Leaf.objects.filter(verb=REFUSED).values_list("actor", "object"))


def test_another_schools_person_is_not_shown_and_the_attempt_is_a_leaf(
    client_for: ClientFor, other_principal: Person, owner: Person
) -> None:
    page = reverse("person", args=[owner.key])
    answer = client_for(other_principal).get(page)
    assert answer.status_code == 404
    assert refusals() == [("Otto Otherhead", page)]


def test_the_leaf_does_not_tell_whether_there_is_such_a_person(
    client_for: ClientFor, colleague: Person, owner: Person
) -> None:
    client = client_for(colleague)
    pages = [reverse("person", args=[key]) for key in (owner.key, uuid4())]
    bodies = [client.get(page).status_code for page in pages]
    assert bodies == [404, 404]
    assert refusals() == [("Carl Colleague", page) for page in pages]


def test_visitors_and_slips_of_the_finger_leave_none(client_for: ClientFor, owner: Person) -> None:
    client_for(None).get(reverse("person", args=[owner.key]))
    client_for(owner).get("/there/is/no/such/page/")
    assert refusals() == []


def test_trying_again_and_again_is_one_leaf(client_for: ClientFor, colleague: Person) -> None:
    client = client_for(colleague)
    for _ in range(3):
        client.get(reverse("activity"))
    assert refusals() == [("Carl Colleague", reverse("activity"))]


def test_whoever_tries_every_number_cannot_fill_the_log() -> None:
    for number in range(MOST_AN_HOUR + 20):
        note_refusal(actor=Actor("Carl Colleague"), path=f"/people/{number}/")
    assert len(refusals()) == MOST_AN_HOUR + 1
    assert refusals()[-1][1].startswith("more than")
