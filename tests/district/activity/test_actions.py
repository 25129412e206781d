from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from hornbook.district.activity.actions import LOOKED, ONE_LEAF_IN, note_look
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf

pytestmark = pytest.mark.django_db
IDA, PIA = Actor("Ida Itwell"), Actor("Pia Principal")


def looks() -> int:
    return Leaf.objects.filter(verb=LOOKED).count()


def test_reloading_a_page_leaves_one_leaf_for_each_viewer() -> None:
    for actor in (IDA, IDA, PIA, IDA):
        note_look(actor=actor, object="activity page", detail={})
    assert looks() == 2


def test_after_ten_minutes_it_is_a_new_look() -> None:
    note_look(actor=IDA, object="activity page", detail={})
    later = timezone.now() + ONE_LEAF_IN + timedelta(seconds=1)
    with patch("django.utils.timezone.now", return_value=later):
        note_look(actor=IDA, object="activity page", detail={})
    assert looks() == 2


def test_a_look_at_one_person_is_written_every_time() -> None:
    for _ in range(2):
        note_look(actor=IDA, object="person 1", detail={"last_seconds": 60}, every_time=True)
    assert looks() == 2
