"""The District's own promises: kept, not kept, or not measured, and never quietly kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role
from hornbook.district.policy.coverage.actions import MapRefused, measure_by, vouch
from hornbook.district.policy.coverage.facts import gather
from hornbook.district.policy.coverage.map import promises, tiles_of
from hornbook.district.policy.coverage.promises import Measured
from hornbook.district.policy.models import ClauseText
from tests.district.conftest import MakePerson, Sites

pytestmark = pytest.mark.django_db


@pytest.fixture
def promise(policy_in_force: dict[str, ClauseText]) -> ClauseText:
    text = policy_in_force["FILTER-1"]
    ClauseText.objects.filter(pk=text.pk).update(force="promise", holder="district")
    text.refresh_from_db()
    return text


def standing(on: date | None = None) -> Measured:
    (tile,) = promises(tiles_of(gather(on or timezone.localdate())))
    assert tile.promise is not None
    return tile.promise


def test_a_promise_that_nobody_measures_is_not_kept_by_silence(promise: ClauseText) -> None:
    assert standing().label == "Not measured"


def test_a_filter_that_is_silent_breaks_its_promise(promise: ClauseText, actor: Actor) -> None:
    measure_by(actor=actor, text=promise, measure="filter")
    assert (standing().label, standing().words) == (
        "Not kept",
        "No rule of the filter acts under it.",
    )


def test_a_custodian_in_office(
    promise: ClauseText, actor: Actor, make_person: MakePerson, sites: Sites
) -> None:
    measure_by(actor=actor, text=promise, measure="custodian")
    assert standing().label == "Not kept"
    make_person("Cora Custodian", Role.CUSTODIAN, sites.central)
    assert "Cora Custodian" in standing().words
    assert standing().label == "Kept"


def test_a_persons_word_holds_for_a_time(promise: ClauseText, actor: Actor, hr: Person) -> None:
    today = timezone.localdate()
    until = today + timedelta(days=90)
    vouch(actor=actor, text=promise, kept=True, words="Asked all.", on=today, until=until)
    assert standing().label == "Kept"
    assert standing(until).label == "Not measured"
    vouch(actor=actor, text=promise, kept=False, words="Two not.", on=today, until=until)
    assert standing().label == "Not kept"
    assert Leaf.objects.filter(verb="vouch for promise", object="FILTER-1").count() == 2


def test_what_cannot_be_decided_is_refused(promise: ClauseText, actor: Actor) -> None:
    today = timezone.localdate()
    with pytest.raises(MapRefused, match="no measure"):
        measure_by(actor=actor, text=promise, measure="hope")
    with pytest.raises(MapRefused, match="at least a day"):
        vouch(actor=actor, text=promise, kept=True, words="Yes.", on=today, until=today)
    with pytest.raises(MapRefused, match="by what you know"):
        vouch(actor=actor, text=promise, kept=True, words=" ", on=today, until=date(2999, 1, 1))
