"""What upstreams answer is checked before it is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import dns.edns
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.instance import Instance, InstanceError, Settings
from hornbook.node.dns import wire
from hornbook.node.dns.incoming import Checks, checks_of
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import ADULT, GAMES, Internet, ask, publish, rows, running

TEACHER = "127.0.0.4"
Lines = list[tuple[str, str, str]]


def says(*lines: tuple[str, str, str]) -> Callable[[dns.message.Message], list[bytes]]:
    """An upstream that answers every question with these records: (owner, type, data)."""

    def answer(question: dns.message.Message) -> list[bytes]:
        reply = dns.message.make_response(question)
        for owner, kind, data in lines:
            reply.answer.append(dns.rrset.from_text(owner, 120, "IN", kind, data))
        return [reply.to_wire()]

    return answer


def told(reply: dns.message.Message) -> list[str]:
    return [rr.to_text() for r in reply.answer for rr in r]


def error(reply: dns.message.Message) -> tuple[int, str | None]:
    return next((o.code, o.text) for o in reply.options if isinstance(o, dns.edns.EDEOption))


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("A", "10.1.2.3"),
        ("A", "127.0.0.1"),
        ("A", "172.31.0.1"),
        ("A", "169.254.169.254"),
        ("AAAA", "fd00::1"),
        ("AAAA", "fe80::1"),
        ("AAAA", "::1"),
        ("AAAA", "::ffff:192.168.1.1"),
    ],
)
def test_a_private_address_for_a_public_name_is_not_told(
    node: Server, internet: Internet, kind: str, address: str
) -> None:
    internet.answer = says(("bad.example.", kind, address))
    reply = ask(node, "bad.example", kind)
    assert (reply.rcode(), told(reply)) == (dns.rcode.NOERROR, [])
    assert error(reply) == (15, "a private address for a public name")


@pytest.mark.parametrize("name", ["printer.school.example", "nas.local", "SCHOOL.example"])
def test_the_districts_own_names_may_be_private(
    instance: Instance, internet: Internet, name: str
) -> None:
    instance.save(replace(instance.settings(), private_suffixes=("School.example",)))
    publish(instance.parts)
    internet.answer = says((f"{name}.", "A", "10.1.2.3"))
    with running(instance) as node:
        assert told(ask(node, name)) == ["10.1.2.3"]
        internet.answer = says(("preschool.example.", "A", "10.1.2.3"))
        assert told(ask(node, "preschool.example")) == []


def test_a_suffix_that_is_no_name_is_refused() -> None:
    with pytest.raises(InstanceError, match="private_suffixes"):
        checks_of(Settings(private_suffixes=("a..b",)))


def test_a_name_that_leads_to_a_blocked_one_is_blocked(
    instance: Instance, internet: Internet
) -> None:
    publish(instance.parts)
    internet.answer = says(
        ("front.example.", "CNAME", f"cdn.{GAMES}."), (f"cdn.{GAMES}.", "A", "192.0.2.7")
    )
    with running(instance) as node:
        for _ in range(2):  # from upstream, then from the cache
            reply = ask(node, "front.example")
            assert (reply.rcode(), told(reply)) == (dns.rcode.NXDOMAIN, [])
            assert error(reply)[1] == "PRO-2 see http://192.0.2.80:8080/"
        assert told(ask(node, "front.example", source=TEACHER))[1] == "192.0.2.7"
    found = [(row["name"], row["action"], row["clause"]) for row in rows(instance)]
    assert found.count(("front.example", "block", "PRO-2@3")) == 2
    assert found.count(("front.example", "allow", "")) == 3


def test_a_long_chain_is_not_followed(node: Server, internet: Internet) -> None:
    chain = [(f"n{n}.example.", "CNAME", f"n{n + 1}.example.") for n in range(20)]
    internet.answer = says(*chain)
    assert ask(node, "n0.example").rcode() == dns.rcode.SERVFAIL


def test_https_records_are_cut_and_their_targets_judged(node: Server, internet: Internet) -> None:
    internet.answer = says(
        ("a.example.", "CNAME", "b.example."),
        ("b.example.", "HTTPS", '1 c.example. alpn="h3,h2" ech="AAT+DQAA"'),
    )
    assert told(ask(node, "a.example", "HTTPS")) == ["b.example.", '1 c.example. alpn="h2"']
    internet.answer = says(("alias.example.", "HTTPS", f"0 www.{ADULT}."))
    reply = ask(node, "alias.example", "HTTPS")
    assert told(reply) == []
    assert (error(reply)[1] or "").startswith("PRO-1 ")


@given(st.binary(max_size=120), st.integers(0, 4), st.integers(0, 2))
def test_no_answer_breaks_the_reading(rest: bytes, answers: int, others: int) -> None:
    question = b"\1a\0\0\x41\0\1"
    message = wire.HEADER.pack(1, 0x8180, 1, answers, others, 0) + question + rest
    try:
        Checks().read(message, question)
    except wire.BadMessage:
        return


def test_compressed_names_are_read_to_their_end() -> None:
    header = bytes(12)
    assert wire.read_name(header + b"\3com\0\3WWW\xc0\x0c", 17) == b"\3www\3com\0"
    for bad in (b"\xc0\0", b"\xc0\x0c", b"\1a\xc0\x0e", b"\1", b"\x40", b"\1a\xc0", b""):
        with pytest.raises(wire.BadMessage):
            wire.read_name(header + bad, 12)
