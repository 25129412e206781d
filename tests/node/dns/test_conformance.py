"""The node as the RFCs say: any good question, and cases taken as facts from their texts.

Sources: RFC 1035 4.1, RFC 2308 2, RFC 2181 9, RFC 6891 6 and 7, RFC 8482 4, RFC 8914 2 and 4,
RFC 9460 appendix D; draft-vixie-dnsop-dns-rpz-00 for what response-policy zones do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.instance import Instance, Ports, Settings
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import Internet, publish, running

LISTED = ("adult.example", "games.example", "casino.example")


@pytest.fixture(scope="module")
def world() -> Iterator[Internet]:
    found = Internet()
    yield found
    found.close()


@pytest.fixture(scope="module")
def serving(world: Internet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    instance = Instance(tmp_path_factory.mktemp("node"))
    ports = Ports(dns=0, notice=8080)
    instance.save(
        Settings(
            ports=ports,
            upstreams=(world.address,),
            notice_v4="192.0.2.80",
            notice_v6="",
            quic_closed=False,
        )
    )
    publish(instance.parts)
    with running(instance) as server:
        yield server


def over_udp(server: Server, question: dns.message.Message) -> dns.message.Message:
    return dns.query.udp(question, "127.0.0.1", port=server.port, timeout=10)


def over_tcp(server: Server, question: dns.message.Message) -> dns.message.Message:
    return dns.query.tcp(question, "127.0.0.1", port=server.port, timeout=10)


# --- any good question ---------------------------------------------------------------------------

_labels = st.lists(st.binary(min_size=1, max_size=30), min_size=0, max_size=4)
_names = st.builds(
    lambda labels, end: dns.name.Name([*labels, *end.to_text().encode().split(b".")]),
    _labels,
    st.sampled_from([dns.name.from_text(name) for name in (*LISTED, "lesson.example", "org")]),
)
_options = st.lists(
    st.builds(
        dns.edns.GenericOption,
        st.sampled_from([3, 8, 10, 11, 12, 65001, 65500]),
        st.binary(max_size=40),
    ),
    max_size=3,
)
_questions = st.builds(
    dns.message.make_query,
    _names,
    st.sampled_from(["A", "AAAA", "TXT", "MX", "NS", "SOA", "DS", "CAA", "PTR", "TYPE65400"]),
    use_edns=st.just(0),
    want_dnssec=st.booleans(),
    payload=st.sampled_from([0, 512, 1232, 4096, 65535]),
    options=_options,
) | st.builds(dns.message.make_query, _names, st.sampled_from(["A", "AAAA", "TXT"]))


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(question=_questions, flags=st.sampled_from([0, dns.flags.RD, dns.flags.RD | dns.flags.CD]))
def test_every_good_question_gets_an_answer_by_the_rules(
    serving: Server, question: dns.message.Message, flags: int
) -> None:
    question.flags = dns.flags.Flag(flags)
    replies = [over_udp(serving, question), over_tcp(serving, question)]
    for reply in replies:
        assert reply.id == question.id
        assert reply.question == question.question
        assert reply.flags & dns.flags.QR
        assert reply.flags & dns.flags.RA
        assert not reply.flags & dns.flags.AA
        assert (reply.flags ^ flags) & (dns.flags.RD | dns.flags.CD) == 0
        assert (reply.edns >= 0) == (question.edns >= 0)  # RFC 6891 6.1.1 and 7
        assert reply.ednsflags & dns.flags.DO == question.ednsflags & dns.flags.DO
    largest = max(512, min(question.payload, 1232)) if question.edns >= 0 else 512
    assert len(replies[0].to_wire()) <= largest
    assert not replies[1].flags & dns.flags.TC
    if not replies[0].flags & dns.flags.TC:
        assert replies[0].rcode() == replies[1].rcode()


# --- what a policy zone does, case by case -------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A question, and what is seen: response code, first datum, extended error."""

    name: str
    kind: str
    rcode: str
    datum: str = ""
    ede: int | None = None


NOTICE, OPEN = "192.0.2.80", "192.0.2.7"
POLICY = [
    Case("adult.example", "A", "NOERROR", NOTICE, 15),  # QNAME trigger, local data
    Case("www.adult.example", "A", "NOERROR", NOTICE, 15),  # as *.adult.example would
    Case("a.b.c.d.adult.example", "A", "NOERROR", NOTICE, 15),  # wildcards span labels
    Case("ADULT.eXample", "A", "NOERROR", NOTICE, 15),  # RFC 4343
    Case("notadult.example", "A", "NOERROR", OPEN),  # labels, not letters
    Case("adult.example.org", "A", "NOERROR", OPEN),  # the suffix, not the prefix
    Case("example", "A", "NOERROR", OPEN),  # a parent is not its child
    Case("adult.example", "AAAA", "NOERROR", "", 15),  # no address of that family: NODATA
    Case("adult.example", "HTTPS", "NOERROR", "", 15),  # no other type leads around it
    Case("adult.example", "DS", "NOERROR", "", 15),
    Case("games.example", "A", "NXDOMAIN", "", 15),  # CNAME . in a policy zone
    Case("deep.games.example", "TXT", "NXDOMAIN", "", 15),
    Case("casino.example", "A", "NOERROR", "", 15),  # CNAME *. in a policy zone
    Case("adult.example", "ANY", "REFUSED"),  # RFC 8482 4.1 lets a server refuse
    Case("adult.example", "AXFR", "REFUSED"),
]


@pytest.mark.parametrize("case", POLICY, ids=lambda case: f"{case.name} {case.kind}")
@pytest.mark.parametrize("way", [over_udp, over_tcp])
def test_a_policy_case(serving: Server, case: Case, way: object) -> None:
    ask = over_tcp if way is over_tcp and case.kind != "AXFR" else over_udp
    reply = ask(serving, dns.message.make_query(case.name, case.kind, use_edns=0))
    data = [record.to_text() for rrset in reply.answer for record in rrset]
    errors = [int(o.code) for o in reply.options if isinstance(o, dns.edns.EDEOption)]
    assert dns.rcode.to_text(reply.rcode()) == case.rcode
    assert data[:1] == ([case.datum] if case.datum else [])
    assert errors == ([case.ede] if case.ede is not None else [])
    if case.ede is not None and not data:  # RFC 2308 2.1 and 2.2: a SOA says for how long
        assert [rrset.rdtype for rrset in reply.authority] == [dns.rdatatype.SOA]


def test_an_extended_error_is_text_without_a_nul_and_only_for_who_speaks_edns(
    serving: Server,
) -> None:
    """RFC 8914 2: EXTRA-TEXT is UTF-8 and must not be null-terminated."""
    reply = over_udp(serving, dns.message.make_query("adult.example", "A", use_edns=0))
    (error,) = [o for o in reply.options if isinstance(o, dns.edns.EDEOption)]
    assert error.text
    assert "\0" not in error.text
    bare = over_udp(serving, dns.message.make_query("adult.example", "A"))
    assert bare.edns == -1


# --- service bindings ----------------------------------------------------------------------------

VECTORS = {  # RFC 9460 appendix D.1 and D.2
    "figure 2, alias": "0 foo.example.com.",
    "figure 3, the owner itself": "1 .",
    "figure 4, a port": "16 foo.example.com. port=53",
    "figure 5, an unknown key": "1 foo.example.com. key667=hello",
    "figure 6, an escaped value": '1 foo.example.com. key667="hello\\210qoo"',
    "figure 7, two hints": '1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
    "figure 8, an embedded hint": '1 example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
    "figure 9, mandatory keys": (
        '16 foo.example.org. alpn="h2,h3-19" mandatory="ipv4hint,alpn" ipv4hint=192.0.2.1'
    ),
    "figure 10, escapes in alpn": r"16 foo.example.org. alpn=f\\\092oo\092,bar,h2",
}


@pytest.mark.parametrize("kind", ["HTTPS", "SVCB"])
@pytest.mark.parametrize("vector", VECTORS)
def test_a_service_binding_of_the_rfc_comes_through(
    serving: Server, world: Internet, vector: str, kind: str
) -> None:
    name = f"v{list(VECTORS).index(vector)}.{kind.lower()}.binding.test"
    sent = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(kind), VECTORS[vector])
    whole = sent.to_text() + ("" if sent.to_text().startswith("0 ") else ' ech="AATerb7v"')
    with_ech = dns.rdata.from_text(sent.rdclass, sent.rdtype, whole)

    def bound(question: dns.message.Message) -> list[bytes]:
        reply = dns.message.make_response(question)
        reply.answer.append(dns.rrset.from_rdata(question.question[0].name, 60, with_ech))
        return [reply.to_wire()]

    usual, world.answer = world.answer, bound
    try:
        reply = over_udp(serving, dns.message.make_query(name, kind, use_edns=0))
    finally:
        world.answer = usual
    assert [record.to_wire() for record in reply.answer[0]] == [sent.to_wire()]
