"""Compile every real list, and look every listed name up again: time, memory, size, misses.

The measured work is what an import and a publication do without the database: read, guard,
sort, compile, write. Each part runs in a process of its own, so that peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.peers import tables
from hornbook.district.filtering.lists.batch import Batch, read_batch
from hornbook.kernel.catalogue import KIND, Catalogue
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.parts import encode_part, open_part, part_hash
from hornbook.kernel.wires import Wires, text_chunks

ROOT = Path(__file__).resolve().parent.parent
ASKED_BELOW = (b"", b"www.", b"a.b.c.d.")  # itself, its usual host, a deep child
LONGEST = 253  # characters of a name (RFC 1035 §2.3.4)
MIB = 1 << 20
PART = "catalogue.part"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lists", type=Path, metavar="DIR", help="folder of category lists")
    parser.add_argument("--no-peers", action="store_true", help="measure ours only")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Ours and the peers, one after the other."""
    lists = args.lists or _real_lists()
    if not lists.is_dir():
        missing = f"not measured: no lists in {lists}; set HORNBOOK_TEST_DATA or give --lists DIR"
        return {"bench": "compile", "bars": [], "peers": {"lists": missing}, "machine": {}}
    with tempfile.TemporaryDirectory(prefix="hornbook-bench-") as made:
        folder = Path(made)
        ours = _in_own_process("compile", lists, folder)
        checked = _in_own_process("check", folder, folder)
        peers: dict[str, Any] = {"hornbook": {**ours, **checked}}
        if not args.no_peers:
            peers |= {name: _in_own_process(name, folder, folder) for name in tables.PEERS}
    return {"bench": "compile", "bars": _bars(ours, checked), "peers": peers, "machine": {}}


def _real_lists() -> Path:
    data = Path(os.environ.get("HORNBOOK_TEST_DATA", ROOT.parent / "shared" / "data"))
    return data / "domains"


def _bars(ours: dict[str, Any], checked: dict[str, Any]) -> list[dict[str, Any]]:
    bars = [
        ("seconds to read, guard, compile and write", ours["seconds"], 90),
        ("peak memory, MiB", ours["peak_mib"], 2048),
        ("bytes a distinct name on disk", ours["bytes_a_name"], 24),
        ("listed names not found (itself, www., a.b.c.d.)", checked["misses"], 0),
    ]
    return [
        {"name": name, "value": value, "bar": bar, "ok": value <= bar} for name, value, bar in bars
    ]


def _in_own_process(task: str, source: Path, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.compile", task, str(source), str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def compile_lists(lists: Path, folder: Path) -> dict[str, Any]:
    """Read, guard, compile and write; leave the part and the names in ``folder``."""
    begin = time.perf_counter()
    batch = read_batch(lists, all_categories=True)
    read = time.perf_counter()
    sources = _sources(batch)
    meta, arrays = build_catalogue(sources, seed=42)
    part = folder / PART
    part.write_bytes(encode_part(KIND, meta, arrays))
    end = time.perf_counter()
    result = {
        "seconds": round(end - begin, 1),
        "seconds_reading": round(read - begin, 1),
        "seconds_compiling": round(end - read, 1),
        "peak_mib": peak_mib(),
        "names": meta["names"],
        "entries": sum(parsed.names_count for _, parsed in batch.lists),
        "sets": len(arrays["set_offsets"]) - 1,
        "bytes_a_name": round(part.stat().st_size / meta["names"], 2),
        **_guards(batch),
    }
    _leave(sources, folder)
    return result


def _sources(batch: Batch) -> list[SourceNames]:
    return [
        SourceNames(found.key, found.category or found.key, "topic", parsed.names, parsed.urls)
        for found, parsed in batch.lists
        if parsed.names_count or parsed.urls_count
    ]


def _guards(batch: Batch) -> dict[str, Any]:
    refused: Counter[str] = Counter()
    for _, parsed in batch.lists:
        refused.update(parsed.refused.counts)
    return {
        "lists": len(batch.lists),
        "path_rules": sum(parsed.urls_count for _, parsed in batch.lists),
        "refused_entries": dict(refused.most_common()),
        "refused_files": [str(item.reason) for item in batch.refused],
        "files_left_out": len(batch.left_out),
    }


def _leave(sources: list[SourceNames], folder: Path) -> None:
    """One file a source for the check, and one of all names for the peers."""
    for number, source in enumerate(sources):
        (folder / f"{number}.names").write_bytes(source.text)
    names = sorted({name for source in sources for name in source.text.split()})
    (folder / tables.ALL_NAMES).write_bytes(b"\n".join(names) + b"\n")


def check(source: Path, folder: Path) -> dict[str, Any]:
    """Look up every name of every list, three ways, in the part as it was written."""
    part = source / PART
    catalogue = Catalogue(open_part(part, KIND, part_hash(part.read_bytes())))
    holds = _holds(catalogue)
    asked, seconds, impossible = 0, 0.0, 0
    missed: list[str] = []
    for number in range(len(catalogue.sources)):
        for names, prefix in product(_chunks(source / f"{number}.names"), ASKED_BELOW):
            fitting = [prefix + name for name in names if len(prefix + name) <= LONGEST]
            impossible += len(names) - len(fitting)
            if not fitting:
                continue
            wires = Wires.from_text(b"\n".join(fitting) + b"\n")
            begin = time.perf_counter()
            match = catalogue.lookup(wires)
            seconds += time.perf_counter() - begin
            asked += len(fitting)
            rows = np.flatnonzero(~holds[match.set_id, number])
            missed += [fitting[row].decode() for row in rows]
    return {
        "misses": len(missed),
        "first_misses": missed[:5],
        "looked_up": asked,
        "too_long_to_exist": impossible,
        "lookups_a_second": round(asked / seconds) if seconds else 0,
    }


def _chunks(path: Path) -> Iterator[list[bytes]]:
    yield from (chunk.split() for chunk in text_chunks(path.read_bytes()))


def _holds(catalogue: Catalogue) -> NDArray[np.bool_]:
    """bool (sets, sources): whether the set holds the source."""
    number = {source.key: at for at, source in enumerate(catalogue.sources)}
    holds = np.zeros((catalogue.set_count, len(number)), np.bool_)
    for set_id in range(catalogue.set_count):
        holds[set_id, [number[source.key] for source in catalogue.sources_of(set_id)]] = True
    return holds


def peak_mib() -> int:
    """The most memory that this process ever had resident, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (MIB if sys.platform == "darwin" else 1024))


def main() -> None:
    task, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    ours = {"compile": compile_lists, "check": check}
    result = ours[task](source, folder) if task in ours else tables.measure(task, folder)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
