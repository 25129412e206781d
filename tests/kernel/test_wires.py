from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.kernel.names import to_wire
from hornbook.kernel.wires import BadName, Wires, text_chunks

NAME = st.lists(st.text("abc-_09", min_size=1, max_size=12), min_size=1, max_size=6).map(".".join)


def rows(wires: Wires) -> list[bytes]:
    return [row[:size].tobytes() for row, size in zip(wires.data, wires.length, strict=True)]


@given(st.lists(NAME, min_size=1, max_size=20))
def test_lines_of_text_become_the_same_rows_as_single_names(names: list[str]) -> None:
    text = "".join(f"{name}\n" for name in names).encode()
    one_by_one = [to_wire(name) for name in names]
    assert rows(Wires.from_text(text)) == one_by_one == rows(Wires.pack(one_by_one))


def test_padding_is_zero() -> None:
    found = Wires.from_text(b"a.b\nlonger.example\n")
    assert not found.data[0, found.length[0] :].any()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"good.example\na..b\n", "a..b"),
        (b"good.example\n\n", "“”"),
        (b"good.example\n.lead\n", ".lead"),
        (b"x." + b"a" * 64 + b"\n", "x.aaa"),
        (b".".join([b"a" * 60] * 5) + b"\n", "255 octets"),
        (b"no-line-end.example", "no-line-end"),
        (b"", "no end"),
        (b"good.example\nBad.example\n", "“Bad.example”.*not normalised"),
        (b"good.example\nwindows.example\r\n", "windows.example"),
        ("good.example\nbücher.example\n".encode(), "not normalised"),
    ],
)
def test_a_bad_line_is_named(text: bytes, name: str) -> None:
    with pytest.raises(BadName, match=name):
        Wires.from_text(text)


def test_only_real_labels_start_labels() -> None:
    # "\x01" inside the first label looks like a length octet, but is none.
    found = Wires.pack([b"\x03a\x01b\x02cd\x00", b"\x00", b"\x01x\x00"])
    pairs = list(zip(found.starts.row.tolist(), found.starts.start.tolist(), strict=True))
    assert pairs == [(0, 0), (2, 0), (0, 4)]


def test_labels_that_run_beyond_their_row_end_there() -> None:
    torn = Wires(np.array([[60, 1, 2, 3]], np.uint8), np.array([4]))
    assert torn.starts.start.tolist() == [0]


@given(st.lists(NAME, max_size=30), st.integers(1, 60))
def test_chunks_are_whole_lines_and_lose_nothing(names: list[str], size: int) -> None:
    text = "".join(f"{name}\n" for name in names).encode()
    chunks = list(text_chunks(text, size))
    assert b"".join(chunks) == text
    assert all(chunk.endswith(b"\n") for chunk in chunks)
