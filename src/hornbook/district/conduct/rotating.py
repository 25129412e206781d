"""A new district key: every data key is wrapped again, then the old key may go."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from hornbook.district.conduct.models import Envelope
from hornbook.district.conduct.sealing import FILE, Ring, new_line
from hornbook.district.ledger.actions import Actor, record
from hornbook.instance import Instance, write_atomically

_BATCH = 1000


@dataclass(frozen=True)
class Rotated:
    """``before`` and ``after`` are ids of keys, never keys."""

    before: str
    after: str
    envelopes: int


@transaction.atomic
def rewrap(ring: Ring, *, actor: Actor) -> int:
    """Wrap every data key that an older key wraps by the current one; how many there were.

    What was sealed is not touched. Raises CannotOpen, changing nothing, when a key is missing.
    """
    rows = Envelope.objects.select_for_update().exclude(key_id=ring.current).exclude(wrapped=b"")
    changed: list[Envelope] = []
    for row in rows.iterator(_BATCH):
        row.key_id, row.wrapped = ring.wrap(ring.unwrap(row))
        changed.append(row)
    Envelope.objects.bulk_update(changed, ["key_id", "wrapped"], batch_size=_BATCH)
    detail = {"key": ring.current, "envelopes": len(changed)}
    record(actor=actor, verb="conduct.key-rotated", object="reports", detail=detail)
    return len(changed)


def rotate(instance: Instance, *, actor: Actor) -> Rotated:
    """Add a key to the file, wrap everything by it, take the old ones out of the file.

    Whatever stops it half-way, the file holds every key that an envelope needs.
    """
    before = Ring.of(instance)
    path = instance.root / "secrets" / FILE
    old, new = path.read_text().split(), new_line()
    _write(instance, [*old, new])
    ring = Ring.of(instance)
    count = rewrap(ring, actor=actor)
    _write(instance, [new])
    return Rotated(before.current, ring.current, count)


def _write(instance: Instance, lines: list[str]) -> None:
    path = instance.root / "secrets" / FILE
    write_atomically(path, "\n".join(lines).encode())
    path.chmod(0o600)
