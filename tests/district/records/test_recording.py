"""What is recorded is set by two people, goes to the nodes, and is told to everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import Error, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText
from hornbook.district.records.actions import Refused
from hornbook.district.records.models import Mode, RecordingRule
from hornbook.district.records.recording import in_words, recording_in_force
from hornbook.district.records.recording_actions import agree_recording, propose_recording
from hornbook.instance import Instance
from hornbook.record.scope import MODES

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]
EVENINGS = {
    "hours": "mon-fri 06:30-18:00",
    "off_hours": "anonymous",
    "campus": "",
    "off_campus": "full",
    "reason": "Own time.",
}


@pytest.fixture(autouse=True)
def policy(policy_in_force: dict[str, ClauseText]) -> None:
    """The clause of monitoring is in force."""


def proposed(actor: Person, **told: object) -> RecordingRule:
    rule = {"hours": ["mon-fri 06:30-18:00"], "off_hours": "none", "campus": [], "reason": "So."}
    return propose_recording(actor=actor, **({"off_campus": "full"} | rule | told))  # type: ignore[arg-type]


def page(client: Client) -> str:
    answer = client.get(reverse("recording"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_proposes_another_agrees_and_the_nodes_are_told(
    client_for: ClientFor, custodian: Person, superintendent: Person, instance: Instance
) -> None:
    publish(actor=SYSTEM)
    first, second = client_for(custodian), client_for(superintendent)
    first.post(reverse("recording-new"), EVENINGS)
    rule = RecordingRule.objects.get()
    assert recording_in_force() == {}, "nothing changes before the second person"
    assert "has to agree" in page(first)
    first.post(reverse("recording-decide", args=[rule.pk]), {"do": "agree"})
    assert recording_in_force() == {}
    second.post(reverse("recording-decide", args=[rule.pk]), {"do": "agree"})
    store = store_of()
    current = store.current()
    assert current is not None
    assert store.seating(current.seating).recording == rule.told
    assert rule.told["off_hours"] == "anonymous"
    words = "Outside Monday to Friday from 06:30 to 18:00, what is asked is recorded without"
    assert words in page(second)
    assert words in Client().get(reverse("privacy")).content.decode()


def test_each_step_is_a_leaf_under_the_clause(custodian: Person, superintendent: Person) -> None:
    agree_recording(proposed(custodian), actor=superintendent)
    leaves = Leaf.objects.filter(verb__startswith="records.recording").order_by("no")
    assert [leaf.verb.rpartition("-")[2] for leaf in leaves] == ["proposed", "agreed"]
    for leaf in leaves:
        assert leaf.clause_texts == ["MONITOR-1@1"]
        assert leaf.detail["off_hours"] == "none"


def test_nobody_agrees_with_themselves_not_even_in_the_database(custodian: Person) -> None:
    rule = proposed(custodian)
    with pytest.raises(Refused, match="somebody else"):
        agree_recording(rule, actor=custodian)
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordingRule.objects.filter(pk=rule.pk).update(
            agreed_by=custodian, agreed_at=rule.proposed_at
        )


def test_what_two_people_agreed_to_does_not_change(
    custodian: Person, superintendent: Person
) -> None:
    rule = agree_recording(proposed(custodian), actor=superintendent)
    with pytest.raises(Error, match="Cannot update"), transaction.atomic():
        RecordingRule.objects.filter(pk=rule.pk).update(off_hours="full")


def test_others_are_refused(
    client_for: ClientFor, custodian: Person, stranger: Person, principal: Person, it_admin: Person
) -> None:
    rule = proposed(custodian)
    decide = reverse("recording-decide", args=[rule.pk])
    for person in (stranger, principal):
        client = client_for(person)
        assert client.get(reverse("recording")).status_code == 404
        assert client.post(reverse("recording-new"), EVENINGS).status_code == 404
        assert client.post(decide, {"do": "agree"}).status_code == 404
    it = client_for(it_admin)
    assert "Agree: put" not in page(it)
    assert it.post(decide, {"do": "agree"}).status_code == 404
    assert recording_in_force() == {}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"hours": ["weekdays"]}, "weekdays"),
        ({"hours": []}, "which hours"),
        ({"off_campus": "none"}, "which networks"),
        ({"campus": ["10.0.0.1/8"]}, "host bits"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_nodes_could_not_follow_is_refused(
    custodian: Person, told: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        proposed(custodian, **told)


def test_one_proposal_waits_at_a_time(client_for: ClientFor, custodian: Person) -> None:
    rule = proposed(custodian)
    answer = client_for(custodian).post(reverse("recording-new"), EVENINGS)
    assert "Another proposal waits" in answer.content.decode()
    client_for(custodian).post(reverse("recording-decide", args=[rule.pk]), {"do": "withdraw"})
    proposed(custodian)


def test_words_say_what_holds_and_name_no_network() -> None:
    assert "every hour" in in_words(None)[0]
    rule = RecordingRule(campus=["10.0.0.0/8"], off_campus=Mode.NONE)
    told = " ".join(in_words(rule))
    assert "Away from the District's own network, nothing of what is asked is recorded." in told
    assert "10.0.0.0" not in told


def test_modes_are_those_of_the_nodes() -> None:
    assert tuple(Mode.values) == MODES
