"""The process that looks at answers: scanners on a thread, the rules and the record of a node."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from hornbook.instance import Instance
from hornbook.kernel.names import BadName, is_ip_literal, normalise, to_wire
from hornbook.kernel.rulebook import Verdict
from hornbook.node.content import tally, words
from hornbook.node.content.config import SOCKET
from hornbook.node.content.judging import Categories
from hornbook.node.content.page import looked_at, not_looked_at, picture
from hornbook.node.content.talk import Desk, Seen, Talk
from hornbook.node.dns.office import Office
from hornbook.node.dns.upstreams import choose_upstreams
from hornbook.node.dns.world import World
from hornbook.node.doh.backend import listen
from hornbook.node.envoy.grpc import Connection
from hornbook.node.notice.http import Response
from hornbook.node.proxy.notice import client_text
from hornbook.node.proxy.single import Asker
from hornbook.record.scope import Scope, leaves_out
from hornbook.scan import looking, pictures
from hornbook.scan.finding import ALLOW, BLUR, NOT_CHECKED, Scanned, not_checked

LONGEST_MESSAGE = 3 << 20  # octets: what Envoy holds of a body, and the head
MOST_WAITING = 64  # answers that are held and not looked at yet


class Content(Office, Desk):
    """The content stage. Raises InstanceError when the record or the socket is not free."""

    def __init__(self, instance: Instance) -> None:
        settings = instance.settings()
        upstreams = choose_upstreams(settings.upstreams, settings.bind, settings.ports.dns)
        super().__init__(instance, "content", f"{settings.node}-content", upstreams)
        self._pool = ThreadPoolExecutor(1, "scan")
        self._waiting = 0
        self._closed = frozenset(settings.content_closed)
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._made_for: World | None = None
        self.told: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self._scope = Scope.read(settings.recording)
        self._tally = tally.Tally(instance.spool, settings.node)

    # --- doors ---------------------------------------------------------------------------

    def open_doors(self) -> None:
        self.forwarder.call(self._open(), 5)

    def close_doors(self) -> None:
        self.forwarder.call(self._close(), 5)
        self._pool.shutdown(cancel_futures=True)

    async def _open(self) -> None:
        self._loop = asyncio.get_running_loop()
        sock = listen(self.instance, SOCKET)
        self._server = await self._loop.create_unix_server(self._connection, sock=sock)

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        for connection in list(self._connections):
            connection.close()

    def _connection(self) -> Connection:
        return Connection(self._talk, self._connections, LONGEST_MESSAGE)

    def _talk(self, path: str, send: Callable[[bytes], None]) -> Talk | None:
        return Talk(self, send) if path == words.PATH else None

    # --- looking -------------------------------------------------------------------------

    def look(self, seen: Seen, done: Callable[[Scanned], None]) -> None:
        if self._waiting >= MOST_WAITING:
            done(not_checked("", "too much to look at"))
            return
        self._waiting += 1
        future = self._pool.submit(_look, seen)
        future.add_done_callback(lambda one: self._loop.call_soon_threadsafe(self._back, one, done))

    def _back(self, future: Future[Scanned], done: Callable[[Scanned], None]) -> None:
        self._waiting -= 1
        failed = future.cancelled() or future.exception()
        done(not_checked("", "the scanner failed") if failed else future.result())

    # --- deciding ------------------------------------------------------------------------

    def decide(self, seen: Seen) -> bytes:
        scanned = seen.scanned
        self.told[scanned.verdict] += 1
        if scanned.verdict == NOT_CHECKED:
            self.reasons[scanned.reason] += 1
        world = self.house.world
        if world is None:
            return b""
        asker = _Asker(world, seen, time.time())
        said, outcome = self._decided(world, asker, seen)
        if self._may_be_told(world, asker):
            school = world.kernel.seating.seats[asker.seat].site or self.settings.site
            self._tally.add(asker.now, school, asker.host, outcome, scanned.reason)
        return said

    def _decided(self, world: World, asker: _Asker, seen: Seen) -> tuple[bytes, str]:
        """What Envoy is told, and what became of the answer (``tally``)."""
        scanned = seen.scanned
        if scanned.verdict == ALLOW:
            return b"", tally.CLEAR
        if scanned.verdict == NOT_CHECKED:
            return self._unlooked(world, asker, seen), tally.NOT_CHECKED
        found = self._categories(world).closed(
            (one.category for one in scanned.findings), asker.seat, asker.held
        )
        if not found:
            return b"", tally.OPEN
        blurred = scanned.verdict == BLUR and seen.blurred
        outcome = tally.BLURRED if blurred else tally.CLOSED
        return self._close_it(world, asker, seen, found), outcome

    def _may_be_told(self, world: World, asker: _Asker) -> bool:
        """Where a request leaves no row, its answer is not counted either."""
        zone = world.kernel.rulebook.time_zone
        return not leaves_out(asker.now, asker.client, zone, self._scope, world.recording)

    def _categories(self, world: World) -> Categories:
        if world is not self._made_for:
            self._found, self._made_for = Categories(world.kernel), world
        return self._found

    def _unlooked(self, world: World, asker: _Asker, seen: Seen) -> bytes:
        """It goes by, unless the rule for its site says that it stays closed."""
        one = world.kernel.judge_one(asker.wire, asker.seat, asker.held)
        verdict = world.kernel.verdict(one.verdict)
        if verdict.rule not in self._closed:
            return b""
        notice = world.kernel.rulebook.notice
        return _said(not_looked_at(notice, verdict, asker.host, seen.scanned), verdict)

    def _close_it(self, world: World, asker: _Asker, seen: Seen, found: tuple[int, int]) -> bytes:
        number, set_id = found
        verdict = world.kernel.verdict(number)
        asker.write(self.house, asker.wire, number, set_id)
        if seen.scanned.verdict == BLUR and seen.blurred:
            kept = {"content-type": "image/jpeg", "cache-control": "no-store"}
            return words.instead(seen.blurred, kept, ("content-encoding", "last-modified"))
        if seen.kind.lower().startswith("image/"):
            return _said(picture(verdict), verdict)
        notice = world.kernel.rulebook.notice
        return _said(looked_at(notice, verdict, asker.host, seen.scanned), verdict)

    def beat(self, **more: Any) -> None:
        """Also writes down the quarter hour that is over; at the end, everything."""
        super().beat(**more)
        if more:
            self._tally.flush(time.time(), all_of_it=True)
        else:
            self.forwarder.call(self._flush(), 30)

    async def _flush(self) -> None:
        self._tally.flush(time.time())

    def facts(self) -> dict[str, Any]:
        looker = pictures.shipped()
        return {
            **super().facts(),
            "looked": dict(self.told),
            "not_checked": dict(self.reasons.most_common(20)),
            "pictures": looker.version if looker else "model absent",
        }


class _Asker(Asker):
    """Who asked for an answer, and where it is from."""

    def __init__(self, world: World, seen: Seen, now: float) -> None:
        super().__init__(world, now, seen.told.partition("|")[2])
        self.client = client_text(self._clients.tobytes())
        self.host = _host(seen.host)
        self.wire = to_wire(self.host)


def _host(authority: str) -> str:
    host = authority if authority.endswith("]") else authority.rpartition(":")[0] or authority
    try:
        return "address" if is_ip_literal(host) else normalise(host)
    except BadName:
        return "address"


def _look(seen: Seen) -> Scanned:
    """On the thread: scan, and make what stands for a picture that is blurred."""
    scanned = looking.scan(seen.body, seen.kind)
    if scanned.verdict == BLUR:
        seen.blurred = pictures.blurred(seen.body)
    return scanned


def _said(response: Response, verdict: Verdict) -> bytes:
    fields = {name.lower(): value for name, value in response.fields().items()}
    told = fields | {"x-hornbook-clause": verdict.clause}
    return words.refuse(response.status.value, told, response.body.encode())
