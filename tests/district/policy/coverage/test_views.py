"""The map for those who see every school, one school, or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from hornbook.district.learning.models import Campaign
from hornbook.district.people.models import Person, Role
from hornbook.district.policy.coverage.models import Attestation, Promise, Task, Waiver
from hornbook.district.policy.models import ClauseText
from tests.district.conftest import MakePerson, Sites

pytestmark = pytest.mark.django_db

ClientFor = Callable[[Person | None], Client]


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_map_shows_every_clause_and_each_site(
    client_for: ClientFor, policy_owner: Person, signed: Campaign
) -> None:
    text = page(client_for(policy_owner), "/clauses/")
    assert text.count('class="tile') >= 7
    assert "Signed: in part" in text
    assert "Oak Elementary" in text
    assert "7 clauses in force." in text
    assert "7 of 7 clauses have a gap" in page(client_for(policy_owner), "/clauses/?show=gaps")


def test_a_principal_sees_one_school(
    client_for: ClientFor, principal: Person, signed: Campaign
) -> None:
    client = client_for(principal)
    text = page(client, "/clauses/")
    assert "Maple Elementary at a glance" in text
    assert "Oak" not in text
    page(client, "/clauses/?site=oak", status=404)
    assert "Signed: yes" in page(client, "/clauses/SAFE-1/") or "Signed: in part" in text


def test_human_resources_of_another_school_are_refused(
    client_for: ClientFor, make_person: MakePerson, sites: Sites, signed: Campaign
) -> None:
    client = client_for(make_person("Hugo Here", Role.HR, sites.oak))
    assert "Maple" not in page(client, "/clauses/")
    page(client, "/clauses/?site=maple", status=404)
    page(client, "/clauses/?site=central", status=404)
    assert "Maple" not in page(client, "/clauses/SAFE-1/")
    assert client.post("/clauses/SAFE-1/decide/", {"do": "waive"}).status_code == 404
    page(client, "/packs/", status=404)


def test_a_policy_owner_decides(
    client_for: ClientFor,
    policy_owner: Person,
    it_admin: Person,
    policy_in_force: dict[str, ClauseText],
) -> None:
    client, address = client_for(policy_owner), "/clauses/FILTER-1/decide/"
    ClauseText.objects.filter(clause__key="FILTER-1").update(force="promise", holder="district")
    sent: list[dict[str, object]] = [
        {"do": "assign", "assign-light": "proved", "assign-owner": it_admin.pk},
        {"do": "waive", "waive-light": "watched", "waive-why": "No machine sees it."},
        {"do": "measure", "measure-measure": "word"},
        {"do": "again", "light": "watched"},
    ]
    for data in sent:
        assert client.post(address, data).status_code == 302
    assert Task.objects.get().owner == it_admin
    assert Promise.objects.get().measure == "word"
    assert not Waiver.objects.exists()
    late = {"do": "vouch", "vouch-kept": "yes", "vouch-words": "Seen.", "vouch-until": "2000-01-01"}
    answer = client.post(address, late)
    assert answer.status_code == 422
    assert "within the next thirteen months" in answer.content.decode()
    assert not Attestation.objects.exists()
    assert client.post(address, {"do": "dance"}).status_code == 404


def test_who_only_reads_cannot_decide(
    client_for: ClientFor, superintendent: Person, policy_in_force: dict[str, ClauseText]
) -> None:
    client = client_for(superintendent)
    assert "Name an owner" not in page(client, "/clauses/SAFE-1/")
    data = {"do": "waive", "waive-light": "watched", "waive-why": "x"}
    assert client.post("/clauses/SAFE-1/decide/", data).status_code == 404


def test_an_empty_district_is_told_what_to_do(client_for: ClientFor, policy_owner: Person) -> None:
    assert "No policy is in force here yet" in page(client_for(policy_owner), "/clauses/")
    page(client_for(policy_owner), "/clauses/NONE-1/", status=404)
