"""Search engines are answered as their safe address, for students and for that host alone."""

from __future__ import annotations

import socket
import tomllib
from pathlib import Path

import dns.edns
import dns.message
import dns.query
import dns.rcode
import pytest

from hornbook.instance import Instance
from hornbook.node.dns.server import Server
from tests.node.dns import conftest
from tests.node.dns.conftest import (
    OLD_SEARCH,
    SEARCH,
    Internet,
    ask,
    good_answer,
    publish,
    rows,
    running,
)

TEACHER = "127.0.0.4"
SAFESEARCH = (
    Path(__file__).resolve().parents[3] / "src/hornbook/district/filtering/data/safesearch.toml"
)


def told(reply: dns.message.Message) -> list[str]:
    return [f"{r.name} {rr.to_text()}" for r in reply.answer for rr in r]


def errors(reply: dns.message.Message) -> list[tuple[int, str | None]]:
    return [(o.code, o.text) for o in reply.options if isinstance(o, dns.edns.EDEOption)]


@pytest.mark.parametrize(("kind", "address"), [("A", "192.0.2.7"), ("AAAA", "2001:db8::7")])
def test_a_student_is_sent_to_the_safe_host(
    node: Server, internet: Internet, kind: str, address: str
) -> None:
    for _ in range(2):  # from upstream, then from the cache
        reply = ask(node, "WWW.search.example", kind)
        assert told(reply) == [
            "WWW.search.example. safe.search.example.",
            f"safe.search.example. {address}",
        ]
        assert reply.answer[0].ttl <= 60
        assert errors(reply) == [(4, "PRO-1 see http://192.0.2.80:8080/")]
    assert [str(q.question[0].name) for q in internet.asked] == ["safe.search.example."]


def test_without_edns_nothing_is_said_but_the_answer(node: Server) -> None:
    reply = ask(node, SEARCH, edns=-1)
    assert len(told(reply)) == 2
    assert reply.edns == -1


def test_over_tcp_it_is_the_same(node: Server) -> None:
    reply = dns.query.tcp(dns.message.make_query(SEARCH, "A"), "127.0.0.1", port=node.port)
    assert told(reply)[0] == f"{SEARCH}. safe.search.example."


def test_a_teacher_and_names_below_are_left_alone(node: Server, internet: Internet) -> None:
    assert told(ask(node, SEARCH, source=TEACHER)) == [f"{SEARCH}. 192.0.2.7"]
    assert told(ask(node, f"x.{SEARCH}")) == [f"x.{SEARCH}. 192.0.2.7"]
    assert told(ask(node, f"maps.{OLD_SEARCH}")) == [f"maps.{OLD_SEARCH}. 192.0.2.7"]


@pytest.mark.parametrize("kind", ["HTTPS", "SVCB", "TXT", "CNAME"])
def test_no_other_type_leads_around_it(node: Server, internet: Internet, kind: str) -> None:
    reply = ask(node, SEARCH, kind)
    assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])
    assert reply.authority[0].rdtype.name == "SOA"
    assert errors(reply)[0][0] == 4
    assert not internet.asked


def test_an_address_is_told_without_asking_anybody(node: Server, internet: Internet) -> None:
    assert told(ask(node, OLD_SEARCH)) == [f"{OLD_SEARCH}. 192.0.2.99"]
    assert ask(node, OLD_SEARCH, "AAAA").answer == []
    assert not internet.asked


def test_an_upstream_that_is_dead_is_said(node: Server, internet: Internet) -> None:
    node.forwarder.timeout = 0.2
    internet.answer = lambda question: []
    reply = ask(node, SEARCH)
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert errors(reply)[0][0] == 22


def test_many_addresses_are_cut_to_fit(node: Server, internet: Internet) -> None:
    def many(question: dns.message.Message) -> list[bytes]:
        reply = dns.message.from_wire(good_answer(question))
        for number in range(40):
            reply.answer[0].add(dns.rdata.from_text("IN", "A", f"192.0.2.{number}"))
        return [reply.to_wire()]

    internet.answer = many
    reply = ask(node, SEARCH, edns=-1)
    assert len(reply.to_wire()) <= 512
    assert len(told(reply)) == 9


def test_it_is_recorded_as_what_it_is(instance: Instance) -> None:
    publish(instance.parts)
    with running(instance) as node:
        ask(node, SEARCH)
        ask(node, f"x.{SEARCH}")
    assert {(row["name"], row["action"], row["clause"]) for row in rows(instance)} == {
        (SEARCH, "rewrite", "PRO-1@1"),
        (f"x.{SEARCH}", "allow", ""),
    }


def test_every_known_search_engine_is_answered_safely_and_recorded(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All hosts of the shipped table, asked as batches, twice: anew, and as laid out."""
    table = tomllib.loads(SAFESEARCH.read_text())["safesearch"]
    safe = {host: target for target, hosts in table.items() for host in hosts}
    monkeypatch.setattr(conftest, "SAFE", safe)
    publish(instance.parts)
    with running(instance) as node, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", node.port))
        sock.settimeout(10)
        for _ in range(2):
            for number, host in enumerate(safe):
                sock.send(dns.message.make_query(host, "A", id=number).to_wire())
            replies = [dns.message.from_wire(sock.recv(4096)) for _ in safe]
            for reply in replies:
                host = str(reply.question[0].name).removesuffix(".")
                first = reply.answer[0][0].to_text().removesuffix(".")
                assert first == safe[host]
    found = rows(instance)
    assert {row["name"] for row in found if row["action"] == "rewrite"} == set(safe)
    assert len(found) == 2 * len(safe) == 508
