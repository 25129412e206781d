"""Other ways to keep a few million names: a Python set, SQLite and a MARISA trie."""

from __future__ import annotations

import importlib
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ALL_NAMES = "all.names"
ASKED = 100_000
Found = Callable[[bytes], object]


def measure(peer: str, folder: Path) -> dict[str, Any]:
    """Build the peer's table of all names; time, memory it takes, bytes and look-ups.

    A look-up asks for a listed name below ``a.b.``, suffix by suffix, until one is listed.
    """
    names = (folder / ALL_NAMES).read_bytes().split()
    before = _resident_mib()
    begin = time.perf_counter()
    try:
        found, size = PEERS[peer](names, folder)
    except ImportError as error:
        return {"not measured": str(error)}
    seconds = time.perf_counter() - begin
    return {
        "seconds_building": round(seconds, 1),
        "resident_mib": _resident_mib() - before,
        "bytes_a_name": round(size / len(names), 2),
        "lookups_a_second": round(_lookups(found, names)),
    }


def _python_set(names: list[bytes], folder: Path) -> tuple[Found, int]:
    table = {bytes(memoryview(name)) for name in names}  # copies: the list is not the table
    return table.__contains__, sys.getsizeof(table) + sum(map(sys.getsizeof, table))


def _sqlite(names: list[bytes], folder: Path) -> tuple[Found, int]:
    path = folder / "peer.sqlite"
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE listed (name TEXT PRIMARY KEY) WITHOUT ROWID")
    base.executemany("INSERT INTO listed VALUES (?)", ((name.decode(),) for name in names))
    base.commit()
    ask = "SELECT 1 FROM listed WHERE name = ?"
    return lambda name: base.execute(ask, (name.decode(),)).fetchone(), path.stat().st_size


def _marisa(names: list[bytes], folder: Path) -> tuple[Found, int]:
    trie = importlib.import_module("marisa_trie").Trie(name.decode() for name in names)
    path = folder / "peer.marisa"
    trie.save(str(path))
    return lambda name: name.decode() in trie, path.stat().st_size


PEERS: dict[str, Callable[[list[bytes], Path], tuple[Found, int]]] = {
    "python set": _python_set,
    "sqlite without rowid": _sqlite,
    "marisa_trie": _marisa,
}


def _lookups(found: Found, names: list[bytes]) -> float:
    asked = [b"a.b." + name for name in random.Random(7).sample(names, min(ASKED, len(names)))]
    begin = time.perf_counter()
    hits = sum(any(found(suffix) for suffix in _suffixes(name)) for name in asked)
    if hits != len(asked):
        raise AssertionError(f"{len(asked) - hits} names were not found")
    return len(asked) / (time.perf_counter() - begin)


def _suffixes(name: bytes) -> Iterable[bytes]:
    while name:
        yield name
        name = name.partition(b".")[2]


def _resident_mib() -> int:
    """Memory resident now, in MiB (Linux; 0 elsewhere)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) // 1024
