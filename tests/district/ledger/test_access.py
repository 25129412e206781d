"""Everybody reads who looked at their record, and why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hornbook.district.ledger.access import TOLD_ON, looks_at
from hornbook.district.ledger.actions import Actor, look, person_object, record
from hornbook.district.people.models import Person

pytestmark = pytest.mark.django_db
PIA = Actor("Pia Principal")


def test_looks_are_listed_newest_first_with_their_purpose(owner: Person, colleague: Person) -> None:
    look(actor=PIA, object=person_object(owner.key))
    look(actor=PIA, object=person_object(owner.key), purpose="safety", detail={"what": "sums"})
    look(actor=PIA, object=person_object(colleague.key))
    assert [(seen.who, seen.purpose, seen.what) for seen in looks_at(owner.key)] == [
        ("Pia Principal", "safety", "sums"),
        ("Pia Principal", "", "your page"),
    ]


def test_looks_from_before_are_listed_as_well(owner: Person) -> None:
    for verb, object in (
        ("look at person", str(owner.key)),
        ("activity.looked", f"person {owner.key}"),
        ("filtering.explained", f"person:{owner.key}"),
    ):
        record(actor=PIA, verb=verb, object=object)
    assert len(looks_at(owner.key)) == 3


def test_what_may_be_told_later_is_told_on_its_day(owner: Person) -> None:
    today = timezone.localdate()
    for day in (today, today + timedelta(days=1)):
        look(actor=PIA, object=person_object(owner.key), detail={TOLD_ON: day.isoformat()})
    assert [seen.no for seen in looks_at(owner.key)] == [1]
