"""Devices that ask whether they may go around the filter are told no, and nobody else is asked."""

from __future__ import annotations

import dns.flags
import dns.rcode
import pytest

from hornbook.instance import Instance
from hornbook.node.dns.discovery import CANARIES, answer_to
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import ADULT, Internet, ask, publish, running

APPLE = ["mask.icloud.com", "mask-h2.icloud.com", "mask-canary.icloud.com", "MASK-API.icloud.com"]


@pytest.mark.parametrize("name", ["use-application-dns.net", *APPLE])
@pytest.mark.parametrize("kind", ["A", "AAAA", "HTTPS"])
def test_canaries_do_not_exist(node: Server, internet: Internet, name: str, kind: str) -> None:
    reply = ask(node, name, kind)
    assert (reply.rcode(), reply.answer) == (dns.rcode.NXDOMAIN, [])
    assert reply.options[0].code == 15
    assert not internet.asked


@pytest.mark.parametrize("name", ["_dns.resolver.arpa", "resolver.arpa", "_DNS.Resolver.ARPA"])
def test_no_other_resolver_is_designated(node: Server, internet: Internet, name: str) -> None:
    reply = ask(node, name, "SVCB")
    assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])
    assert reply.authority[0].rdtype.name == "SOA"
    assert not internet.asked


def test_the_resolver_tells_which_errors_it_gives(node: Server, internet: Internet) -> None:
    for edns in (0, -1):
        reply = ask(node, "Resolver.arpa", "TYPE261", edns=edns)
        ((record,),) = reply.answer
        assert record.to_wire() == b"\x13exterr=3-4,14-17,22"
        assert reply.flags & dns.flags.AA, "it speaks for itself"
        assert len(reply.question) == 1
    assert not ask(node, "x.resolver.arpa", "TYPE261").answer
    assert not internet.asked


def test_a_listed_canary_does_not_exist_either(instance: Instance) -> None:
    publish(instance.parts, adult=(ADULT, "mask.icloud.com"))
    with running(instance) as node:
        assert ask(node, "mask.icloud.com").rcode() == dns.rcode.NXDOMAIN


def test_other_names_are_left_alone() -> None:
    assert answer_to(b"\x09xresolver\x04arpa\0") is None
    assert answer_to(b"\x0ex\x08resolver\x04arpa\0") is None  # one label that looks like three
    assert all(answer_to(name) == 0 for name in CANARIES)


def test_the_resolver_answers_itself_for_the_check_of_coverage(
    node: Server, internet: Internet
) -> None:
    reply = ask(node, "dns.hornbook.internal")
    (record,) = reply.answer[0]
    assert (record.to_text(), reply.answer[0].ttl) == ("192.0.2.80", 10)
    assert reply.options[0].code == 4  # forged, and said so
    assert ask(node, "Check.Hornbook.Internal").answer
    for name in ("proxy.hornbook.internal", "inside.hornbook.internal", "hornbook.internal"):
        assert ask(node, name).rcode() == dns.rcode.NXDOMAIN
    assert not internet.asked
