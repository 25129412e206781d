"""How fast the ledger takes acts and proves them, beside a SQLite hash chain and a naive tree.

Ours is the whole way: canonical JSON, chain, PostgreSQL by COPY and commit, then the tree,
its tiles and the signed root. The peers do less: the SQLite chain has no tree and proves a leaf
only by showing all of them; the naive tree is in memory and hashes everything anew for a proof.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hornbook.record import merkle

APPENDS_BAR, PROOF_MS_BAR = 100_000, 1.0
BATCH, PROOFS = 20_000, 400
ACT: dict[str, Any] = {"verb": "look", "object": "person 5c6c5bb1-7d12-4c93-8b6f-3ad0a1f2c9e7"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--leaves", type=int, default=400_000)


def run(args: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, _database(Path(name)):
        ours = _ours(args.leaves)
        chain = _sqlite_chain(Path(name) / "peer.sqlite", args.leaves)
    naive = _naive(args.leaves)
    return {
        "bench": "ledger",
        "bars": [
            _bar("appends a second, durable and chained", ours["appends"], APPENDS_BAR),
            _bar("appends a second, signed tree included", ours["signed"], APPENDS_BAR),
            _bar("proof, median ms", ours["proof"], PROOF_MS_BAR, smaller=True),
            _bar("proof by a process that just began, median ms", ours["cold"], PROOF_MS_BAR, True),
        ],
        "peers": {
            "SQLite hash chain, appends a second": chain,
            "naive tree, one proof, ms": naive,
            "tree alone in memory, leaves a second": round(ours["tree"]),
            "checking a proof, ms": round(ours["check"], 3),
            "processor seconds of this process for all appends": round(ours["cpu"], 2),
            "verify everything, leaves a second": round(ours["verify"]),
        },
        "machine": {"leaves": args.leaves, "batch": BATCH},
    }


def _bar(name: str, value: float, limit: float, smaller: bool = False) -> dict[str, Any]:
    ok = value <= limit if smaller else value >= limit
    return {"name": name, "value": round(value, 3 if smaller else 0), "bar": limit, "ok": ok}


@contextmanager
def _database(folder: Path) -> Iterator[None]:
    """A PostgreSQL of its own, with the ledger's tables."""
    from hornbook.instance import Instance
    from hornbook.run.postgres import Postgres
    from hornbook.run.prepare import prepare_django

    os.environ["HORNBOOK_DATA"] = str(folder / "data")
    instance = Instance(folder / "data")
    postgres = Postgres(instance)
    os.environ["HORNBOOK_DATABASE_URL"] = postgres.start()
    try:
        prepare_django(instance)
        yield
    finally:
        from django.db import connections

        connections.close_all()
        postgres.stop()


def _ours(leaves: int) -> dict[str, float]:
    from django.db import transaction

    from hornbook.district.ledger.actions import SYSTEM, Act, record_many
    from hornbook.district.ledger.models import Leaf
    from hornbook.district.ledger.proofs import prove_leaf
    from hornbook.district.ledger.tree import make_checkpoint, subtrees
    from hornbook.district.ledger.verify import verify
    from hornbook.record.notes import Proof

    def append() -> None:
        for start in range(0, leaves, BATCH):
            count = min(BATCH, leaves - start)
            with transaction.atomic():
                record_many(
                    actor=SYSTEM,
                    acts=(Act(**ACT, detail={"purpose": "safety", "n": n}) for n in range(count)),
                )

    cpu = time.process_time()
    appended = _seconds(append)
    cpu = time.process_time() - cpu
    signed = appended + _seconds(make_checkpoint)
    checkpoint = make_checkpoint()
    subtree = subtrees(checkpoint)
    drawn = list(Leaf.objects.filter(no__in=random.Random(1).sample(range(1, leaves), PROOFS)))
    warm = [
        _seconds(lambda: merkle.inclusion_path(subtree, leaf.no - 1, checkpoint.size))  # noqa: B023
        for leaf in drawn
    ]
    cold = [_seconds(lambda: prove_leaf(leaf, checkpoint)) for leaf in drawn]  # noqa: B023
    told = Proof.parse(str(prove_leaf(drawn[0], checkpoint)["proof"]))
    root = merkle.root(subtree, checkpoint.size)
    leaf = merkle.leaf_hash(bytes.fromhex(drawn[0].hash))
    check = _seconds(lambda: merkle.included(leaf, told.index, leaves, told.path, root))
    assert merkle.included(leaf, told.index, leaves, told.path, root)
    hashes = [hashlib.sha256(n.to_bytes(8, "big")).digest() for n in range(leaves)]
    tree = _seconds(lambda: merkle.Tree(map(merkle.leaf_hash, hashes)))
    verified = _seconds(lambda: _must(verify().ok))
    return {
        "appends": leaves / appended,
        "signed": leaves / signed,
        "proof": 1000 * statistics.median(warm),
        "cold": 1000 * statistics.median(cold),
        "check": 1000 * check,
        "tree": leaves / tree,
        "cpu": cpu,
        "verify": leaves / verified,
    }


def _must(holds: bool) -> None:
    assert holds


def _sqlite_chain(path: Path, leaves: int) -> int:
    """A plain hash chain: canonical JSON, SHA-256, one durable transaction a batch."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE leaf (no INTEGER PRIMARY KEY, body TEXT, hash TEXT)")

    def append() -> None:
        head = "0" * 64
        for start in range(0, leaves, BATCH):
            rows = []
            for no in range(start + 1, min(start + BATCH, leaves) + 1):
                told = {**ACT, "no": no, "at": time.time(), "prev": head, "detail": {"n": no}}
                body = json.dumps(told, sort_keys=True, separators=(",", ":"))
                head = hashlib.sha256(body.encode()).hexdigest()
                rows.append((no, body, head))
            with database:
                database.executemany("INSERT INTO leaf VALUES (?, ?, ?)", rows)

    took = _seconds(append)
    database.close()
    return round(leaves / took)


def _naive(leaves: int) -> float:
    """One proof by hashing all leaves anew, as a log without stored nodes must."""
    hashes: Sequence[bytes] = [n.to_bytes(8, "big") for n in range(leaves)]

    def prove() -> None:
        tree = merkle.Tree(map(merkle.leaf_hash, hashes))
        merkle.inclusion_path(tree.subtree, leaves // 3, leaves)

    return round(1000 * _seconds(prove), 1)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
