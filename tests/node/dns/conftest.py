"""A real node on free ports, real parts, and a small resolver that plays the internet."""

from __future__ import annotations

import fcntl
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import dns.rcode
import dns.rrset
import numpy as np
import pyarrow.parquet as pq
import pytest

from hornbook.instance import Instance, Ports, Settings
from hornbook.kernel import catalogue, compiled, rulebook, seating
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Verdict, build_rulebook
from hornbook.kernel.seating import build_seating
from hornbook.node.dns.server import Server
from hornbook.node.partstore import Current, PartStore

ADULT = "adult.example"
GAMES = "games.example"
CASINO = "casino.example"
VERDICTS = (
    Verdict(action="allow"),
    Verdict("block", "no-adult", "PRO-1@1", "cipa", "board", "notice", 15, category="adult"),
    Verdict(
        "block", "no-games", "PRO-2@3", "district", "teacher", "nxdomain", 15, category="games"
    ),
    Verdict(
        "block", "no-bets", "PRO-3@1", "district", "teacher", "nodata", 15, category="gambling"
    ),
    Verdict("rewrite", "safe", "PRO-1@1", "local", "", "rewrite", 4, target="safesearch"),
)
SEARCH, OLD_SEARCH = "www.search.example", "search.example"
SAFE = {SEARCH: "safe.search.example", OLD_SEARCH: "192.0.2.99"}
SEATS = (
    ("127.0.0.1/32", "person-student", "student", "north"),
    ("127.0.0.4/32", "person-teacher", "teacher", "north"),
)


def publish(
    folder: Path,
    *,
    adult: tuple[str, ...] = (ADULT,),
    slots: int = 1,
    recording: dict[str, Any] | None = None,
) -> Current:
    """Put small real parts in force: students may see none of it, teachers may play games.

    Students search safely. ``recording`` is what the console lets be recorded.
    """
    store = PartStore(folder)
    sources = [
        SourceNames.of("list-adult", "adult", "topic", adult),
        SourceNames.of("list-games", "games", "topic", [GAMES]),
        SourceNames.of("list-casino", "gambling", "topic", [CASINO]),
        SourceNames.of("built-in/safesearch", "safesearch", "rewrite", sorted(SAFE)),
    ]
    names = store.put(encode_part(catalogue.KIND, *build_catalogue(sources, seed=7)))
    found = catalogue.Catalogue(open_part(store.path(names), catalogue.KIND))
    by_category = {"adult": 1, "games": 2, "gambling": 3, "safesearch": 4}
    matrix = np.zeros((slots, 2, found.set_count), np.uint16)
    for set_id in range(1, found.set_count):
        matrix[:, 0, set_id] = by_category[found.categories(set_id)[0]]
    matrix[:, 1] = np.where(np.isin(matrix[:, 0], (2, 4)), 0, matrix[:, 0])
    meta, arrays = build_rulebook(
        profiles=["student", "teacher"],
        verdicts=VERDICTS,
        matrix=matrix,
        week=np.arange(MINUTES_A_WEEK).astype(np.uint8) % slots,
        time_zone="America/Chicago",
        notice={},
        catalogue_hash=names,
        rewrites={"safesearch": SAFE},
        beneath={4: 0},
    )
    rules = store.put(encode_part(rulebook.KIND, meta, arrays))
    seats = store.put(seats_part(recording))
    return store.publish(catalogue=names, rulebook=rules, seating=seats)


def seats_part(recording: dict[str, Any] | None = None) -> bytes:
    """The octets of a seating of ``SEATS``."""
    told = build_seating(SEATS, default_profile="student", recording=recording)
    return encode_part(seating.KIND, *told)


class Internet:
    """A resolver on loopback that knows every name; ``answer`` may be replaced by a test.

    ``answer`` takes the question and returns the datagrams that are sent back, in order.
    """

    def __init__(self) -> None:
        self.listener, self.sock = _sockets_on_one_port()
        self.sock.settimeout(0.1)
        self.address = f"127.0.0.1:{self.sock.getsockname()[1]}"
        self.asked: list[dns.message.Message] = []
        self.ports: list[int] = []
        self.answer: Callable[[dns.message.Message], list[bytes]] = lambda q: [good_answer(q)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                packet, sender = self.sock.recvfrom(4096)
            except TimeoutError:
                continue
            question = dns.message.from_wire(packet)
            self.asked.append(question)
            self.ports.append(sender[1])
            for reply in self.answer(question):
                self.sock.sendto(reply, sender)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.sock.close()
        self.listener.close()


def _sockets_on_one_port() -> tuple[socket.socket, socket.socket]:
    """For TCP and UDP; a port that is free for the one may be taken for the other."""
    for _ in range(20):
        listener = socket.create_server(("127.0.0.1", 0))
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.bind(listener.getsockname())
        except OSError:
            listener.close()
            sock.close()
            continue
        return listener, sock
    raise AssertionError("no port is free for TCP and UDP")


def good_answer(question: dns.message.Message, ttl: int = 120) -> bytes:
    """A reply with one address (or one text), as a resolver gives it."""
    reply = dns.message.make_response(question)
    asked = question.question[0]
    data = {"A": "192.0.2.7", "AAAA": "2001:db8::7"}.get(asked.rdtype.name, '"hello"')
    kind = asked.rdtype.name if asked.rdtype.name in ("A", "AAAA") else "TXT"
    reply.answer.append(dns.rrset.from_text(asked.name, ttl, "IN", kind, data))
    return reply.to_wire()


@pytest.fixture
def internet() -> Iterator[Internet]:
    found = Internet()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def swift_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port looks up often, so that a node ends at once."""
    monkeypatch.setattr("hornbook.node.dns.port.WAIT", 0.02)


@pytest.fixture
def instance(tmp_path: Path, internet: Internet) -> Instance:
    """A data folder without parts, on a free port."""
    found = Instance(tmp_path)
    found.save(
        Settings(
            ports=Ports(dns=0, notice=8080),
            upstreams=(internet.address,),
            notice_v4="192.0.2.80",
            notice_v6="2001:db8::80",
        )
    )
    return found


@pytest.fixture(params=["compiled", "portable"])
def node(request: pytest.FixtureRequest, instance: Instance) -> Iterator[Server]:
    """A node that answers, with the parts of ``publish``, in the quickest way and the slowest."""
    publish(instance.parts)
    is_quick = request.param == "compiled"
    if is_quick and not compiled.available():
        pytest.skip("numba is not here")
    with running(instance, portable=not is_quick, quick=is_quick) as server:
        yield server


def hurry(server: Server) -> None:
    """Load the compiled pass. Who comes first makes it, and the other test processes wait."""
    with (Path(tempfile.gettempdir()) / "hornbook-tests-compile.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server.hurry()


@contextmanager
def running(instance: Instance, *, portable: bool = False, quick: bool = False) -> Iterator[Server]:
    """A node in this process, stopped at the end."""
    server = Server(instance, portable=portable)
    if quick:
        hurry(server)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def ask(
    node: Server, name: str, kind: str = "A", *, source: str = "127.0.0.1", edns: int = 0
) -> dns.message.Message:
    """One question over UDP, with EDNS unless ``edns`` is -1."""
    question = dns.message.make_query(name, kind, use_edns=edns)
    return dns.query.udp(question, "127.0.0.1", port=node.port, timeout=5, source=source)


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until something holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


def rows(instance: Instance) -> list[dict[str, object]]:
    """All sealed rows, in the order of their segments."""
    files = sorted(instance.record.glob("*/day=*/*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]
