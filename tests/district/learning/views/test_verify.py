"""The public learns whether a signature stands, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hornbook.district.learning.actions.signing import withdraw
from hornbook.district.learning.models import Campaign, Duty
from hornbook.district.learning.numbers import new_number
from hornbook.district.learning.views.verify import TRIES_A_MINUTE, standing
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from tests.district.learning.conftest import assignment_of, sign_now


@pytest.fixture(autouse=True)
def forget() -> None:
    cache.clear()


def asked(client: Client, typed: str) -> str:
    return client.get(reverse("verify"), {"number": typed}).content.decode()


def test_each_standing_is_told_and_nothing_more(
    client: Client, duty: Duty, campaign: Campaign, owner: Person, hr: Person
) -> None:
    signature = sign_now(assignment_of(owner, campaign))
    page = asked(client, f" {signature.number.lower().replace('-', ' ')} ")
    assert "It stands." in page
    for word in ("Olive", "Owner", duty.title, "Maple", signature.signed_at.strftime("%Y")):
        assert word not in page.split("<main", 1)[1].split("</main>")[0]
    withdraw(actor=actor_of(hr), signature=signature, reason="A test")
    assert "It was withdrawn." in asked(client, signature.number)
    assert "A test" not in asked(client, signature.number)


def test_a_signature_runs_out_on_the_day_after_its_last(
    duty: Duty, campaign: Campaign, owner: Person
) -> None:
    Duty.objects.update(repeats_months=1)
    campaign.duty.refresh_from_db()
    signature = sign_now(assignment_of(owner, campaign))
    last = signature.valid_to
    assert last is not None
    assert standing(signature.number, last) == "valid"
    assert standing(signature.number, last + timedelta(days=1)) == "expired"


@pytest.mark.django_db
def test_unknown_and_mistyped_numbers(client: Client) -> None:
    assert "Nothing has that number" in asked(client, new_number())
    assert "This has" not in asked(client, "")
    assert "has 16 letters and digits" in asked(client, "12345")
    assert "&lt;b&gt;" in asked(client, "<b>")


@pytest.mark.django_db
def test_many_tries_from_one_address_have_to_wait(client: Client) -> None:
    timezone.now()
    answers = [
        client.get(reverse("verify"), {"number": "x"}, REMOTE_ADDR="10.0.0.9").status_code
        for _ in range(TRIES_A_MINUTE + 2)
    ]
    assert 429 in answers or timezone.now().second < 2
    elsewhere = client.get(reverse("verify"), {"number": "x"}, REMOTE_ADDR="10.0.0.10")
    assert elsewhere.status_code == 200
