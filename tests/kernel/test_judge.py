from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hornbook.kernel import rulebook, seating
from hornbook.kernel.judge import Kernel, Mismatch
from hornbook.kernel.names import to_wire
from hornbook.kernel.parts import open_part
from hornbook.kernel.rulebook import Rulebook
from hornbook.kernel.seating import Seating
from hornbook.kernel.wires import Wires
from tests.kernel.helpers import (
    ALLOW,
    BLOCK,
    NIGHT,
    make_catalogue,
    rulebook_body,
    seating_body,
    store,
    wires,
)

NAMES = ("adult.example", "www.adult.example", "example", "play.example", "wikipedia.org")


def seats(kernel: Kernel, *addresses: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array([kernel.seating.by_address(a) for a in addresses], np.int32)


def test_the_same_name_gets_each_persons_own_verdict(kernel: Kernel) -> None:
    asking = seats(kernel, "10.9.9.9", "10.1.2.3", "203.0.113.9", "2001:db8::7")
    judged = kernel.judge(wires(*["www.adult.example"] * 4), asking, 0)
    assert judged.verdict.tolist() == [BLOCK, ALLOW, BLOCK, ALLOW]
    assert judged.start.tolist() == [4] * 4


def test_the_time_slot_counts_for_all_or_one_by_one(kernel: Kernel) -> None:
    asking = seats(kernel, *["10.9.9.9"] * 5)
    by_day = kernel.judge(wires(*NAMES), asking, 0).verdict.tolist()
    by_night = kernel.judge(wires(*NAMES), asking, 1).verdict.tolist()
    assert by_day == [BLOCK, BLOCK, ALLOW, BLOCK, ALLOW]
    assert by_night == [NIGHT] * 5
    mixed = kernel.judge(wires(*NAMES), asking, np.array([0, 1, 0, 1, 0])).verdict.tolist()
    assert mixed == [BLOCK, NIGHT, ALLOW, NIGHT, ALLOW]


def test_received_packets_are_judged_where_they_lie(kernel: Kernel) -> None:
    packets = np.random.default_rng(3).integers(0, 256, (len(NAMES), 300), dtype=np.uint8)
    lengths = []
    for row, name in enumerate(NAMES):
        wire = to_wire(name)
        packets[row, 12 : 12 + len(wire)] = np.frombuffer(wire, np.uint8)
        lengths.append(len(wire))
    view = Wires(packets[:, 12:], np.array(lengths))
    known = Wires(view.data, view.length, view.starts)
    asking = seats(kernel, *["10.9.9.9"] * len(NAMES))
    expected = kernel.judge(wires(*NAMES), asking, 0)
    for batch in (view, known):
        judged = kernel.judge(batch, asking, 0)
        assert judged.verdict.tolist() == expected.verdict.tolist()
        assert judged.set_id.tolist() == expected.set_id.tolist()


def test_parts_that_were_not_made_for_each_other_are_refused(tmp_path: Path) -> None:
    one = make_catalogue(tmp_path, [("a", "adult", "topic", ["adult.example"])])
    other = make_catalogue(tmp_path, [("a", "adult", "topic", ["other.example"])])
    book = Rulebook(open_part(store(tmp_path, rulebook_body(one)), rulebook.KIND))
    people = Seating(open_part(store(tmp_path, seating_body()), seating.KIND))
    Kernel(one, book, people)
    with pytest.raises(Mismatch, match="compiled for catalogue"):
        Kernel(other, book, people)
    strange = Seating(open_part(store(tmp_path, seating_body("visitor")), seating.KIND))
    with pytest.raises(Mismatch, match="no profile visitor"):
        Kernel(one, book, strange)
