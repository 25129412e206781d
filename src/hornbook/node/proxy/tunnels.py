"""Judges what tunnels begin with that nobody looks into: a name in TLS or HTTP, or none.

The tunnel was judged by the name that it was opened for. Another name in it gets its own verdict
if that is the worse; and another name, no name, or neither TLS nor HTTP is a way around, which gets
what ways around get for that person (``bypass``). A bare address needs no name: it was judged as
a way around already.
"""

from __future__ import annotations

import time

from hornbook.kernel.names import BadName, normalise, to_wire
from hornbook.node.dns.desk import House
from hornbook.node.dns.world import World
from hornbook.node.proxy.asked import target_of
from hornbook.node.proxy.bypass import Bypass
from hornbook.node.proxy.hello import Begin
from hornbook.node.proxy.single import Asker


class Tunnels:
    """One answer a tunnel, and its row where it begins otherwise than it was opened."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._made_for: World | None = None

    def opens(self, told: str, begin: Begin) -> bool:
        """``told`` is the target and who asks. Raises ValueError for what we never tell."""
        authority, who = told.split("|", 1)
        target, name = target_of(authority, 443), _name(begin.name)
        if name == target.host or (target.literal and not name):
            return True
        world = self._house.world
        if world is None:
            return False
        asker = Asker(world, time.time(), who)
        found = self._judge(world, asker, name)
        if found is None:
            return True
        asker.write(self._house, to_wire(name) if name else target.wire, *found)
        return world.kernel.verdict(found[0]).action != "block"

    def _judge(self, world: World, asker: Asker, name: str) -> tuple[int, int] | None:
        """(verdict, set) of the worse; None where there is no name and ways around are open."""
        own: tuple[int, int] | None = None
        if name:
            one = world.kernel.judge_one(to_wire(name), asker.seat, asker.held)
            own = one.verdict, one.set_id
            if world.kernel.verdict(one.verdict).action == "block":
                return own
        return self._bypass(world).judge(asker.seat, asker.held) or own

    def _bypass(self, world: World) -> Bypass:
        if world is not self._made_for:
            self._ways, self._made_for = Bypass(world.kernel), world
        return self._ways


def _name(said: str) -> str:
    """Normalised; "" for what is no name."""
    try:
        return normalise(said) if said else ""
    except BadName:
        return ""
