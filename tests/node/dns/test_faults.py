"""What the node does when something around it fails: each test is one line of the table in
``docs/operators.md`` (When something fails). The others of that table stand in ``test_forward``,
``test_service``, ``tests/node/sync`` and ``tests/district/filtering/test_fleet``.
"""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Callable

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

from hornbook.instance import Instance
from hornbook.node.dns.server import Server
from hornbook.record.segments import verify_chain
from tests.node.dns.conftest import (
    ADULT,
    Internet,
    ask,
    good_answer,
    publish,
    rows,
    running,
    until,
)
from tests.node.dns.test_service import Load, beat, start

FORGED = b"\6\6\6\6"


@pytest.fixture
def forwarding(node: Server) -> Server:
    node.forwarder.timeout = 0.4
    return node


def ede(reply: dns.message.Message) -> int | None:
    codes = [int(o.code) for o in reply.options if isinstance(o, dns.edns.EDEOption)]
    return codes[0] if codes else None


# --- the upstream ------------------------------------------------------------------------------


def test_a_slow_upstream_holds_up_only_those_who_wait_for_it(
    node: Server, internet: Internet
) -> None:
    node.forwarder.timeout = 20
    ask(node, "known.example")
    go_on = threading.Event()

    def slowly(question: dns.message.Message) -> list[bytes]:
        go_on.wait(15)
        return [good_answer(question)]

    internet.answer = slowly
    replies: list[dns.message.Message] = []
    question = dns.message.make_query("slow.example", "A")
    waiting = threading.Thread(
        target=lambda: replies.append(
            dns.query.udp(question, "127.0.0.1", port=node.port, timeout=30)
        )
    )
    waiting.start()
    until(lambda: len(internet.asked) == 2)
    for number in range(10):
        assert ask(node, f"n{number}.{ADULT}").answer
        assert ask(node, "known.example").answer
    assert waiting.is_alive()
    go_on.set()
    waiting.join()
    assert replies[0].answer[0][0].to_text() == "192.0.2.7"


def test_who_is_not_the_upstream_is_not_heard(forwarding: Server, internet: Internet) -> None:
    """A forger who knows id, port and question, but sends from elsewhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:

        def race(question: dns.message.Message) -> list[bytes]:
            forged = good_answer(question).replace(b"\xc0\0\2\7", FORGED)
            forger.sendto(forged, ("127.0.0.1", internet.ports[-1]))
            time.sleep(0.05)
            return [good_answer(question)]

        internet.answer = race
        assert ask(forwarding, "lesson.example").answer[0][0].to_text() == "192.0.2.7"


def test_an_oversized_answer_is_cut_for_udp_and_whole_over_tcp(
    forwarding: Server, internet: Internet
) -> None:
    def vast(question: dns.message.Message) -> list[bytes]:
        reply = dns.message.make_response(question)
        texts = [f'"{n:0200}"' for n in range(100)]
        reply.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "TXT", *texts))
        return [reply.to_wire(max_size=65535)]

    internet.answer = vast
    small = ask(forwarding, "vast.example", "TXT")
    assert small.flags & dns.flags.TC
    assert len(small.to_wire()) <= 1232
    question = dns.message.make_query("vast.example", "TXT")
    whole = dns.query.tcp(question, "127.0.0.1", port=forwarding.port, timeout=5)
    assert len(whole.answer[0]) == 100


def _empty(question: dns.message.Message) -> bytes:
    return b""


def _cut(question: dns.message.Message) -> bytes:
    return good_answer(question)[:-3]


def _records_missing(question: dns.message.Message) -> bytes:
    reply = bytearray(good_answer(question))
    reply[7] = 200  # says two hundred records
    return bytes(reply)


def _pointer_to_itself(question: dns.message.Message) -> bytes:
    whole = good_answer(question)
    at = whole.index(b"\xc0\x0c", 12)
    return whole[:at] + b"\xc0" + bytes([at]) + whole[at + 2 :]


def _pointer_into_the_header(question: dns.message.Message) -> bytes:
    """Our own reply has another header, so such a name would change on its way."""
    return good_answer(question).replace(b"\xc0\x0c\0\1", b"\xc0\x0b\0\1")


def _short_address(question: dns.message.Message) -> bytes:
    whole = good_answer(question)
    at = whole.index(b"\0\4\xc0\0\2\7")
    return whole[:at] + b"\0\3\xc0\0\2" + whole[at + 6 :]


def _truncated_without_tcp(question: dns.message.Message) -> bytes:
    reply = dns.message.make_response(question)
    reply.flags |= dns.flags.TC
    return reply.to_wire()


def _refused(question: dns.message.Message) -> bytes:
    reply = dns.message.make_response(question)
    reply.set_rcode(dns.rcode.REFUSED)
    return reply.to_wire()


@pytest.mark.parametrize(
    "lie",
    [
        _empty,
        _cut,
        _records_missing,
        _pointer_to_itself,
        _pointer_into_the_header,
        _short_address,
        _truncated_without_tcp,
        _refused,
    ],
    ids=lambda lie: lie.__name__.strip("_"),
)
def test_an_answer_that_is_none_is_a_failure_that_is_said(
    forwarding: Server, internet: Internet, lie: Callable[[dns.message.Message], bytes]
) -> None:
    """SERVFAIL, at once or after the time-outs, and never what the upstream made up."""
    internet.listener.close()  # nobody answers over TCP either
    internet.answer = lambda question: [lie(question)]
    reply = ask(forwarding, "lesson.example")
    assert reply.rcode() in (dns.rcode.SERVFAIL, dns.rcode.REFUSED)
    assert not reply.answer
    assert ask(forwarding, ADULT).answer


def test_an_upstream_that_comes_back_is_believed_again(
    forwarding: Server, internet: Internet
) -> None:
    internet.answer = lambda question: []
    assert ask(forwarding, "lesson.example").rcode() == dns.rcode.SERVFAIL
    internet.answer = lambda question: [good_answer(question)]
    until(lambda: bool(ask(forwarding, "lesson.example").answer), 10)


# --- the clock ---------------------------------------------------------------------------------


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the wall clock forward or back by so many seconds; what runs steadily runs on."""
    real, offset = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + offset[0])

    def by(seconds: float) -> None:
        offset[0] += seconds

    return by


@pytest.mark.parametrize("seconds", [3600.0, -3600.0, 400 * 86400.0, -400 * 86400.0])
def test_a_clock_that_jumps_stops_nothing(
    instance: Instance, internet: Internet, jump: Callable[[float], None], seconds: float
) -> None:
    """Answers go on, the cache keeps its ages, rows bear the new time, the chain holds."""
    publish(instance.parts, slots=2)
    with running(instance) as server:
        assert ask(server, ADULT).answer
        first = ask(server, "lesson.example").answer[0].ttl
        jump(seconds)
        assert ask(server, ADULT).answer
        assert ask(server, "lesson.example").answer[0].ttl <= first
        assert len(internet.asked) == 1, "the cache is not emptied, nor kept for ever"
    found = rows(instance)
    assert len(found) == 4
    moved = {(row["at"].timestamp() - time.time()) // 60 for row in found}  # type: ignore[attr-defined]
    assert len(moved) == 2
    assert verify_chain(instance.record, "node-1") == []


def test_after_a_jump_the_rules_of_the_new_hour_hold(
    instance: Instance, jump: Callable[[float], None]
) -> None:
    publish(instance.parts, slots=2)  # even minutes and odd ones
    with running(instance) as server:
        world = server.house.world
        assert world is not None
        for seconds in (60, 60, -60, 3600 - 60):
            before = world.moment(time.time()).slot
            jump(seconds)
            assert world.moment(time.time()).slot == 1 - before


# --- disk and death ----------------------------------------------------------------------------


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_lost(instance: Instance) -> None:
    """The process may write no file above 3,000 octets: a heartbeat fits, a segment does not."""
    publish(instance.parts)
    process = start(instance.root)
    try:
        until(lambda: bool(beat(instance).get("ready")), 30)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
        port = beat(instance)["port"]
        for number in range(40):
            question = dns.message.make_query(f"n{number}.{ADULT}", "A")
            assert dns.query.udp(question, "127.0.0.1", port=port, timeout=5).answer
        until(lambda: "The record cannot be written" in beat(instance)["problem"], 20)
        assert beat(instance)["ready"]
        assert rows(instance) == []
        no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, no_limit)
        until(lambda: len(rows(instance)) == 40, 20)
        until(lambda: beat(instance)["problem"] == "", 20)
        assert beat(instance)["record_lost"] == 0
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert verify_chain(instance.record, "node-1") == []


def test_killed_under_load_it_starts_again_on_a_whole_record(instance: Instance) -> None:
    """At most what was judged in the last seconds is not in the record; the chain holds."""
    publish(instance.parts)
    settings = instance.settings()
    port = settings.ports.dns
    answered = 0
    for turn in range(3):
        process = start(instance.root)
        try:
            until(lambda p=process: beat(instance).get("pid") == p.pid, 30)  # type: ignore[misc]
            until(lambda: bool(beat(instance)["ready"]), 30)
            port = beat(instance)["port"]
            load = Load(port)
            load.start()
            until(lambda: beat(instance)["recorded"] > 0, 20)
            process.kill() if turn < 2 else process.terminate()
            process.wait(20)
            load.done.set()
            load.join()
            answered += load.asked - load.lost
        finally:
            process.kill()
            process.communicate()
    assert verify_chain(instance.record, "node-1") == []
    assert 0 < len(rows(instance)) <= answered + 3
    assert port
