"""What is asked again is answered from what was kept, and only as long as it is true."""

from __future__ import annotations

import time

import dns.message
import dns.query
import dns.rcode
import pytest

from hornbook.instance import Instance
from hornbook.node.dns import few
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import ADULT, GAMES, Internet, ask, good_answer, publish, rows, running

OPEN = "lesson.example"


def question(name: str, mark: int) -> dns.message.Message:
    return dns.message.make_query(name, "A", use_edns=0, id=mark)


def send(
    node: Server, asked: dns.message.Message, source: str = "127.0.0.1"
) -> dns.message.Message:
    return dns.query.udp(asked, "127.0.0.1", port=node.port, timeout=5, source=source)


@pytest.mark.parametrize("name", [ADULT, OPEN])
def test_the_same_question_gets_the_same_reply_under_its_own_id(node: Server, name: str) -> None:
    first, *others = (send(node, question(name, mark)) for mark in (7, 8, 7))
    assert first.answer
    for reply, mark in zip(others, (8, 7), strict=True):
        assert reply.id == mark
        assert (reply.answer, reply.options) == (first.answer, first.options)


def test_who_gets_something_else_is_not_told_what_was_kept(node: Server) -> None:
    for _ in range(2):
        assert send(node, question(GAMES, 7)).rcode() == dns.rcode.NXDOMAIN
        assert send(node, question(GAMES, 7), "127.0.0.4").rcode() == dns.rcode.NOERROR


def test_ttls_count_down(node: Server) -> None:
    first = send(node, question(OPEN, 7)).answer[0].ttl
    send(node, question(OPEN, 7))
    time.sleep(1.1)
    assert send(node, question(OPEN, 7)).answer[0].ttl < first


def test_an_answer_that_is_over_is_fetched_anew(node: Server, internet: Internet) -> None:
    internet.answer = lambda asked: [good_answer(asked, ttl=1)]
    for _ in range(3):
        send(node, question(OPEN, 7))
    assert len(internet.asked) == 1
    time.sleep(1.1)
    assert send(node, question(OPEN, 7)).answer
    assert len(internet.asked) == 2


def test_new_rules_end_what_was_kept(instance: Instance, node: Server) -> None:
    assert all(ask(node, OPEN).answer for _ in range(2))
    publish(instance.parts, adult=(ADULT, OPEN))
    end = time.monotonic() + 5
    while not ask(node, OPEN).options and time.monotonic() < end:
        time.sleep(0.05)
    assert ask(node, OPEN).options, "blocked, and it says why"


def test_every_question_is_in_the_record(instance: Instance) -> None:
    publish(instance.parts)
    with running(instance) as server:
        for mark in range(3):
            send(server, question(ADULT, mark), "127.0.0.4")
            send(server, question(OPEN, mark))
        told = server.facts()
    found = sorted(
        (row["name"], row["person"], row["action"], row["client"]) for row in rows(instance)
    )
    blocked = (ADULT, "person-teacher", "block", "127.0.0.4")
    assert found == [*[blocked] * 3, *[(OPEN, "person-student", "allow", "127.0.0.1")] * 3]
    assert (told["received"], told["answered"], told["blocked"]) == (6, 6, 3)
    assert (told["forwarded"], told["cached"]) == (1, 2)


def test_what_is_kept_has_an_end(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few, "MAX_KEPT", 10)
    publish(instance.parts)
    with running(instance) as server:
        for name in [f"x{n}.{ADULT}" for n in range(25)] * 2:
            assert ask(server, name).options
        (loop,) = server._loops
        assert 0 < sum(map(len, loop._few._kept.values())) <= 10
