"""Names that an answer leads to are judged like the name that was asked ("CNAME cloaking").

The protected set is never blocked by what it leads to; what a rule allows by name is blocked
only by the law that no allow list can lift (CIPA).
"""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np

from hornbook.kernel.judge import Now
from hornbook.kernel.rulebook import Verdict
from hornbook.kernel.wires import Wires
from hornbook.node.dns.rows import Judged
from hornbook.node.dns.world import World

MAX_KNOWN = 20_000  # chains by profile and time: a few megabytes
_KNOWN: WeakKeyDictionary[
    World, dict[tuple[tuple[bytes, ...], int, float], tuple[tuple[int, int], ...]]
] = WeakKeyDictionary()


def blocked_target(batch: Judged, place: int, targets: tuple[bytes, ...]) -> Judged | None:
    """A row that says why row ``place`` of a batch is blocked by one of ``targets``, or None.

    The row has the name that was asked, and the verdict and set of the first blocked target.
    """
    if not targets:
        return None
    world = batch.world
    asked = world.kernel.verdict(int(batch.verdict[place]))
    now = world.kernel.at(batch.moment(place))
    for number, set_id in _blocked(world, targets, int(batch.seat[place]), now):
        if not _stands(asked, world.kernel.verdict(number)):
            return _row(batch, place, number, set_id)
    return None


def _blocked(
    world: World, targets: tuple[bytes, ...], seat: int, now: Now
) -> tuple[tuple[int, int], ...]:
    """(verdict, set) of each blocked target; looked up once while a world lives."""
    known = _KNOWN.setdefault(world, {})
    # Without orders everybody of one profile gets the same.
    who = seat if now.orders else -1 - int(world.kernel.profile_of_seat[seat])
    key = (targets, who, now.since)
    if key not in known:
        if len(known) >= MAX_KNOWN:
            known.clear()
        judged = world.kernel.judge(Wires.pack(list(targets)), np.full(len(targets), seat), now)
        pairs = zip(judged.verdict.tolist(), judged.set_id.tolist(), strict=True)
        known[key] = tuple(pair for pair in pairs if world.blocks[pair[0]])
    return known[key]


def _stands(asked: Verdict, target: Verdict) -> bool:
    """Whether the asked name stays open although it leads to a blocked one."""
    if asked.basis == "protected":
        return True
    opened = asked.action == "allow" and bool(asked.rule)
    return opened and not target.basis.startswith("cipa")


def _row(batch: Judged, place: int, verdict: int, set_id: int) -> Judged:
    begin = int(batch.length[:place].sum())
    one = slice(place, place + 1)
    return replace(
        batch,
        at=batch.at if isinstance(batch.at, int) else batch.at[one],
        octets=batch.octets[begin : begin + int(batch.length[place])],
        length=batch.length[one],
        verdict=np.array([verdict], np.uint16),
        set_id=np.array([set_id], np.uint32),
        seat=batch.seat[one],
        clients=batch.clients[one],
        qtype=batch.qtype[one],
        path=batch.path[one],
        note=batch.note[one],
    )
