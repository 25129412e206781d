"""DNS and a rule that warns: the name opens and its row says so; the warning itself is the proxy's.

A name alone cannot show a page inside HTTPS (decision 180), so DNS says the same whether the
device has the proxy or not, and whether the rule asks for a reason or only notes.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from hornbook.kernel.names import to_wire
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import Internet, ask, good_answer, rows, running, until
from tests.node.dns.test_faults import ede
from tests.node.proxy.conftest import ADULT, HELP, OPEN, SHOP, publish

PUPIL, STRANGER = "127.0.0.1", "127.0.0.9"
ADDRESS = "192.0.2.7"


@pytest.fixture(params=["recvmmsg", "portable"])
def warning(request: pytest.FixtureRequest, instance: Instance) -> Iterator[Server]:
    """A node whose rules warn of ``SHOP``."""
    publish(instance.parts)
    with running(instance, portable=request.param == "portable") as server:
        yield server


def of_shop(instance: Instance) -> list[dict[str, object]]:
    return [row for row in rows(instance) if str(row["name"]).endswith(SHOP)]


def test_the_name_opens_and_its_row_says_warn(warning: Server, instance: Instance) -> None:
    """For one who is known and one who is not, first and from the cache, the name and below."""
    for name in (SHOP, SHOP.upper(), f"pictures.{SHOP}"):
        for source in (PUPIL, STRANGER, PUPIL):
            reply = ask(warning, name, source=source)
            assert reply.answer[0][0].to_text() == ADDRESS
            assert ede(reply) is None  # nothing is blocked, so no error is told
    assert ask(warning, SHOP, "AAAA").answer[0][0].to_text() == "2001:db8::7"
    until(lambda: len(of_shop(instance)) == 10)
    told = {(row["action"], row["rule"], row["clause"], row["note"]) for row in of_shop(instance)}
    assert told == {("warn", "ask-why", "PRO-4@1", "")}
    assert {row["person"] for row in of_shop(instance)} == {"person-student", ""}


def test_in_a_crowd_and_by_tcp_it_is_the_same(warning: Server, instance: Instance) -> None:
    ask(warning, SHOP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", warning.port))
        sock.settimeout(5)
        for number in range(64):
            name = (SHOP, ADULT)[number % 2]
            sock.send(dns.message.make_query(name, "A", id=number, use_edns=0).to_wire())
        got = {}
        for _ in range(64):
            reply = dns.message.from_wire(sock.recv(4096))
            got[reply.id] = (reply.answer[0][0].to_text(), ede(reply))
    assert {got[number] for number in range(0, 64, 2)} == {(ADDRESS, None)}
    assert {got[number] for number in range(1, 64, 2)} == {("192.0.2.80", 15)}
    question = dns.message.make_query(SHOP, "A")
    assert dns.query.tcp(question, "127.0.0.1", port=warning.port, timeout=5).answer
    until(lambda: len(of_shop(instance)) == 34)
    assert {row["action"] for row in of_shop(instance)} == {"warn"}


def test_where_such_a_name_leads_counts_as_for_an_open_one(
    warning: Server, internet: Internet, instance: Instance
) -> None:
    """A warning opens nothing that another rule closes."""

    def led(question: dns.message.Message) -> list[bytes]:
        asked = question.question[0]
        if ADULT in asked.name.to_text():
            return [good_answer(question)]
        reply = dns.message.make_response(question)
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "CNAME", f"{ADULT}."))
        reply.answer.append(dns.rrset.from_text(f"{ADULT}.", 60, "IN", "A", "192.0.2.9"))
        return [reply.to_wire()]

    internet.answer = led
    reply = ask(warning, f"cloak.{SHOP}")
    assert (ede(reply), reply.answer[0][0].to_text()) == (15, "192.0.2.80")
    until(lambda: {row["action"] for row in of_shop(instance)} == {"warn", "block"})


def test_no_answer_outlives_the_hours_of_the_rule(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules change each half hour; a minute before, an answer of two minutes holds for less."""
    publish(instance.parts, hours=True)
    real, begun = time.time, time.time()
    edge = (int(begun) // 1800 + 1) * 1800
    monkeypatch.setattr(time, "time", lambda: real() - begun + edge - 60)
    with running(instance) as server:
        for _ in range(2):
            assert ask(server, SHOP).answer[0].ttl <= 60
        assert ask(server, OPEN).answer[0].ttl <= 60


def test_explain_says_what_dns_did(warning: Server) -> None:
    world = warning.house.world
    assert world is not None
    told = explain(world.kernel, SHOP, seat=0, now=world.moment(time.time()).now)
    assert (told.verdict.action, told.verdict.clause) == ("warn", "PRO-4@1")
    number = world.kernel.judge_one(to_wire(SHOP), 0, world.moment(time.time()).now).verdict
    assert not world.blocks[number]
    assert ask(warning, HELP).rcode() == dns.rcode.NOERROR
