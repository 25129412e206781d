"""How many decisions a second one core takes, by size of batch, from names to verdicts.

The catalogue is made of made-up names in real shapes; half of what is asked is listed (a third
of that as ``www.``), half is not. CPU time of this process is measured, best of several runs,
so that a busy machine disturbs little. The peer is what one would write without the columns:
a dictionary of names, asked suffix by suffix, one packet at a time, without provenance.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hornbook.kernel import catalogue, rulebook, seating
from hornbook.kernel.catalogue import Catalogue
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.explain import explain
from hornbook.kernel.judge import Kernel
from hornbook.kernel.names import to_wire
from hornbook.kernel.orders import SWITCHED_OFF, Order
from hornbook.kernel.parts import Part, encode_part, open_part, part_hash
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Rulebook, Verdict, build_rulebook
from hornbook.kernel.seating import Seating, build_seating
from hornbook.kernel.wires import Wires

BATCHES = (1, 32, 512, 1024, 4096)
PROFILES, CATEGORIES, SEED = 200, 40, 20_201_019
ASKED, RUNS = 16_384, 7


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", type=int, default=1_000_000, help="how many are listed")


def run(args: argparse.Namespace) -> dict[str, object]:
    """Build, open, judge; then the peer with the same names."""
    rng = random.Random(SEED)
    listed = [f"{_word(rng)}{n}.{_word(rng)}.{rng.choice(_ENDS)}" for n in range(args.names)]
    with tempfile.TemporaryDirectory(prefix="hornbook-bench-") as folder:
        kernel, facts = _kernel(Path(folder), listed)
        asked = _asked(rng, listed)
        speed = {f"batch of {size}": _judged(kernel, asked, size) for size in BATCHES}
        now = kernel.at(time.time())
        rate = _rate(lambda: [explain(kernel, n, now=now) for n in asked[:500]], 500)
        facts["explanation µs"] = round(1e6 / rate, 1)
        facts["µs with orders"] = _with_orders(Path(folder), kernel, asked)
    peer = _dictionary(listed, asked)
    told = facts["explanation µs"]
    best = max(speed[f"batch of {size}"] for size in (1024, 4096))
    bars = [
        _bar("decisions/s on one core, in batches", best, 3_000_000, best >= 3_000_000),
        _bar("one explained decision, µs", told, 50, told <= 50),
        _bar("octets a name", facts["octets a name"], 16, facts["octets a name"] <= 16),
    ]
    speed["times the dictionary"] = round(best / peer["decisions/s"], 2)
    peers = {"hornbook": speed | facts, "dictionary of names": peer}
    return {"bench": "kernel", "bars": bars, "peers": peers, "machine": {"names": args.names}}


_ENDS = ("com", "net", "org", "example", "co.uk", "blogspot.com")


def _word(rng: random.Random) -> str:
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz-", k=rng.randint(3, 12)))


def _bar(name: str, value: float, bar: float, ok: bool) -> dict[str, object]:
    return {"name": name, "value": value, "bar": bar, "ok": ok}


def _kernel(folder: Path, listed: Sequence[str]) -> tuple[Kernel, dict[str, float]]:
    sources = [
        SourceNames.of(f"list-{n}", f"category-{n}", "topic", listed[n::CATEGORIES])
        for n in range(CATEGORIES)
    ]
    began = time.process_time()
    body = encode_part(catalogue.KIND, *build_catalogue(sources, seed=SEED))
    built = time.process_time() - began
    began = time.process_time()
    found = Catalogue(_opened(folder, catalogue.KIND, body))
    facts = {
        "build s": round(built, 2),
        "open s": round(time.process_time() - began, 3),
        "octets a name": round(len(body) / len(found), 2),
    }
    return Kernel(found, _rulebook(folder, found), _seating(folder)), facts


def _with_orders(folder: Path, kernel: Kernel, asked: Sequence[str]) -> float:
    """One explanation while an order of many names holds for everybody, in microseconds."""
    order = Order(SWITCHED_OFF, "block", Verdict("block"), names=tuple(asked[:200]))
    made = build_seating([], default_profile="profile-000", orders=[order])
    seats = Seating(_opened(folder, seating.KIND, encode_part(seating.KIND, *made)))
    held = Kernel(kernel.catalogue, kernel.rulebook, seats)
    now = held.at(time.time())
    return round(1e6 / _rate(lambda: [explain(held, n, now=now) for n in asked[:500]], 500), 1)


def _opened(folder: Path, kind: str, body: bytes) -> Part:
    path = folder / f"{part_hash(body)}.part"
    path.write_bytes(body)
    return open_part(path, kind)


def _rulebook(folder: Path, found: Catalogue) -> Rulebook:
    shape = (4, PROFILES, found.set_count)
    matrix = np.random.default_rng(SEED).integers(0, 3, shape, dtype=np.uint16)
    meta, arrays = build_rulebook(
        profiles=[f"profile-{n:03}" for n in range(PROFILES)],
        verdicts=[Verdict("allow"), Verdict("block"), Verdict("rewrite")],
        matrix=matrix,
        week=np.zeros(MINUTES_A_WEEK, np.uint8),
        time_zone="UTC",
        notice={},
        catalogue_hash=found.hash,
    )
    return Rulebook(_opened(folder, rulebook.KIND, encode_part(rulebook.KIND, meta, arrays)))


def _seating(folder: Path) -> Seating:
    rows = [
        (f"10.{n >> 8}.{n & 255}.0/24", f"p{n}", f"profile-{n % PROFILES:03}", "s")
        for n in range(5000)
    ]
    made = build_seating(rows, default_profile="profile-000")
    return Seating(_opened(folder, seating.KIND, encode_part(seating.KIND, *made)))


def _asked(rng: random.Random, listed: Sequence[str]) -> list[str]:
    hits = [
        f"www.{name}" if n % 3 == 0 else name
        for n, name in enumerate(rng.choices(listed, k=ASKED // 2))
    ]
    misses = [f"{_word(rng)}.{_word(rng)}.{rng.choice(_ENDS)}" for _ in range(ASKED // 2)]
    mixed = hits + misses
    rng.shuffle(mixed)
    return mixed


def _judged(kernel: Kernel, asked: Sequence[str], size: int) -> float:
    count = ASKED if size > 1 else 512
    packed = [
        Wires.pack([to_wire(name) for name in asked[at : at + size]])
        for at in range(0, count, size)
    ]
    addresses = np.random.default_rng(SEED).integers(10 << 24, 11 << 24, size, dtype=np.uint32)

    def judge() -> None:
        for one in packed:
            fresh = Wires(one.data, one.length)
            kernel.judge(fresh, kernel.seating.by_v4(addresses), 1)

    return _rate(judge, count)


def _dictionary(listed: Sequence[str], asked: Sequence[str]) -> dict[str, float]:
    """The same work, packet by packet: wire name and address in, a verdict's number out."""
    table = {to_wire(name): n % CATEGORIES + 1 for n, name in enumerate(listed)}
    seats = {(10 << 24 | n << 8) >> 8: n % PROFILES for n in range(5000)}
    verdicts = np.random.default_rng(SEED).integers(0, 3, (PROFILES, CATEGORIES + 1)).tolist()
    rng = random.Random(SEED)
    packets = [(to_wire(name), rng.randrange(10 << 24, 11 << 24)) for name in asked]

    def judge() -> list[int]:
        answers = []
        for wire, address in packets:
            name, at = wire.lower(), 0
            while name[at] and name[at:] not in table:
                at += name[at] + 1
            set_id = table.get(name[at:], 0)
            answers.append(verdicts[seats.get(address >> 8, 0)][set_id])
        return answers

    octets = sys.getsizeof(table) + sum(map(sys.getsizeof, table))
    return {
        "decisions/s": _rate(judge, len(asked)),
        "octets a name in memory": round(octets / len(table), 1),
    }


def _rate(work: Callable[[], Any], count: int) -> float:
    """Pieces of work a second of CPU time, best of several runs."""
    spent = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return round(count / min(spent))
