"""The compiled pass says what is said one by one, writes it down, and lets nobody ask too much."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import pairwise, product

import dns.edns
import dns.message
import dns.query
import pytest

from hornbook.instance import Instance
from hornbook.kernel import compiled, seating
from hornbook.kernel.orders import GRANTED, IN_SESSION, RESTRICTED, Order, Who
from hornbook.kernel.parts import encode_part
from hornbook.kernel.rulebook import Verdict
from hornbook.kernel.seating import build_seating
from hornbook.node.dns.__main__ import prepare
from hornbook.node.dns.port import PlainPort
from hornbook.node.dns.quick import Quick
from hornbook.node.dns.server import Server
from hornbook.node.partstore import PartStore
from tests.node.dns.conftest import (
    ADULT,
    CASINO,
    GAMES,
    OLD_SEARCH,
    SEARCH,
    SEATS,
    hurry,
    publish,
    rows,
    running,
)

pytestmark = pytest.mark.skipif(not compiled.available(), reason="numba is not here")

TEACHER = "127.0.0.4"
NAMES = (
    ADULT,
    f"www.{ADULT.upper()}",
    GAMES,
    f"a.b.{CASINO}",
    SEARCH,
    f"below.{SEARCH}",
    OLD_SEARCH,
    "lesson.example",
    "lesson.example.",
    ".",
)


def told(reply: dns.message.Message) -> tuple[object, ...]:
    """Everything but the TTLs."""
    sections = [sorted(str(rrset).split(" ", 2)[2] for rrset in s) for s in reply.sections[1:]]
    return reply.rcode(), reply.flags, sections, reply.options


def all_told(server: Server, client: str) -> list[tuple[object, ...]]:
    """What one client gets for every name, kind and way of asking, each twice."""
    found = []
    ways = product(NAMES, ("A", "AAAA", "HTTPS", "TXT"), (-1, 0), (False, True))
    for name, kind, edns, dnssec in ways:
        if dnssec and edns < 0:
            continue
        asked = dns.message.make_query(name, kind, use_edns=edns, want_dnssec=dnssec)
        for _ in range(2):
            reply = dns.query.udp(asked, "127.0.0.1", port=server.port, timeout=5, source=client)
            found.append((name, kind, edns, dnssec, *told(reply)))
    return found


def with_orders(instance: Instance) -> None:
    """A teacher under an exception, a lesson and a restriction; a student under none."""
    sam = Who(persons=frozenset({"person-teacher"}))
    said = Verdict("block", "lesson", "IMP-1@1", "class session", "teacher", "nxdomain", 15)
    given = Verdict("allow", "exception", "PRO-2@3", "exception")
    orders = [
        Order(IN_SESSION, "block", said, sam, names=("lesson.example",), categories=("gambling",)),
        Order(GRANTED, "open", given, sam, names=(GAMES,), categories=("gambling",)),
        Order(RESTRICTED, "block", replace(said, rule="limit"), sam, categories=("games",)),
    ]
    store = PartStore(instance.parts)
    made = build_seating(SEATS, default_profile="student", orders=orders)
    now = store.current()
    assert now is not None
    store.publish(
        catalogue=now.catalogue,
        rulebook=now.rulebook,
        seating=store.put(encode_part(seating.KIND, *made)),
    )


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("portable", [False, True])
def test_it_says_and_writes_what_is_said_and_written_one_by_one(
    instance: Instance, portable: bool, ordered: bool
) -> None:
    publish(instance.parts)
    if ordered:
        with_orders(instance)
    answers, written = [], [0]
    for quick in (True, False):
        with running(instance, portable=portable, quick=quick) as server:
            answers.append([all_told(server, client) for client in ("127.0.0.1", TEACHER)])
            assert server.facts()["pass"] == ("compiled" if quick else "one by one")
        written.append(len(rows(instance)))
    assert answers[0] == answers[1]
    record = rows(instance)
    first, second = (record[a:b] for a, b in pairwise(written))
    assert len(first) == len(answers[0][0]) * 2
    assert sorted(map(of_row, first)) == sorted(map(of_row, second))


def of_row(row: dict[str, object]) -> tuple[str, ...]:
    said = ("name", "qtype", "action", "rule", "clause", "category", "person", "client", "slot")
    return tuple(str(row[name]) for name in said)


@contextmanager
def by_hand(instance: Instance, most: int = 0) -> Iterator[tuple[Server, Quick, PlainPort]]:
    """A compiled pass over a port whose packets are laid into it, from whatever address."""
    publish(instance.parts)
    instance.save(replace(instance.settings(), rate_limit=most))
    server = Server(instance, portable=True)
    server.look_for_parts()
    hurry(server)
    (loop,) = server._loops
    assert isinstance(loop._port, PlainPort)
    assert loop._quick is not None
    yield server, loop._quick, loop._port
    for sock in (*server._udp, *server._tcp):
        sock.close()


def lay(port: PlainPort, *clients: str, name: str = ADULT) -> int:
    packet = dns.message.make_query(name, "A").to_wire()
    for row, client in enumerate(clients):
        port.columns.put(row, packet)
        port._from[row] = (client, 5353)
    return len(clients)


def test_a_network_gets_so_many_answers_a_second_and_no_more(instance: Instance) -> None:
    asked = [*[f"192.0.2.{n}" for n in range(5)], "198.51.100.1", *["127.0.0.1"] * 9]
    with by_hand(instance, most=3) as (server, quick, port):
        world = server.house.world
        assert world is not None
        wait_for_a_new_second()
        quick.answer(lay(port, *asked), world)
        assert quick.rows(len(asked), quick.OVER).tolist() == [3, 4]
        limiter = server._loops[0]._limiter
        here, there = (socket.inet_aton(one) for one in ("192.0.2.77", "198.51.100.2"))
        assert not limiter.passes(here, time.time()), "they are counted together"
        assert limiter.passes(there, time.time())
        assert limiter.passes(here, time.time() + 1), "a new second"


def wait_for_a_new_second() -> None:
    time.sleep(1 - time.time() % 1)


def test_who_may_speak_for_others_is_read_alone(instance: Instance) -> None:
    instance.save(replace(instance.settings(), trusted_forwarders=("192.0.2.0/25",)))
    with by_hand(instance) as (server, quick, port):
        world = server.house.world
        assert world is not None
        n = lay(port, "192.0.2.1", "192.0.2.200", "203.0.113.1")
        assert quick.answer(n, world) == 1
        assert quick.rows(n, quick.ODD).tolist() == [0]


def test_rows_are_taken_when_they_are_written_for_certain(instance: Instance) -> None:
    with by_hand(instance) as (server, quick, port):
        world = server.house.world
        assert world is not None
        quick.answer(lay(port, "192.0.2.1", "192.0.2.2"), world)
        (block,) = server.journal._blocks
        assert block.take() is None, "not before the next look"
        first = block.take()
        assert first is not None
        assert first.clients.tolist() == [0xC0000201, 0xC0000202]
        assert block.take() is None
        quick.answer(lay(port, "192.0.2.3"), world)
        block.closed = True
        last = block.take()
        assert last is not None
        assert last.clients.tolist() == [0xC0000203]


def test_a_full_block_gives_way_to_a_new_one_and_nothing_is_lost(instance: Instance) -> None:
    with by_hand(instance) as (server, quick, port):
        world = server.house.world
        assert world is not None
        for _ in range(40):
            n = lay(port, *["192.0.2.1"] * 300, name="a." * 100 + ADULT)
            assert quick.answer(n, world) == 0
        blocks = server.journal._blocks
        assert len(blocks) > 1
        assert [block.closed for block in blocks] == [True] * (len(blocks) - 1) + [False]
        taken = [found for block in blocks for _ in range(2) if (found := block.take())]
        assert sum(map(len, taken)) == 40 * n
        assert all(len(one.octets) == one.length.sum() for one in taken)


@pytest.mark.parametrize("bind", ["0.0.0.0", "::"])
def test_each_answer_comes_from_where_it_was_asked(instance: Instance, bind: str) -> None:
    publish(instance.parts)
    instance.save(replace(instance.settings(), bind=bind))
    with running(instance, quick=True) as server:
        for where in ["127.0.0.7", "127.0.0.1"] + ["::1"] * (bind == "::"):
            asked = dns.message.make_query(ADULT, "A")
            assert dns.query.udp(asked, where, port=server.port, timeout=5).answer
            assert answers_to_many(where, server.port) == 40


def answers_to_many(where: str, port: int) -> int:
    """How many of 40 questions at once that are read alone, by their cookies, are answered."""
    cookie = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, bytes(8))
    with socket.socket(
        socket.AF_INET6 if ":" in where else socket.AF_INET, socket.SOCK_DGRAM
    ) as sock:
        sock.connect((where, port))  # it hears of no other address
        sock.settimeout(2)
        for _ in range(40):
            sock.send(dns.message.make_query(ADULT, "A", use_edns=0, options=[cookie]).to_wire())
        found = 0
        with suppress(TimeoutError):
            while found < 40 and sock.recv(4096):
                found += 1
    return found


def test_a_catalogue_that_cannot_be_told_in_columns_is_answered_one_by_one(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hornbook.node.dns.loop.fits", lambda catalogue: False)
    monkeypatch.setattr("hornbook.node.dns.quick.fits", lambda catalogue: False)
    publish(instance.parts)
    with running(instance, quick=True) as server:
        asked = dns.message.make_query(ADULT, "A")
        assert dns.query.udp(asked, "127.0.0.1", port=server.port, timeout=5).answer


def test_the_code_can_be_made_before_the_first_start() -> None:
    assert prepare() == 0


def test_a_pass_that_cannot_be_loaded_stops_nobody(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(instance.parts)
    monkeypatch.setattr("hornbook.node.dns.quick.Quick.warm", lambda self: 1 / 0)
    with running(instance, quick=True) as server:
        asked = dns.message.make_query(ADULT, "A")
        assert dns.query.udp(asked, "127.0.0.1", port=server.port, timeout=5).answer
        assert server.facts()["pass"] == "one by one"
