"""What is asked in one turn of the loop, judged as one batch, looked up, and answered.

Names are judged, recorded, looked up and followed to where they lead by the code of the DNS
node; a rewrite (SafeSearch) leads to the same other address.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Iterable
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import numpy as np

from hornbook.instance import InstanceError, Settings
from hornbook.kernel.judge import PROTECTED, Now
from hornbook.kernel.names import to_wire
from hornbook.node.devices.names import is_ours
from hornbook.node.dns import wire
from hornbook.node.dns.cache import Entry
from hornbook.node.dns.chain import blocked_target
from hornbook.node.dns.desk import House, Row
from hornbook.node.dns.forward import Forwarder
from hornbook.node.dns.incoming import is_private
from hornbook.node.dns.rewrite import addresses, question_for
from hornbook.node.dns.rows import Judged
from hornbook.node.dns.world import World
from hornbook.node.notice.asks import AskDesk
from hornbook.node.notice.check import seat_of
from hornbook.node.proxy.asked import Asked, BadTarget, Target
from hornbook.node.proxy.depth import Depth
from hornbook.node.proxy.judging import Judging
from hornbook.node.proxy.memory import Memory
from hornbook.node.proxy.names import Names
from hornbook.node.proxy.notice import GO, LOOK, PEEK, SCAN, Voice, client_text
from hornbook.node.proxy.safe import changes, depends_on_path
from hornbook.node.proxy.visit import Done, Visit, read_visit, told_of
from hornbook.node.proxy.warned import WARNED, Warner
from hornbook.node.proxy.who import PLAIN, seats_of

log = logging.getLogger(__name__)

NOT_READY = b""  # what ask.lua takes for nobody being there


class Clerk:
    """Takes requests and answers them at the end of the turn, on the forwarder's loop."""

    def __init__(
        self,
        house: House,
        forwarder: Forwarder,
        settings: Settings,
        asks: AskDesk,
        warner: Warner,
        names: Names | None = None,
    ) -> None:
        """``names`` may be given certificates; None where nothing can be looked into."""
        self._house = house
        self._forwarder = forwarder
        self._settings = settings
        self._asks = asks
        self._warner = warner
        self._judging = Judging(house, settings, warner)
        self._names = names
        self._asked_networks = _networks(settings.kerberos_asks)
        self.counts = house.new_counts()
        self.memory = Memory()
        self._voice = Voice({}, asks, settings.ports.notice)
        self._waiting: list[tuple[Asked, Done]] = []
        self._world: World | None = None

    def take(self, asked: Asked, done: Done) -> None:
        """``done`` is called once, with what Envoy is told."""
        if asked.rows:
            self.remembered(self.memory.rows(asked.rows))
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._serve)
        self._waiting.append((asked, done))

    def remembered(self, batches: Iterable[Judged]) -> None:
        """Envoy has answered these requests from memory: each gets its row."""
        for batch in batches:
            self._house.journal.add(batch)
            self.counts.received += len(batch)
            self.counts.answered += len(batch)
            if batch.world.kernel.verdict(int(batch.verdict[0])).action == "block":
                self.counts.blocked += len(batch)

    def _serve(self) -> None:
        asks, self._waiting = self._waiting, []
        self.counts.batches += 1
        self.counts.received += len(asks)
        world = self._house.world
        try:
            if world is None:
                self._without_rules(self._read(asks))
            else:
                self._follow(world)
                self._answer(world, self._read(asks))
        except Exception:
            log.exception("a batch of %d requests was not answered", len(asks))
            for _, done in asks:
                done(NOT_READY)

    def _without_rules(self, visits: list[Visit]) -> None:
        """Only the protected set opens, as in DNS; nothing is judged, so nothing is recorded."""
        for visit in visits:
            names = [visit.target.wire, *map(to_wire, visit.others)]
            if all(map(self._house.protected.holds, names)):
                self._open(visit)
            else:
                visit.done(NOT_READY)

    def _follow(self, world: World) -> None:
        if world is not self._world:
            self.memory.forget()
            self._depth = Depth(world.kernel)
            self._judging.follow(world)
            self._voice = Voice(
                world.kernel.rulebook.notice, self._asks, self._settings.ports.notice
            )
            self._world = world

    def _read(self, asks: list[tuple[Asked, Done]]) -> list[Visit]:
        visits = []
        for asked, done in asks:
            try:
                visits.append(read_visit(asked, done))
            except BadTarget as error:
                self.counts.refused += 1
                done(self._voice.bad_target(asked, str(error)))
        return visits

    def _answer(self, world: World, visits: list[Visit]) -> None:
        now = time.time()
        held = world.moment(now).now
        known = self._known(world, visits, now)
        if known:
            self._judging.judge(world, known, now, held)
        for visit in known:
            try:
                self._answer_one(world, visit, now, held)
            except Exception:
                log.exception("a request was not answered")
                visit.done(NOT_READY)

    def _answer_one(self, world: World, visit: Visit, now: float, held: Now) -> None:
        if is_ours(visit.target.host):
            self._check(world, visit, now)
        elif visit.row and self._looks(visit, visit.row):
            self._look(visit)
        elif visit.row and self._is_closed(visit.row):
            self._close(visit, visit.row, held)
        elif visit.row and visit.row.note == WARNED:
            self._warn(visit, visit.row, held, now)
        else:
            self._open(visit)

    def _looks(self, visit: Visit, row: Row) -> bool:
        """Whether the tunnel is looked into; a bare address has no name for a certificate."""
        if self._names is None or not visit.asked.tunnel or visit.target.literal:
            return False
        set_id, seat = int(row.batch.set_id[row.place]), int(row.batch.seat[row.place])
        return self._depth.into(row.verdict, set_id, seat)

    def _look(self, visit: Visit) -> None:
        """What goes on inside is asked by request; there it is answered, refusals too."""
        self.counts.answered += 1
        target = visit.target
        if self._names is not None and self._names.use(target.host, visit.asked.client):
            mark = secrets.token_hex(8)
            visit.done(LOOK + f"{mark}|{target.host}:{target.port}".encode())
        else:
            self.counts.limited += 1
            visit.done(self._voice.too_many())

    def _known(self, world: World, visits: list[Visit], now: float) -> list[Visit]:
        """Those who may use the proxy, each with a seat; the others are asked who they are.

        An address of the internet is nobody's: without a good token this would be a proxy for
        everybody.
        """
        if not visits:
            return []
        seats = seats_of(world.kernel.seating, [visit.asked.who for visit in visits], now).tolist()
        found = []
        for visit, seat in zip(visits, seats, strict=True):
            visit.seat = seat
            refusal = self._refusal(world, visit, now)
            if refusal is None:
                found.append(visit)
            else:
                self.counts.refused += 1
                visit.done(refusal)
        return found

    def _refusal(self, world: World, visit: Visit, now: float) -> bytes | None:
        """What somebody hears who may not use the proxy like this; None for all others."""
        who = visit.asked.who
        is_near = is_private(who.client)
        if not is_near and who.door == PLAIN and (who.shows or visit.seat == 0):
            return self._voice.not_in_plain_text()
        must_tell = self._settings.proxy_asks or not is_near or who.ticket is not None
        asked = (visit.seat == 0 and must_tell) or self._asks_person(world, visit)
        if asked and not self._is_help(world, visit, now):
            return self._voice.who_are_you(negotiates=bool(self._settings.kerberos_keytab))
        return None

    def _asks_person(self, world: World, visit: Visit) -> bool:
        """Whether it is a device of the domain, on which somebody has signed in."""
        who = visit.asked.who
        if not self._asked_networks or who.shows or visit.asked.inside:
            return False
        if world.kernel.seating.seats[visit.seat].person:
            return False
        address = ip_address(client_text(who.client))
        return any(address in network for network in self._asked_networks)

    def _is_help(self, world: World, visit: Visit, now: float) -> bool:
        """Whether nobody on the district's own network may be stopped on the way there."""
        if visit.target.literal or not is_private(visit.asked.client):
            return False
        one = world.kernel.judge_one(visit.target.wire, 0, world.kernel.at(now))
        return world.kernel.verdict(one.verdict).basis == PROTECTED

    def _is_closed(self, row: Row) -> bool:
        return row.world.kernel.verdict(row.verdict).action == "block"

    def _check(self, world: World, visit: Visit, now: float) -> None:
        """The device asks whether it is covered, and whether the proxy looks inside for it."""
        seat = world.moment(now).now.present_one(visit.seat)
        if visit.asked.tunnel and self._names is not None and self._depth.has_trust(seat):
            self._look(visit)
            return
        self.counts.answered += 1
        visit.done(self._voice.check(visit.asked, seat_of(world.kernel, visit.seat, now)))

    def _close(self, visit: Visit, row: Row, held: Now) -> None:
        self.counts.blocked += 1
        self.counts.answered += 1
        said = self._voice.closed(visit.asked, told_of(visit, row, held))
        self._tell(visit, said)

    def _warn(self, visit: Visit, row: Row, held: Now, now: float) -> None:
        self.counts.answered += 1
        visit.done(self._warner.answer(visit, row, held, now, self._voice))

    def _tell(self, visit: Visit, answer: bytes) -> None:
        """The answer to what may be asked again in this second; a tunnel is always asked about."""
        if visit.row and visit.lasts:
            answer = self.memory.mark(visit.row, float(np.min(visit.row.batch.at)) / 1e6) + answer
        visit.done(answer)

    def _open(self, visit: Visit) -> None:
        target = visit.target
        if target.literal:
            self._go(visit, [target.address.packed] if target.address else [])
            return
        self._look_up(visit, wire.A)

    def _look_up(self, visit: Visit, kind: int) -> None:
        row, query = visit.row, query_for(visit.target.wire, kind)
        other = row.world.rewrites.find(row.verdict, visit.target.wire) if row else None
        if other and other.address:
            self._go(visit, [other.address])
            return
        if other:
            query = question_for(query, other)
        self.counts.forwarded += 1
        follow = other is None
        self._forwarder.ask(query, partial(self._found, visit, kind, follow))

    def _found(self, visit: Visit, kind: int, follow: bool, entry: Entry) -> None:
        try:
            self._take_entry(visit, kind, follow, entry)
        except Exception:
            log.exception("a request was not answered")
            visit.done(NOT_READY)

    def _take_entry(self, visit: Visit, kind: int, follow: bool, entry: Entry) -> None:
        row = visit.row
        led = blocked_target(row.batch, row.place, entry.targets) if row and follow else None
        if led is not None and row is not None:
            self._house.journal.add(led)
            self._close(visit, Row(led, 0), row.world.moment(time.time()).now)
            return
        found = addresses(entry, kind) if entry.rcode == wire.NOERROR else []
        if not found and kind == wire.A and entry.rcode == wire.NOERROR:
            self._look_up(visit, wire.AAAA)
        else:
            self._go(visit, found)

    def _go(self, visit: Visit, found: list[bytes]) -> None:
        target = visit.target
        self.counts.answered += 1
        if not found:
            visit.done(self._voice.not_found(target.host))
        elif self._is_inside(target, found[0]):
            visit.done(self._voice.not_reached(target.host))
        else:
            address = ip_address(found[0])
            host = f"[{address}]" if address.version == 6 else str(address)
            where = f"{host}:{target.port}".encode()
            self._tell(visit, self._verb(visit) + where + self._changes(visit))

    def _verb(self, visit: Visit) -> bytes:
        """How it goes on: what a tunnel begins with is looked at, and pages as inside HTTPS."""
        row = visit.row
        if row is None or visit.asked.inside:
            return GO
        verdict = row.world.kernel.verdict(row.verdict)
        if visit.asked.tunnel:
            return GO if verdict.basis == PROTECTED else PEEK
        set_id, seat = int(row.batch.set_id[row.place]), int(row.batch.seat[row.place])
        return SCAN if self._depth.into(row.verdict, set_id, seat) else GO

    def _changes(self, visit: Visit) -> bytes:
        """What the origin is to see otherwise, as lines: SafeSearch and the like."""
        if visit.asked.tunnel:
            return b""
        row, host = visit.row, visit.target.host
        other = row.world.rewrites.find(row.verdict, visit.target.wire) if row else None
        visit.has_path |= depends_on_path(other)
        fields = changes(host, visit.asked.path, other, self._settings.google_domains)
        return "".join(f"\n{name}: {value}" for name, value in fields.items()).encode()

    def _is_inside(self, target: Target, address: bytes) -> bool:
        """A literal of our own network, or the proxy itself. Names were checked when looked up."""
        own = target.port == self._settings.ports.proxy
        return own or (target.literal and is_private(address))


def _networks(told: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(one) for one in told]
    except ValueError as error:
        raise InstanceError(
            f"kerberos_asks in instance.json cannot be used: {error}. Write networks in it, like "
            "10.2.0.0/16."
        ) from error


def query_for(name: bytes, kind: int) -> wire.Query:
    """The question for a name's addresses, as if a client had sent it."""
    head = wire.HEADER.pack(0, wire.RD, 1, 0, 0, 0)
    packet = head + name + wire.WORDS.pack(kind, wire.IN)
    return wire.read_query(packet, stream=True)
