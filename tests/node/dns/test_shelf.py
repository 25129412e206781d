"""Batches of open questions: what the shelf says is what the desk would say, no more, no longer."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from hornbook.instance import Instance
from hornbook.node.dns import cache
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import (
    ADULT,
    GAMES,
    OLD_SEARCH,
    SEARCH,
    Internet,
    good_answer,
    hurry,
    publish,
    rows,
    until,
)

TEACHER = "127.0.0.4"


class Batches:
    """A node whose loop is turned by hand, so that a batch is what a test sends."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.loop = server._loops[0]
        server.look_for_parts()
        server.forwarder.start()

    def ask(
        self, *questions: dns.message.Message, source: str = "127.0.0.1"
    ) -> list[dns.message.Message]:
        """Send all at once, and once more each until it is answered; the answers in order."""
        found: dict[int, dns.message.Message] = {}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((source, 0))
            sock.settimeout(5)
            for number, question in enumerate(questions):
                question.id = number
                sock.sendto(question.to_wire(), ("127.0.0.1", self.server.port))
            assert self.loop._port.receive() == len(questions)
            self.loop.serve(len(questions))
            while len(found) < len(questions):
                reply = dns.message.from_wire(sock.recv(4096))
                found[reply.id] = reply
        return [found[number] for number in range(len(questions))]

    @property
    def cached(self) -> int:
        return self.loop._counts.cached


@pytest.fixture
def batches(instance: Instance) -> Iterator[Batches]:
    publish(instance.parts)
    server = Server(instance)
    hurry(server)
    yield Batches(server)
    server.forwarder.stop()
    for sock in (*server._udp, *server._tcp):
        sock.close()


def query(name: str, kind: str = "A", *, edns: int = 0, flags: int = 0) -> dns.message.Message:
    found = dns.message.make_query(name, kind, use_edns=edns, want_dnssec=bool(flags & 0x8000))
    found.flags |= flags & (dns.flags.AD | dns.flags.CD)
    return found


def told(reply: dns.message.Message) -> str:
    """Everything but the id and the TTLs."""
    reply.id = 0
    for rrset in (rrset for section in reply.sections for rrset in section):
        rrset.ttl = 0
    return reply.to_text()


def test_a_batch_says_the_same_the_second_time(batches: Batches, internet: Internet) -> None:
    def ask() -> list[dns.message.Message]:
        return batches.ask(
            query("lesson.example"),
            query("LESSON.example", edns=-1),
            query("lesson.example", flags=0x8000),
            query("lesson.example", "AAAA"),
            query("lesson.example", "TXT", flags=dns.flags.CD),
            query(SEARCH),
            query(SEARCH, "HTTPS"),
            query(OLD_SEARCH),
            query(ADULT),
            query(GAMES),
        )

    first = ask()
    asked = len(internet.asked)
    ask()  # now everything is laid out
    before = batches.cached
    again = ask()
    assert [told(reply) for reply in again] == [told(reply) for reply in first]
    assert batches.cached - before == 8
    assert len(internet.asked) == asked
    assert again[0].answer[0][0].to_text() == "192.0.2.7"
    assert again[5].answer[0][0].to_text() == "safe.search.example."


def test_profiles_have_answers_of_their_own(batches: Batches) -> None:
    for _ in range(3):
        (safe,) = batches.ask(query(SEARCH))
        (plain,) = batches.ask(query(SEARCH), source=TEACHER)
        assert safe.answer[0][0].to_text() == "safe.search.example."
        assert plain.answer[0][0].to_text() == "192.0.2.7"


def test_ttls_are_counted_down_and_end(batches: Batches, internet: Internet) -> None:
    internet.answer = lambda question: [good_answer(question, ttl=2)]
    for _ in range(2):
        (reply,) = batches.ask(query("short.example"))
        assert reply.answer[0].ttl in (1, 2)
    time.sleep(1.1)
    (later,) = batches.ask(query("short.example"))
    assert later.answer[0].ttl in (0, 1)
    time.sleep(1.1)
    internet.answer = lambda question: [good_answer(question, ttl=100)]
    (new,) = batches.ask(query("short.example"))
    assert new.answer[0].ttl == 100
    assert len(internet.asked) == 2


def test_no_answer_is_kept_longer_than_the_lesson(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        batches.ask(query("lesson.example"))
    world = batches.server.house.world
    assert world is not None
    moment = world.moment(time.time())
    object.__setattr__(moment, "edge", 7)
    object.__setattr__(moment, "until", time.time() + 1.4)
    (reply,) = batches.ask(query("lesson.example"))
    assert reply.answer[0].ttl == 7


def test_new_rules_are_felt_at_once(batches: Batches, instance: Instance) -> None:
    for _ in range(2):
        assert batches.ask(query("lesson.example"))[0].answer[0][0].to_text() == "192.0.2.7"
    publish(instance.parts, adult=(ADULT, "lesson.example"))
    batches.server.look_for_parts()
    assert batches.ask(query("lesson.example"))[0].answer[0][0].to_text() == "192.0.2.80"
    publish(instance.parts)
    batches.server.look_for_parts()
    assert batches.ask(query("lesson.example"))[0].answer[0][0].to_text() == "192.0.2.7"


def test_another_time_slot_empties_the_shelf(batches: Batches) -> None:
    world = batches.server.house.world
    assert world is not None
    for _ in range(2):
        batches.ask(query("lesson.example"))
    shelf = batches.loop._shelf
    assert len(shelf) == 1
    shelf.hold_for(world, 0)
    assert len(shelf) == 1
    shelf.hold_for(world, 1)
    assert len(shelf) == 0


def test_an_answer_that_is_too_large_for_one_client_is_truncated_for_it(
    batches: Batches, internet: Internet
) -> None:
    def many(question: dns.message.Message) -> list[bytes]:
        reply = dns.message.make_response(question)
        addresses = [f"192.0.2.{n}" for n in range(31)]
        asked = question.question[0]
        reply.answer.append(dns.rrset.from_text(asked.name, 100, "IN", "A", *addresses))
        return [reply.to_wire()]

    internet.answer = many
    for _ in range(3):
        large, small, tiny = batches.ask(
            query("many.example"),
            query("many.example", edns=-1),
            dns.message.make_query("many.example", "A", use_edns=0, payload=300),
        )
        assert len(large.answer[0]) == 31
        for reply in (small, tiny):
            assert reply.flags & dns.flags.TC
            assert not reply.answer


@pytest.mark.parametrize(
    ("flags", "seen"), [(0, False), (dns.flags.AD, True), (0x8000, True), (dns.flags.CD, False)]
)
def test_the_upstreams_ad_is_passed_to_whoever_understands_it(
    batches: Batches, internet: Internet, flags: int, seen: bool
) -> None:
    """RFC 6840 5.8; and every question upstream asks for it (5.7)."""

    def signed(question: dns.message.Message) -> list[bytes]:
        reply = dns.message.from_wire(good_answer(question))
        reply.flags |= dns.flags.AD
        return [reply.to_wire()]

    internet.answer = signed
    for _ in range(3):
        (reply,) = batches.ask(query("signed.example", flags=flags))
        assert bool(reply.flags & dns.flags.AD) == seen
    assert all(question.flags & dns.flags.AD for question in internet.asked)


def test_an_answer_that_is_still_asked_for_is_fetched_before_it_ends(
    batches: Batches, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "RENEWABLE", 1)
    internet.answer = lambda question: [good_answer(question, ttl=2)]
    for _ in range(2):
        batches.ask(query("liked.example"))
    assert len(internet.asked) == 1
    time.sleep(1.85)
    internet.answer = lambda question: [good_answer(question, ttl=50)]
    batches.ask(query("liked.example"))
    until(lambda: len(internet.asked) == 2)
    time.sleep(0.3)
    (reply,) = batches.ask(query("liked.example"))
    assert reply.answer[0].ttl in (49, 50)
    assert len(internet.asked) == 2


def test_a_full_shelf_goes_on(batches: Batches) -> None:
    names = [f"n{n}.many.example" for n in range(60)]
    batches.loop._shelf = type(batches.loop._shelf)(batches.server.house.cache, places=16)
    hurry(batches.server)
    for _ in range(3):
        replies = batches.ask(*(query(name) for name in names))
        assert [str(r.question[0].name)[:-1] for r in replies] == names
        assert all(r.answer[0][0].to_text() == "192.0.2.7" for r in replies)
    assert len(batches.loop._shelf) == 16


def test_all_of_a_batch_is_written_where_one_leads_to_a_blocked_name(
    batches: Batches, instance: Instance, internet: Internet
) -> None:
    def answer(question: dns.message.Message) -> list[bytes]:
        if "leads" not in str(question.question[0].name):
            return [good_answer(question)]
        reply = dns.message.make_response(question)
        reply.answer.append(
            dns.rrset.from_text(question.question[0].name, 60, "IN", "CNAME", f"{ADULT}.")
        )
        return [reply.to_wire()]

    internet.answer = answer
    names = ["lesson.example", "leads.example", ADULT, "other.example"]
    for _ in range(2):
        found = batches.ask(*map(query, names))
        assert [bool(reply.options) for reply in found] == [False, True, True, False]
    batches.server.journal.stop()
    written = Counter((row["name"], row["action"]) for row in rows(instance))
    assert written == {
        ("lesson.example", "allow"): 2,
        ("leads.example", "allow"): 2,
        ("leads.example", "block"): 2,
        (ADULT, "block"): 2,
        ("other.example", "allow"): 2,
    }
    assert batches.server.journal.lost == 0
