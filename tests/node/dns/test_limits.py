"""Nobody can aim the server at others: limits, what still gets through, and DNS cookies."""

from __future__ import annotations

import socket

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from hornbook.instance import Instance
from hornbook.node.dns import wire
from hornbook.node.dns.cookies import Cookies, siphash
from hornbook.node.dns.limits import Limiter
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import ADULT, ask, publish, running

COOKIE = dns.edns.OptionType.COOKIE
MINE = bytes.fromhex("0123456789abcdef")


def passes(limiter: Limiter, now: float, *clients: str) -> list[bool]:
    families = [socket.AF_INET6 if ":" in client else socket.AF_INET for client in clients]
    packed = map(socket.inet_pton, families, clients)
    return [limiter.passes(client, now) for client in packed]


def test_a_network_gets_so_many_answers_a_second_and_no_more() -> None:
    limiter = Limiter(3)
    assert passes(limiter, 10.0, "192.0.2.1", "192.0.2.2", "198.51.100.1") == [True] * 3
    later = passes(limiter, 10.9, "192.0.2.3", "192.0.2.4", "198.51.100.1")
    assert later == [True, False, True]
    assert passes(limiter, 11.0, "192.0.2.3") == [True], "a new second"


def test_networks_of_ipv6_are_56_bits_long() -> None:
    limiter = Limiter(2)
    clients = "2001:db8:0:1::1", "2001:db8:0:ff::2", "2001:db8:0:100::3", "2001:db8::4"
    assert passes(limiter, 10.0, *clients) == [True, True, True, False]


def test_loopback_is_not_limited_and_zero_is_no_limit() -> None:
    assert all(passes(Limiter(1), 1.0, *["127.0.0.1"] * 9, *["::1"] * 9))
    assert all(passes(Limiter(0), 1.0, *["192.0.2.1"] * 9))


@pytest.fixture
def limited(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """A node that limits loopback as if it were the internet: one answer a second."""
    publish(instance.parts)
    monkeypatch.setattr(Limiter, "passes", lambda self, client, now: False)
    return instance


def with_cookie(cookie: bytes, name: str = ADULT) -> dns.message.Message:
    option = dns.edns.GenericOption(COOKIE, cookie)
    return dns.message.make_query(name, "A", use_edns=0, options=[option])


def send(server: Server, question: dns.message.Message, wait: float = 5.0) -> dns.message.Message:
    return dns.query.udp(question, "127.0.0.1", port=server.port, timeout=wait)


def cookie_of(reply: dns.message.Message) -> bytes:
    (found,) = [o for o in reply.options if o.otype == COOKIE]
    return found.to_wire() or b""


def test_beyond_the_limit_every_second_question_is_sent_to_tcp(limited: Instance) -> None:
    with running(limited) as server:
        answered = 0
        for _ in range(4):
            try:
                reply = send(server, dns.message.make_query(ADULT, "A"), 0.3)
            except dns.exception.Timeout:
                continue
            answered += 1
            assert reply.flags & dns.flags.TC
            assert not reply.answer
        assert answered == 2
        assert server.facts()["limited"] == 4
        whole = dns.query.tcp(dns.message.make_query(ADULT, "A"), "127.0.0.1", port=server.port)
        assert whole.answer


def test_who_brings_its_cookie_back_is_answered_all_the_same(limited: Instance) -> None:
    with running(limited) as server:
        first = send(server, with_cookie(MINE))
        assert first.flags & dns.flags.TC
        assert cookie_of(first)[:8] == MINE
        for name in (ADULT, "lesson.example", "lesson.example"):
            reply = send(server, with_cookie(cookie_of(first), name))
            assert reply.answer
            assert cookie_of(reply) == cookie_of(first)


@pytest.mark.parametrize("length", [0, 7, 9, 15, 41])
def test_a_cookie_of_a_wrong_length_is_a_format_error(node: Server, length: int) -> None:
    if length:
        assert send(node, with_cookie(b"x" * length)).rcode() == dns.rcode.FORMERR
    assert send(node, with_cookie(MINE)).answer


def test_among_other_options_a_cookie_is_found(node: Server) -> None:
    padding = dns.edns.GenericOption(dns.edns.OptionType.PADDING, b"\0" * 20)
    options: list[dns.edns.Option] = [padding, dns.edns.GenericOption(COOKIE, MINE)]
    for _ in range(3):
        question = dns.message.make_query("lesson.example", "A", use_edns=0, options=options)
        assert cookie_of(send(node, question))[:8] == MINE


def test_a_cookie_is_good_at_its_address_and_for_an_hour() -> None:
    """The test vectors of RFC 9018, Appendix A."""
    cookies = Cookies("")
    cookies._key = bytes.fromhex("e5e973e5a6b2a43f48e7dc849e37bfcf")
    mine = bytes.fromhex("2464c4abcf10c957")
    made, good = cookies.answer(mine, "198.51.100.100", 1559731985)
    assert made.hex() == "2464c4abcf10c957010000005cf79f111f8130c3eee29480"
    assert not good
    assert cookies.answer(made, "198.51.100.100", 1559731985 + 1000) == (made, True)
    renewed, good = cookies.answer(made, "198.51.100.100", 1559731985 + 2000)
    assert good
    assert renewed != made
    for client, later in (("198.51.100.101", 10), ("198.51.100.100", 3700)):
        assert cookies.answer(made, client, 1559731985 + later)[1] is False


def test_siphash_is_the_published_one() -> None:
    """The vector of the paper, Appendix A."""
    assert siphash(bytes(range(16)), bytes(range(15)))[::-1].hex() == "a129ca6149be45e5"


def test_a_reply_without_edns_gets_no_option() -> None:
    bare = wire.HEADER.pack(1, 0x8180, 1, 0, 0, 0) + b"\0\0\1\0\1"
    assert wire.with_option(bare, 10, MINE) == bare


def test_a_question_without_a_cookie_gets_none(node: Server) -> None:
    assert [o for o in ask(node, ADULT).options if o.otype == COOKIE] == []
