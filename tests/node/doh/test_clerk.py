"""Behind TLS the same is answered as on UDP and TCP: the desk and the clerk, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import product

import dns.edns
import dns.message
import pytest

from hornbook.instance import Instance
from hornbook.node.dns.desk import Desk
from hornbook.node.dns.office import Office
from hornbook.node.doh.clerk import DOH, Ask, Clerk
from hornbook.node.doh.clients import octets
from tests.node.dns.conftest import ADULT, CASINO, GAMES, Internet
from tests.node.doh.conftest import TOKEN, make_instance, publish_with_token

NAMES = (ADULT, f"a.b.{ADULT}", GAMES, CASINO, "use-application-dns.net", GAMES.upper())
CLIENTS = ("127.0.0.1", "127.0.0.4", "192.0.2.9", "2001:db8::9")


class Silent(Office):
    """All that a node has, without a door."""

    def open_doors(self) -> None: ...

    def close_doors(self) -> None: ...


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    internet = Internet()
    instance: Instance = make_instance(tmp_path_factory.mktemp("office"), internet).instance
    publish_with_token(instance)
    found = Silent(instance, "doh", "node-1-doh", ())
    found.start()
    yield found
    found.stop()
    internet.close()


def ask_clerk(office: Office, questions: list[tuple[bytes, str, bytes]]) -> list[bytes]:
    """The replies to one batch of (packet, client, token)."""
    replies: list[bytes] = [b""] * len(questions)
    clerk = Clerk(office.house, office.forwarder)

    async def turn() -> None:
        for place, (packet, client, token) in enumerate(questions):

            def done(reply: bytes, place: int = place) -> None:
                replies[place] = reply

            clerk.take(Ask(packet, octets(client.encode()), token, DOH, done))
        await asyncio.sleep(0)

    asyncio.run_coroutine_threadsafe(turn(), office.forwarder.loop).result(10)
    return replies


def test_desk_and_clerk_say_the_same(office: Office) -> None:
    asked = []
    for name, kind, edns, client in product(NAMES, ("A", "AAAA", "TXT"), (-1, 0), CLIENTS):
        packet = dns.message.make_query(name, kind, use_edns=edns, id=7).to_wire()
        asked.append((packet, client, b""))
    desk = Desk(office.house, office.house.new_counts())
    blocked = [
        (question, reply)
        for question in asked
        if isinstance(reply := desk.answer(question[0], question[1], stream=True), bytes)
    ]
    assert len(blocked) > len(asked) // 2
    assert ask_clerk(office, [question for question, _ in blocked]) == [r for _, r in blocked]


def test_a_batch_keeps_its_rows_apart(office: Office) -> None:
    packet = dns.message.make_query(GAMES, "A").to_wire()
    broken = packet[:-2]
    tokens = [TOKEN.encode(), b"unknown-0123456789", b""]
    told = ask_clerk(
        office, [(broken, "127.0.0.1", b""), *((packet, "127.0.0.1", token) for token in tokens)]
    )
    codes = [dns.message.from_wire(reply).rcode().name if reply else "" for reply in told]
    assert (codes[0], codes[2], codes[3]) == ("FORMERR", "NXDOMAIN", "NXDOMAIN")
    assert codes[1] != "NXDOMAIN"  # the teacher's question goes upstream, and there is none


def test_before_anything_is_published_it_says_so(office: Office) -> None:
    """And looks up the protected set: here there is no resolver, which is another error."""
    office.house.world = None
    codes = []
    for name in (ADULT, "988lifeline.org"):
        packet = dns.message.make_query(name, "A", use_edns=0).to_wire()
        reply = dns.message.from_wire(ask_clerk(office, [(packet, "127.0.0.1", b"")])[0])
        assert reply.rcode().name == "SERVFAIL"
        codes += [int(one.code) for one in reply.options if isinstance(one, dns.edns.EDEOption)]
    assert codes == [14, 22]
