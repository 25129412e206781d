"""One request on its way: what was asked, where it goes, how it was judged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.explain import Explanation, explain
from hornbook.kernel.judge import Now
from hornbook.kernel.names import BadName, normalise
from hornbook.kernel.paths import Address
from hornbook.node.dns.desk import Row
from hornbook.node.proxy.around import shows_way_around
from hornbook.node.proxy.asked import Asked, BadTarget, Target, read_target, target_of
from hornbook.node.proxy.wrapped import depends_on_path, embedded

Done = Callable[[bytes], None]


@dataclass(slots=True)
class Visit:
    """``row`` is what was judged, ``seat`` where the seating puts who asks.

    ``host`` is the name that was judged: another than the target's where that is the worse.
    ``others`` are names that the tunnel around it was opened for, when they differ; ``carried``
    those in an address inside its address. ``has_path``: its path counts. ``site`` is what a
    warning would be about: the listed name or page that decided, in wire form.
    """

    asked: Asked
    target: Target
    done: Done
    host: str
    others: tuple[str, ...] = ()
    seat: int = 0
    row: Row | None = None
    has_path: bool = False
    carried: tuple[str, ...] = ()
    site: bytes = b""

    def address(self, ports: Collection[int]) -> Address | None:
        """The page that is asked for, where it is seen: not of a tunnel, nor of a bare address.

        ``ports`` are the web's: rules that name no port hold on all of them.
        """
        if self.asked.tunnel or self.target.literal:
            return None
        port = 0 if self.target.port in ports else self.target.port
        return Address.of(self.target.wire, self.asked.path.encode("latin-1"), port)

    @property
    def lasts(self) -> bool:
        """Whether other requests to the same place get the same, whatever their path."""
        return not (self.asked.tunnel or self.asked.is_form or self.has_path)

    @property
    def verdict(self) -> int:
        return self.row.verdict if self.row else 0


def read_visit(asked: Asked, done: Done) -> Visit:
    """Raises BadTarget where it names nothing that could be opened."""
    visit = _inside(asked, done) if asked.inside else _outside(asked, done)
    host, path = visit.target.host, "" if asked.tunnel else asked.path
    carried = embedded(host, path)
    if carried:
        visit.carried = (carried,)
    visit.has_path = depends_on_path(host) or shows_way_around(asked)
    return visit


def _outside(asked: Asked, done: Done) -> Visit:
    target = read_target(asked)
    return Visit(asked, target, done, target.host)


def _inside(asked: Asked, done: Done) -> Visit:
    around = target_of(asked.connect, 443)
    target = target_of(asked.authority, around.port)
    told = [around.host, *([_name(asked.sni)] if asked.scheme == "https" else [])]
    others = tuple(dict.fromkeys(host for host in told if host != target.host))
    if target.port != around.port and not others:
        others = (around.host,)
    return Visit(asked, target, done, target.host, others)


def _name(sni: str) -> str:
    try:
        return normalise(sni)
    except BadName as error:
        raise BadTarget(error.reason) from error


def told_of(visit: Visit, row: Row, held: Now) -> Explanation:
    """Why that row was judged as it was, for the notice page."""
    kernel, place = row.world.kernel, row.place
    number, set_id = row.verdict, int(row.batch.set_id[place])
    if not visit.target.literal:
        told = explain(kernel, visit.host, seat=visit.seat, now=held)
        told.verdict, told.verdict_number, told.set_id = kernel.verdict(number), number, set_id
        return told
    seat = int(row.batch.seat[place])
    return Explanation(
        name=visit.target.host,
        suffixes=(),
        set_id=set_id,
        sources=kernel.catalogue.sources_of(set_id),
        seat=kernel.seating.seats[seat],
        profile=kernel.seating.seats[seat].profile,
        slot=held.slot,
        verdict=kernel.verdict(number),
        verdict_number=number,
        catalogue=kernel.catalogue.hash,
        rulebook=kernel.rulebook.hash,
        seating=kernel.seating.hash,
    )


def clients_of(visits: Sequence[Visit]) -> NDArray[np.uint8]:
    """Their addresses (n, 16)."""
    packed = b"".join(visit.asked.client for visit in visits)
    return np.frombuffer(packed, np.uint8).reshape(-1, 16)
