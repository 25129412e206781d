"""Whoever looks is seen looking."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from hornbook.district.ledger.actions import LOOK, ONE_LEAF_IN, Actor, look, person_object
from hornbook.district.ledger.models import Leaf

pytestmark = pytest.mark.django_db
IDA, PIA = Actor("Ida Itwell"), Actor("Pia Principal")


def looks() -> int:
    return Leaf.objects.filter(verb=LOOK).count()


def test_reloading_a_page_leaves_one_leaf_for_each_viewer() -> None:
    for actor in (IDA, IDA, PIA, IDA):
        look(actor=actor, object="activity page", every_time=False)
    assert looks() == 2


def test_after_ten_minutes_it_is_a_new_look() -> None:
    look(actor=IDA, object="activity page", every_time=False)
    later = timezone.now() + ONE_LEAF_IN + timedelta(seconds=1)
    with patch("django.utils.timezone.now", return_value=later):
        look(actor=IDA, object="activity page", every_time=False)
    assert looks() == 2


def test_a_look_at_one_person_is_written_every_time_with_its_purpose() -> None:
    for _ in range(2):
        look(actor=IDA, object=person_object("1"), purpose="safety")
    assert looks() == 2
    assert Leaf.objects.filter(object="person 1", detail__purpose="safety").count() == 2
