"""Who adopts learns what waits; who was given a light is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from hornbook.district.ledger.actions import Actor
from hornbook.district.overview.cards.card import Viewer
from hornbook.district.overview.cards.policy import my_lights, waiting_drafts
from hornbook.district.people.models import Person
from hornbook.district.policy.coverage.actions import assign
from hornbook.district.policy.coverage.models import Light
from hornbook.district.policy.models import ClauseText
from hornbook.district.policy.revising.actions import open_draft, propose

pytestmark = pytest.mark.django_db


def viewer(person: Person) -> Viewer:
    return Viewer.of(person, timezone.now())


def test_a_proposed_draft_waits_for_the_second_person_only(
    policy_in_force: dict[str, ClauseText],
    actor: Actor,
    policy_owner: Person,
    superintendent: Person,
) -> None:
    assert waiting_drafts(viewer(superintendent)) is None
    policy = policy_in_force["SAFE-1"].clause.policy
    draft = open_draft(actor=actor, policy=policy, why="Clearer.")
    propose(actor=actor, person=policy_owner, draft=draft)
    card = waiting_drafts(viewer(superintendent))
    assert card is not None
    assert (card.figure, card.urgent, card.url) == ("1", True, "/revise/")
    assert waiting_drafts(viewer(policy_owner)) is None


@pytest.mark.parametrize(("days", "urgent"), [(None, False), (0, True), (3, False)])
def test_a_light_is_told_to_its_owner(
    policy_in_force: dict[str, ClauseText],
    actor: Actor,
    hr: Person,
    owner: Person,
    days: int | None,
    urgent: bool,
) -> None:
    due: date | None = None if days is None else timezone.localdate() + timedelta(days=days)
    text = policy_in_force["SAFE-1"]
    assign(actor=actor, text=text, light=Light.TAUGHT, owner=hr, due_on=due)
    card = my_lights(viewer(hr))
    assert card is not None
    assert (card.text, card.urgent) == ("SAFE-1 (taught).", urgent)
    assert my_lights(viewer(owner)) is None
