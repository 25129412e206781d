from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.kernel.parts import MAGIC, BadPart, encode_part, open_part, part_hash
from tests.kernel.helpers import store

BODY = encode_part(
    "demo",
    {"words": "Grüße", "list": [1, 2]},
    {"a": np.arange(5, dtype=np.uint16), "b": np.arange(6, dtype=np.int64).reshape(2, 3)},
)


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    part = open_part(store(tmp_path, BODY), "demo")
    assert part.hash == part_hash(BODY)
    assert part.meta == {"words": "Grüße", "list": [1, 2]}
    assert part.arrays["a"].tolist() == [0, 1, 2, 3, 4]
    assert part.arrays["b"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_arrays_are_aligned_and_nobody_can_write_to_them(tmp_path: Path) -> None:
    part = open_part(store(tmp_path, BODY), "demo")
    assert all(array.ctypes.data % 64 == 0 for array in part.arrays.values())
    with pytest.raises(ValueError, match="read-only"):
        part.arrays["a"][0] = 1


def test_an_empty_array_and_no_arrays_are_fine(tmp_path: Path) -> None:
    empty = encode_part("demo", {}, {"none": np.zeros((0, 16), np.uint8)})
    assert open_part(store(tmp_path, empty), "demo").arrays["none"].shape == (0, 16)
    assert open_part(store(tmp_path, encode_part("demo", {}, {})), "demo").arrays == {}


@pytest.mark.parametrize("size", [0, 1, len(MAGIC), len(MAGIC) + 7, 64, 200, len(BODY) - 1])
def test_a_part_cut_short_is_refused_with_path_and_remedy(tmp_path: Path, size: int) -> None:
    path = store(tmp_path, BODY)
    path.write_bytes(BODY[:size])
    with pytest.raises(BadPart, match="hornbook publish") as caught:
        open_part(path, "demo")
    assert str(path) in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_changed_octet_anywhere_is_refused(tmp_path: Path, at: int, change: int) -> None:
    path = store(tmp_path, BODY)
    path.write_bytes(BODY[:at] + bytes([BODY[at] ^ change]) + BODY[at + 1 :])
    with pytest.raises(BadPart, match="damaged"):
        open_part(path, "demo")


def test_a_missing_part_and_a_folder_in_its_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPart, match="is missing"):
        open_part(tmp_path / "nothing.part", "demo")
    with pytest.raises(BadPart, match="cannot be read"):
        open_part(tmp_path, "demo")


def test_a_sound_part_of_another_kind_or_name_is_refused(tmp_path: Path) -> None:
    path = store(tmp_path, BODY)
    with pytest.raises(BadPart, match="it is a demo"):
        open_part(path, "catalogue")
    with pytest.raises(BadPart, match="damaged"):
        open_part(path, "demo", "0" * 64)


def forged(header: object) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return MAGIC + len(raw).to_bytes(8, "little") + raw


SECTION = {"dtype": "<u8", "shape": [4], "offset": 0}


@pytest.mark.parametrize(
    "body",
    [
        b"something else altogether, of some length",
        MAGIC + (1 << 60).to_bytes(8, "little"),
        forged(b"{not json"),
        forged([1]),
        forged({"kind": "demo"}),
        forged({"kind": "demo", "meta": {}, "sections": {"a": SECTION}}),
        forged({"kind": "demo", "meta": {}, "sections": {"a": SECTION | {"offset": -64}}}),
        forged({"kind": "demo", "meta": {}, "sections": {"a": SECTION | {"offset": 3}}}),
        forged({"kind": "demo", "meta": {}, "sections": {"a": SECTION | {"shape": [-1]}}}),
        forged({"kind": "demo", "meta": {}, "sections": {"a": SECTION | {"dtype": "O"}}}),
        forged({"kind": "demo", "meta": {}, "sections": {"a": SECTION | {"shape": [1 << 62, 8]}}}),
    ],
)
def test_a_forged_file_with_the_right_hash_never_reaches_beyond_itself(
    tmp_path: Path, body: bytes
) -> None:
    with pytest.raises(BadPart, match="is not a demo"):
        open_part(store(tmp_path, body), "demo")


def test_a_type_that_parts_do_not_carry_is_refused_when_writing() -> None:
    with pytest.raises(TypeError, match="unknown type"):
        encode_part("demo", {}, {"a": np.zeros(2, np.float64)})
