"""A list signed on paper: evidence for each person, all or nothing, only of one's own people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from hornbook.district.learning.actions.lists import record_list
from hornbook.district.learning.actions.reminding import remind
from hornbook.district.learning.actions.signing import record_paper
from hornbook.district.learning.actions.sitting import CannotSign
from hornbook.district.learning.models import AssignmentState, Campaign, Signature
from hornbook.district.learning.paper import Paper
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.ledger.verify import verify
from hornbook.district.mail.models import Letter, LetterState
from hornbook.district.people.models import Person
from hornbook.district.policy.models import Revision
from tests.district.learning.conftest import assignment_of, sign_now

pytestmark = pytest.mark.django_db

ClientFor = Callable[[Person | None], Client]
Start = Callable[[Revision], Campaign]


def sign_list(actor: Actor, campaign: Campaign, *people: Person, witness: str = "Wes") -> int:
    return record_list(
        actor=actor,
        campaign=campaign,
        people=[person.pk for person in people],
        signed_on=campaign.starts_on,
        witness=witness,
        note="Folder 12",
    )


def test_each_person_has_the_evidence_that_a_single_paper_gives(
    owner: Person, colleague: Person, stranger: Person, campaign: Campaign, actor: Actor
) -> None:
    assert sign_list(actor, campaign, owner, stranger) == 2
    alone = record_paper(
        actor=actor,
        assignment=assignment_of(colleague, campaign),
        signed_on=campaign.starts_on,
        method=Signature.Method.PAPER,
        note="Folder 12",
        witness="Wes",
    )
    for person in (owner, stranger):
        (found,) = person.signatures.all()
        assert assignment_of(person, campaign).state == AssignmentState.SIGNED
        for fact in ("shown_id", "sentence", "auth_strength", "method", "signed_at", "witness"):
            assert getattr(found, fact) == getattr(alone, fact), fact
        leaf, single = Leaf.objects.get(no=found.leaf_no), Leaf.objects.get(no=alone.leaf_no)
        assert leaf.object == found.number
        assert leaf.detail["person"] == str(person.key)
        assert set(leaf.detail["sealed"]) == set(single.detail["sealed"]) == {"note", "witness"}
        assert {**leaf.detail, "person": 0, "sealed": 0} == {
            **single.detail,
            "person": 0,
            "sealed": 0,
        }
    assert verify().ok


def test_the_paper_says_what_changed_for_each(
    owner: Person,
    stranger: Person,
    campaign: Campaign,
    next_words: Callable[[], Revision],
    start: Start,
    actor: Actor,
) -> None:
    """Whoever signed before is told what changed, the other that all is new."""
    sign_now(assignment_of(owner, campaign))
    newer = start(next_words())
    sign_list(actor, newer, owner, stranger)
    told = {
        person: Paper.read(newer.assignments.get(person=person).signatures.get().shown.body)
        for person in (owner, stranger)
    }
    assert [b.key for b in told[owner].section("changes") if b.kind == "change"] == ["BYPASS-1"]
    assert not [b for b in told[stranger].section("changes") if b.kind == "change"]


def test_who_has_signed_may_stand_on_the_list(
    owner: Person, stranger: Person, campaign: Campaign, actor: Actor
) -> None:
    first = sign_now(assignment_of(owner, campaign))
    assert sign_list(actor, campaign, owner, stranger) == 1
    assert list(owner.signatures.all()) == [first]
    assert sign_list(actor, campaign, owner, stranger) == 0
    assert sign_list(actor, campaign) == 0


def test_nothing_is_recorded_when_one_thing_is_wrong(
    owner: Person, stranger: Person, campaign: Campaign, actor: Actor, today: date
) -> None:
    leaves = Leaf.objects.count()
    with pytest.raises(CannotSign, match="who saw"):
        sign_list(actor, campaign, owner, stranger, witness=" ")
    with pytest.raises(CannotSign, match="It can only have been signed"):
        record_list(
            actor=actor,
            campaign=campaign,
            people=[owner.pk],
            signed_on=today + timedelta(days=1),
            witness="Wes",
        )
    campaign.state = Campaign.State.CLOSED
    with pytest.raises(CannotSign, match="closed"):
        sign_list(actor, campaign, owner)
    assert not Signature.objects.exists()
    assert Leaf.objects.count() == leaves


def test_their_reminders_are_taken_back(
    owner: Person, stranger: Person, campaign: Campaign, actor: Actor, today: date
) -> None:
    remind(campaign=campaign, today=today)
    sign_list(actor, campaign, owner)
    states = dict(Letter.objects.values_list("person", "state"))
    assert states[owner.pk] == LetterState.DROPPED
    assert states[stranger.pk] == LetterState.WAITING


def test_a_principal_records_a_list_of_their_own_people_only(
    owner: Person,
    colleague: Person,
    stranger: Person,
    principal: Person,
    campaign: Campaign,
    client_for: ClientFor,
) -> None:
    client, address = client_for(principal), f"/campaigns/{campaign.key}/paper/"
    assert client.get(address).status_code == 200
    typed = {"signed_on": campaign.starts_on.isoformat(), "witness": "Wes"}
    wrong = f"{owner.email}\n\n{stranger.email}\nnobody@district.test"
    reply = client.post(address, typed | {"addresses": wrong})
    assert reply.status_code == 422
    assert f"line 3 ({stranger.email}), line 4 (nobody@district.test)" in reply.content.decode()
    assert not Signature.objects.exists()
    right = f"{owner.email.upper()}\n{colleague.email}"
    reply = client.post(address, typed | {"addresses": right}, follow=True)
    assert "2 people signed on paper" in reply.content.decode()
    assert Signature.objects.count() == 2
    assert client_for(owner).get(address).status_code == 404
