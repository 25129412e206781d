"""Our node as a school runs it: 50 profiles, a seat for each client, the record on."""

from __future__ import annotations

import gzip
import os
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.peers.process import Server, free_port
from hornbook.instance import Instance, Ports, Settings
from hornbook.kernel import catalogue, rulebook, seating
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.names import to_wire
from hornbook.kernel.parts import encode_part
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Verdict, build_rulebook
from hornbook.kernel.seating import build_seating
from hornbook.node.partstore import PartStore

ROOT = Path(__file__).resolve().parents[2]
OURS = "hornbook"
PROFILES = 50
CATEGORIES = 16
LOOKED = "looked"  # the category of what is looked into
SEED = 42
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def lists(chosen: Path | None) -> Path:
    """The folder of the real lists, unless another is named."""
    data = Path(os.environ.get("HORNBOOK_TEST_DATA", ROOT.parent / "shared" / "data"))
    return chosen or data / "domains"


def read_names(folder: Path, count: int) -> list[str]:
    """``count`` distinct names of the lists in ``folder``, the same ones each time.

    Where the lists are absent or too short, made-up names of the same shape fill up.
    """
    found = {line for path in sorted(folder.glob("**/*.domains.gz")) for line in _lines(path)}
    listed = sorted(name for name in found if _NAME.fullmatch(name))
    chooser = random.Random(5)
    chosen = chooser.sample(listed, min(count, len(listed)))
    return chosen + [f"x{n:x}.{n % 997}-filler.example" for n in range(count - len(chosen))]


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", errors="replace") as file:
        yield from (line.strip() for line in file)


def question(name: str) -> bytes:
    """A question for A."""
    head = bytes.fromhex("4242 0100 0001 0000 0000 0000")
    return head + to_wire(name) + bytes.fromhex("0001 0001")


def our_server(names: list[str], folder: Path, upstream: str = "127.0.0.1:9") -> Server:
    """Our node on a data folder of its own, with parts made from ``names``."""
    port = free_port()
    instance = Instance(folder / "ours")
    instance.save(Settings(ports=Ports(dns=port), upstreams=(upstream,)))
    publish(PartStore(instance.parts), names)
    command = [sys.executable, "-m", "hornbook.node.dns", "--data", str(instance.root)]
    return Server(OURS, command, port, folder / "ours.log")


def publish(store: PartStore, names: list[str], looked: str = "") -> None:
    """``CATEGORIES`` lists that every one of ``PROFILES`` profiles may not see.

    What stands below ``looked`` is looked into by the proxy.
    """
    sources = sources_of(names)
    if looked:
        sources.append(SourceNames.of(LOOKED, LOOKED, "topic", [looked]))
    listed = store.put(encode_part(catalogue.KIND, *build_catalogue(sources, seed=SEED)))
    store.publish(
        catalogue=listed,
        rulebook=store.put(rules_for(store.catalogue(listed))),
        seating=store.put(seats()),
    )


def sources_of(names: list[str]) -> list[SourceNames]:
    return [
        SourceNames.of(f"list-{n}", f"category-{n}", "topic", names[n::CATEGORIES])
        for n in range(min(CATEGORIES, len(names)))
    ]


def rules_for(found: catalogue.Catalogue, *, open_for: int | None = None) -> bytes:
    """The octets of a rulebook that blocks every list, but for the profile of that number."""
    sets = found.set_count
    verdicts = [Verdict("allow")] + [
        Verdict("block", f"rule-{n}", f"PRO-{n}@1", "cipa", answer="notice", ede=15)
        for n in range(CATEGORIES)
    ]
    verdicts.append(Verdict("inspect", "look", "PRO-0@1", "local"))
    matrix = np.zeros((2, PROFILES, sets), np.uint16)
    matrix[:, :, 1:] = 1 + np.arange(sets - 1) % CATEGORIES
    for number in range(sets):
        if LOOKED in found.categories(number):
            matrix[:, :, number] = len(verdicts) - 1
    if open_for is not None:
        matrix[:, open_for] = 0
    meta, arrays = build_rulebook(
        profiles=[f"profile-{n:02}" for n in range(PROFILES)],
        verdicts=verdicts,
        matrix=matrix,
        week=np.zeros(MINUTES_A_WEEK, np.uint8),
        time_zone="America/Chicago",
        notice={},
        catalogue_hash=found.hash,
    )
    return encode_part(rulebook.KIND, meta, arrays)


def seats(first: int = 0) -> bytes:
    """The octets of a seating: network n has profile n, the first one that of number ``first``."""
    rows = [
        (f"127.0.{n}.0/24", f"person-{n}", f"profile-{n or first:02}", "north")
        for n in range(PROFILES)
    ]
    return encode_part(seating.KIND, *build_seating(rows, default_profile="profile-00"))
