from __future__ import annotations

from pathlib import Path

import pytest

from hornbook.kernel import rulebook, seating
from hornbook.kernel.judge import Kernel
from hornbook.kernel.parts import open_part
from hornbook.kernel.rulebook import Rulebook
from hornbook.kernel.seating import Seating
from tests.kernel.helpers import make_catalogue, rulebook_body, seating_body, store


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """Two topics, students and staff, and a night in which students get nothing."""
    found = make_catalogue(
        tmp_path,
        [
            ("adult-a", "adult", "topic", ["adult.example", "tube.video.example"]),
            ("adult-b", "adult", "topic", ["adult.example"]),
            ("games-a", "games", "topic", ["play.example", "adult.example"]),
        ],
    )
    book = Rulebook(open_part(store(tmp_path, rulebook_body(found)), rulebook.KIND))
    seats = Seating(open_part(store(tmp_path, seating_body()), seating.KIND))
    return Kernel(found, book, seats)
