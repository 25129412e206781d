"""Small real parts for the stories of the kernel: built, written, opened, never mocked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from hornbook.kernel import catalogue, rulebook, seating
from hornbook.kernel.catalogue import Catalogue, Kind
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.names import to_wire
from hornbook.kernel.parts import encode_part, open_part, part_hash
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Verdict, build_rulebook
from hornbook.kernel.seating import build_seating
from hornbook.kernel.wires import Wires

List = tuple[str, str, Kind, Iterable[str]]
SEED = 0x5EED
ALLOW, BLOCK, NIGHT = 0, 1, 2
VERDICTS = (
    Verdict("allow", rule="default"),
    Verdict("block", rule="adult", clause="PRO-1@1", basis="CIPA", answer="notice", ede=15),
    Verdict("block", rule="night", clause="PRO-9@2", basis="local", answer="nxdomain", ede=15),
)
NIGHT_SLOT = np.zeros(MINUTES_A_WEEK, np.uint8)
NIGHT_SLOT[22 * 60 : 24 * 60] = 1  # Monday from ten in the evening


def wires(*names: str) -> Wires:
    return Wires.pack([to_wire(name) for name in names])


def store(folder: Path, body: bytes) -> Path:
    path = folder / f"{part_hash(body)}.part"
    path.write_bytes(body)
    return path


def catalogue_body(lists: Iterable[List], seed: int = SEED) -> bytes:
    sources = [SourceNames.of(*one) for one in lists]
    return encode_part(catalogue.KIND, *build_catalogue(sources, seed=seed))


def make_catalogue(folder: Path, lists: Iterable[List]) -> Catalogue:
    return Catalogue(open_part(store(folder, catalogue_body(lists)), catalogue.KIND))


def rulebook_body(found: Catalogue, profiles: Sequence[str] = ("staff", "student")) -> bytes:
    """Students are blocked from every listed set; at night, slot 1, from everything."""
    matrix = np.zeros((2, len(profiles), found.set_count), np.uint16)
    for place, profile in enumerate(profiles):
        if profile == "student":
            matrix[0, place, 1:] = BLOCK
            matrix[1, place, :] = NIGHT
    meta, arrays = build_rulebook(
        profiles=profiles,
        verdicts=VERDICTS,
        matrix=matrix,
        week=NIGHT_SLOT,
        time_zone="America/Chicago",
        notice={"district": "Cedar Hills"},
        catalogue_hash=found.hash,
    )
    return encode_part(rulebook.KIND, meta, arrays)


def seating_body(default_profile: str = "student") -> bytes:
    rows = [
        ("10.0.0.0/8", "", "student", "north"),
        ("10.1.2.3", "t-4", "staff", "north"),
        ("2001:db8::/32", "", "staff", "south"),
    ]
    return encode_part(seating.KIND, *build_seating(rows, default_profile=default_profile))
