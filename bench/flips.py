"""Flip single bits in random places of the ledger: every flip must be found, and where it is.

Leaves (all columns), tiles, edges and signed notes; the triggers are off, as for somebody who
owns the database. What PostgreSQL itself refuses (a text that is no JSON any more) is counted
apart: such a bit cannot be there. The database is a throw-away one.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.ledger import _database

LEAVES = 300  # one full tile, and an edge
TABLES = ("ledger_leaf", "ledger_tile", "ledger_checkpoint")
TEXTS = ("actor", "verb", "object", "prev", "hash")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--flips", type=int, default=10_000)


def run(args: argparse.Namespace) -> dict[str, Any]:
    from django.db import transaction

    with tempfile.TemporaryDirectory() as name, _database(Path(name)), transaction.atomic():
        prepare()
        counts = flip_many(args.flips, random.Random(1))
    return {
        "bench": "flips",
        "bars": [
            {
                "name": "flips not found, or not located",
                "value": counts["missed"],
                "bar": 0,
                "ok": counts["missed"] == 0,
            }
        ],
        "peers": dict(counts),
        "machine": {"leaves": LEAVES},
    }


def prepare() -> None:
    """A signed ledger whose triggers are off, in the caller's transaction."""
    from django.db import connection

    from hornbook.district.ledger.actions import SYSTEM, Act, record_many
    from hornbook.district.ledger.tree import make_checkpoint

    acts = (Act("look", f"person {n}", ["PRO-1@1"], {"n": n, "a": "b"}) for n in range(LEAVES))
    record_many(actor=SYSTEM, acts=acts)
    make_checkpoint()
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def flip_many(flips: int, draw: random.Random) -> Counter[str]:
    """How many were found, missed, and refused by the database."""
    from django.db import DatabaseError, transaction

    counts: Counter[str] = Counter()
    while counts["found"] + counts["missed"] < flips:
        try:
            with transaction.atomic():
                counts["found" if _flip_one(draw) else "missed"] += 1
                transaction.set_rollback(True)
        except (DatabaseError, ValueError):
            counts["refused by the database"] += 1
    return counts


def _flip_one(draw: random.Random) -> bool:
    """Flip one bit somewhere; whether verification names that very place."""
    from hornbook.district.ledger.models import Checkpoint, Leaf, Tile
    from hornbook.district.ledger.verify import verify

    place = draw.random()
    if place < 0.8:
        leaf = Leaf.objects.get(no=draw.randint(1, LEAVES))
        Leaf.objects.filter(no=leaf.no).update(**_flipped_leaf(leaf, draw))
        found = verify()
        return found.broken is not None and found.broken.no == leaf.no
    if place < 0.9:
        tile = Tile.objects.get()
        Tile.objects.update(packed=_flipped(bytes(tile.packed), draw))
        return any(str(tile) in fault for fault in verify().faults)
    point = Checkpoint.objects.get()
    name = draw.choice(("note", "edge"))
    body = point.note.encode() if name == "note" else bytes(point.edge)
    changed: Any = _flipped(body, draw)
    Checkpoint.objects.update(**{name: changed.decode() if name == "note" else changed})
    return any(str(point) in fault for fault in verify().faults)


def _flipped_leaf(leaf: Any, draw: random.Random) -> dict[str, Any]:
    """A column with one bit changed. Raises ValueError where that is no value any more."""
    column = draw.choice((*TEXTS, "at", "detail", "clause_texts"))
    value = getattr(leaf, column)
    if column == "at":
        return {
            "at": value + timedelta(microseconds=draw.choice((1, -1)) * (1 << draw.randrange(40)))
        }
    if column in TEXTS:
        return {column: _flipped(value.encode(), draw).decode()}
    changed = json.loads(_flipped(json.dumps(value).encode(), draw))
    if changed == value:
        raise ValueError("the same value, written otherwise")
    return {column: changed}


def _flipped(body: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(body))
    return body[:place] + bytes([body[place] ^ 1 << draw.randrange(8)]) + body[place + 1 :]
