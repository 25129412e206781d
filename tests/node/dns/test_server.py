"""What a client of the node sees, over UDP and TCP, by either way of moving packets."""

from __future__ import annotations

import socket
import struct

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from hornbook.instance import Instance
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import ADULT, CASINO, GAMES, Internet, ask, publish, running, until


def ede(reply: dns.message.Message) -> tuple[int, str]:
    """The one extended error of a reply (RFC 8914)."""
    (option,) = [option for option in reply.options if isinstance(option, dns.edns.EDEOption)]
    return int(option.code), option.text or ""


@pytest.mark.parametrize(("kind", "address"), [("A", "192.0.2.80"), ("AAAA", "2001:db8::80")])
def test_a_blocked_name_leads_to_the_notice_page_and_says_the_clause(
    node: Server, kind: str, address: str
) -> None:
    reply = ask(node, f"www.{ADULT}", kind)
    assert [record.to_text() for record in reply.answer[0]] == [address]
    assert reply.answer[0].ttl == 60
    assert ede(reply) == (15, "PRO-1 see http://192.0.2.80:8080/")


@pytest.mark.parametrize("kind", ["HTTPS", "TXT", "MX", "SVCB"])
def test_other_types_of_a_blocked_name_have_no_data(node: Server, kind: str) -> None:
    reply = ask(node, ADULT, kind)
    assert reply.rcode() == dns.rcode.NOERROR
    assert not reply.answer
    assert reply.authority[0].rdtype == dns.rdatatype.SOA
    assert ede(reply)[0] == 15


def test_a_rule_may_say_that_a_name_does_not_exist_or_has_no_address(node: Server) -> None:
    gone = ask(node, GAMES)
    assert gone.rcode() == dns.rcode.NXDOMAIN
    assert ede(gone)[1].startswith("PRO-2 ")
    empty = ask(node, CASINO)
    assert (empty.rcode(), empty.answer) == (dns.rcode.NOERROR, [])


def test_without_edns_no_edns_comes_back(node: Server) -> None:
    reply = ask(node, ADULT, edns=-1)
    assert reply.edns == -1
    assert reply.answer[0].ttl == 60


def test_id_case_and_flags_come_back_as_they_were_sent(node: Server) -> None:
    question = dns.message.make_query("WwW.aDuLt.ExAmPlE", "A", want_dnssec=True)
    question.flags = dns.flags.Flag(dns.flags.RD | dns.flags.CD)
    packet = question.to_wire()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(packet, ("127.0.0.1", node.port))
        reply = sock.recv(4096)
    end = 12 + len("WwW.aDuLt.ExAmPlE") + 2 + 4
    assert reply[:2] == packet[:2]
    assert reply[12:end] == packet[12:end]
    read = dns.message.from_wire(reply)
    assert read.flags == dns.flags.QR | dns.flags.RA | dns.flags.RD | dns.flags.CD
    assert read.ednsflags & dns.flags.DO


def test_who_asks_decides(node: Server) -> None:
    """127.0.0.4 is a teacher, who may see games; the rest of the world counts as students."""
    assert ask(node, GAMES, source="127.0.0.1").rcode() == dns.rcode.NXDOMAIN
    assert ask(node, GAMES, source="127.0.0.4").answer[0][0].to_text() == "192.0.2.7"
    assert ede(ask(node, ADULT, source="127.0.0.4"))[1].startswith("PRO-1 ")


def test_an_allowed_name_is_asked_upstream_once_and_then_remembered(
    node: Server, internet: Internet
) -> None:
    first = ask(node, "lesson.example")
    again = ask(node, "LESSON.example", edns=-1)
    assert first.answer[0][0].to_text() == again.answer[0][0].to_text() == "192.0.2.7"
    assert len(internet.asked) == 1
    assert (node.facts()["forwarded"], node.facts()["cached"]) == (1, 1)


def test_the_canary_of_firefox_does_not_exist(node: Server, internet: Internet) -> None:
    assert ask(node, "use-application-dns.net").rcode() == dns.rcode.NXDOMAIN
    assert not internet.asked


def test_a_listed_canary_still_does_not_exist(node: Server, instance: Instance) -> None:
    """Lists of DoH names hold it; an address would tell Firefox the opposite."""
    before = node.house.world
    publish(instance.parts, adult=(ADULT, "use-application-dns.net"))
    until(lambda: node.house.world is not before)
    assert ask(node, "Use-Application-DNS.net").rcode() == dns.rcode.NXDOMAIN
    assert ask(node, ADULT).answer


def test_tcp_answers_a_pipeline_of_framed_questions(node: Server) -> None:
    names = [ADULT, "lesson.example", GAMES]
    questions = [dns.message.make_query(name, "A", use_edns=0) for name in names]
    with socket.create_connection(("127.0.0.1", node.port), timeout=5) as sock:
        framed = [struct.pack("!H", len(q.to_wire())) + q.to_wire() for q in questions]
        sock.sendall(b"".join(framed))
        file = sock.makefile("rb")
        replies = {}
        for _ in questions:
            (length,) = struct.unpack("!H", file.read(2))
            reply = dns.message.from_wire(file.read(length))
            replies[reply.id] = reply
    blocked, allowed, gone = (replies[question.id] for question in questions)
    assert ede(blocked)[1].startswith("PRO-1 ")
    assert allowed.answer[0][0].to_text() == "192.0.2.7"
    assert gone.rcode() == dns.rcode.NXDOMAIN


def test_without_parts_the_node_says_that_it_is_not_ready(instance: Instance) -> None:
    with running(instance) as server:
        reply = ask(server, "anything.example")
        assert reply.rcode() == dns.rcode.SERVFAIL
        assert ede(reply)[0] == 14
        heartbeat = instance.heartbeat("dns")
        assert heartbeat is not None
        assert heartbeat["ready"] is False
        assert "hornbook publish" in heartbeat["problem"]


def test_the_first_publication_makes_it_ready(instance: Instance) -> None:
    with running(instance) as server:
        published = publish(instance.parts)
        until(lambda: bool(server.facts()["ready"]))
        assert tuple(server.facts()["parts"].values()) == published.hashes
        assert ask(server, ADULT).answer
