"""A short run of ``hornbook bench flips``; the full number is for a quiet evening."""

import random

import pytest

from bench.flips import flip_many, prepare

pytestmark = pytest.mark.django_db


def test_every_flipped_bit_is_found_and_located() -> None:
    prepare()
    counts = flip_many(40, random.Random(7))
    assert (counts["found"], counts["missed"]) == (40, 0)
