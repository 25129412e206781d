from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hornbook.kernel.fingerprint import Hasher
from hornbook.kernel.names import from_wire, to_wire
from hornbook.kernel.wires import Wires
from tests.kernel.helpers import SEED, wires

NAMES = st.lists(
    st.lists(st.text("ab-", min_size=1, max_size=5), min_size=1, max_size=5).map(".".join),
    min_size=1,
    max_size=20,
)


def of(name: str, seed: int = SEED) -> int:
    return int(Hasher(seed).whole(wires(name))[0])


def test_a_suffix_has_the_fingerprint_of_the_name_that_it_is() -> None:
    found = Hasher(SEED).suffixes(wires("www.example.com", "x.org"))
    told = list(zip(found.row.tolist(), found.start.tolist(), strict=True))
    assert told == [(0, 0), (1, 0), (0, 4), (1, 2), (0, 12)]
    expected = [of(n) for n in ("www.example.com", "x.org", "example.com", "org", "com")]
    assert found.fingerprint.tolist() == expected


@given(NAMES)
def test_the_batch_does_not_matter_and_distinct_suffixes_differ(names: list[str]) -> None:
    batch = wires(*names)
    found = Hasher(SEED).suffixes(batch)
    by_name: dict[str, int] = {}
    for value, row, start in zip(found.fingerprint, found.row, found.start, strict=True):
        suffix = from_wire(batch.data[row, start : batch.length[row]].tobytes())
        assert by_name.setdefault(suffix, int(value)) == int(value)
        assert int(value) == of(suffix)
    assert len(set(by_name.values())) == len(by_name)


def test_case_padding_and_neighbours_in_the_buffer_do_not_matter() -> None:
    wire = to_wire("www.example.com")
    noise = np.random.default_rng(1).integers(0, 256, (3, 200), dtype=np.uint8)
    noise[1, 12 : 12 + len(wire)] = np.frombuffer(wire.upper(), np.uint8)
    noise[1, 12] = 3
    view = Wires(noise[1:2, 12:180], np.array([len(wire)]))
    assert Hasher(SEED).suffixes(view).fingerprint.tolist() == (
        Hasher(SEED).suffixes(wires("www.example.com")).fingerprint.tolist()
    )


def test_a_dot_inside_a_label_is_another_name() -> None:
    assert of(r"a\046b.com") != of("a.b.com")


def test_another_seed_gives_other_fingerprints() -> None:
    assert of("example.com", 1) != of("example.com", 2)


def test_a_hundred_thousand_alike_names_all_differ() -> None:
    # Swapped, shifted and counted names: what a weak polynomial would confuse.
    names = [f"{a}{b}.{b}{a}.n{a}.example" for a in range(330) for b in range(330)]
    text = "".join(f"{name}\n" for name in set(names)).encode()
    found = Hasher(SEED).suffixes(Wires.from_text(text))
    whole = found.fingerprint[found.start == 0]
    assert len(np.unique(whole)) == len(set(names))


def test_bits_are_even_from_top_to_bottom() -> None:
    text = "".join(f"n{i}.example\n" for i in range(4096)).encode()
    values = Hasher(SEED).whole(Wires.from_text(text))
    share = [(values >> np.uint64(bit) & np.uint64(1)).mean() for bit in range(64)]
    assert min(share) > 0.45
    assert max(share) < 0.55
