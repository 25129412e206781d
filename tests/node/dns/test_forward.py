"""Asking other resolvers: whom it believes, what it keeps, what it says when nobody answers."""

from __future__ import annotations

import socket
import struct
import threading
import time
from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

from hornbook.instance import Instance, InstanceError, Settings
from hornbook.node.dns import wire
from hornbook.node.dns.cache import STALE_AGE, Cache, Entry, key_of, read_response
from hornbook.node.dns.server import Server
from hornbook.node.dns.upstreams import Upstream, choose_upstreams, read_upstream
from tests.node.dns.conftest import Internet, ask, good_answer, publish, running


def address(reply: dns.message.Message) -> str:
    return str(reply.answer[0][0].to_text())


@pytest.fixture
def forwarding(node: Server) -> Server:
    node.forwarder.timeout = 0.4
    return node


def test_each_question_has_its_own_id_and_port(forwarding: Server, internet: Internet) -> None:
    for number in range(8):
        ask(forwarding, f"n{number}.example")
    assert len({question.id for question in internet.asked}) == 8
    assert len(set(internet.ports)) == 8


def test_lies_are_ignored_and_the_truth_is_waited_for(
    forwarding: Server, internet: Internet
) -> None:
    def lie(question: dns.message.Message) -> list[bytes]:
        wrong_id = dns.message.from_wire(good_answer(question).replace(b"\xc0\0\2\7", b"\6\6\6\6"))
        wrong_id.id ^= 1
        other = dns.message.make_query("other.example", "A", use_edns=0, id=question.id)
        not_a_reply = question.to_wire()
        return [wrong_id.to_wire(), good_answer(other), not_a_reply, b"", good_answer(question)]

    internet.answer = lie
    assert address(ask(forwarding, "lesson.example")) == "192.0.2.7"


def test_a_dead_upstream_is_said_and_blocks_still_work(
    forwarding: Server, internet: Internet
) -> None:
    internet.answer = lambda question: []
    reply = ask(forwarding, "lesson.example")
    assert reply.rcode() == dns.rcode.SERVFAIL
    (option,) = reply.options
    assert isinstance(option, dns.edns.EDEOption)
    assert option.code == dns.edns.EDECode.NO_REACHABLE_AUTHORITY
    assert len(internet.asked) == 2, "one retry"
    assert ask(forwarding, "adult.example").answer


def test_the_next_upstream_helps_when_the_first_is_dead(
    instance: Instance, internet: Internet
) -> None:
    settings = instance.settings()
    publish(instance.parts)
    instance.save(Settings(ports=settings.ports, upstreams=("127.0.0.1:9", *settings.upstreams)))
    with running(instance) as server:
        assert address(ask(server, "lesson.example")) == "192.0.2.7"


def test_a_truncated_answer_is_fetched_by_tcp(forwarding: Server, internet: Internet) -> None:
    def truncate(question: dns.message.Message) -> list[bytes]:
        reply = dns.message.make_response(question)
        reply.flags |= dns.flags.TC
        return [reply.to_wire()]

    def serve_tcp() -> None:
        peer, _ = internet.listener.accept()
        with peer, peer.makefile("rb") as file:
            (length,) = struct.unpack("!H", file.read(2))
            reply = good_answer(dns.message.from_wire(file.read(length)))
            peer.sendall(struct.pack("!H", len(reply)) + reply)

    internet.answer = truncate
    thread = threading.Thread(target=serve_tcp)
    thread.start()
    assert address(ask(forwarding, "long.example")) == "192.0.2.7"
    thread.join()


def test_large_answers_are_truncated_for_small_clients(
    forwarding: Server, internet: Internet
) -> None:
    def large(question: dns.message.Message) -> list[bytes]:
        reply = dns.message.make_response(question)
        texts = [f'"{n:0200}"' for n in range(5)]
        reply.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "TXT", *texts))
        return [reply.to_wire()]

    internet.answer = large
    small = ask(forwarding, "large.example", "TXT", edns=-1)
    assert small.flags & dns.flags.TC
    assert len(small.to_wire()) < 512
    assert len(ask(forwarding, "large.example", "TXT").answer[0]) == 5
    question = dns.message.make_query("large.example", "TXT")
    whole = dns.query.tcp(question, "127.0.0.1", port=forwarding.port, timeout=5)
    assert len(whole.answer[0]) == 5


def test_the_same_question_of_many_clients_goes_out_once(
    forwarding: Server, internet: Internet
) -> None:
    go = threading.Event()
    internet.answer = lambda question: [good_answer(question)] if go.wait(3) else []
    socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(20)]
    for number, sock in enumerate(socks):
        sock.settimeout(5)
        question = dns.message.make_query("lesson.example", "A", id=number)
        sock.sendto(question.to_wire(), ("127.0.0.1", forwarding.port))
    go.set()
    for number, sock in enumerate(socks):
        assert dns.message.from_wire(sock.recv(4096)).id == number
        sock.close()
    assert len(internet.asked) == 1


# --- what is kept ---------------------------------------------------------------------------


def query(name: str, kind: str = "A", *, do: bool = False) -> wire.Query:
    return wire.read_query(dns.message.make_query(name, kind, want_dnssec=do).to_wire())


def entry(reply: dns.message.Message) -> Entry:
    message = reply.to_wire()
    end = wire.skip_name(message, 12) + 4
    return read_response(message, message[12:end])


def test_ttls_are_counted_down_and_limited() -> None:
    reply = dns.message.make_response(dns.message.make_query("a.example", "A", use_edns=0))
    reply.answer.append(dns.rrset.from_text("a.example.", 100, "IN", "A", "192.0.2.7"))
    kept = entry(reply)
    later = dns.message.from_wire(kept.reply(query("A.example"), kept.stored + 30))
    assert later.answer[0].ttl == 70
    before_class = kept.reply(query("a.example"), kept.stored + 30, ttl_limit=15)
    assert dns.message.from_wire(before_class).answer[0].ttl == 15
    assert kept.expires - kept.stored == 100


@pytest.mark.parametrize(
    ("ttl", "minimum", "kept"), [(900, 60, 60), (30, 60, 30), (9999, 9999, 3600)]
)
def test_a_missing_name_is_kept_as_long_as_its_soa_says(ttl: int, minimum: int, kept: int) -> None:
    """RFC 2308 5: the smaller of the SOA's TTL and its last field."""
    reply = dns.message.make_response(dns.message.make_query("no.example", "A"))
    reply.set_rcode(dns.rcode.NXDOMAIN)
    soa = f"ns.example. root.example. 1 2 3 4 {minimum}"
    reply.authority.append(dns.rrset.from_text("example.", ttl, "IN", "SOA", soa))
    found = entry(reply)
    assert found.expires - found.stored == pytest.approx(kept)  # they are sums of clock times


def test_a_missing_name_without_soa_is_not_kept() -> None:
    cache = Cache()
    nothing = dns.message.make_response(dns.message.make_query("no.example", "A"))
    cache.put(key_of(query("no.example")), entry(nothing))
    assert len(cache) == 0


def test_the_cache_forgets_what_was_not_used_for_longest() -> None:
    cache = Cache(limit=10)
    keys = [key_of(query(f"n{number}.example")) for number in range(11)]
    for moment, key in enumerate(keys[:10]):
        cache.put(key, Entry(0, (0, 0, 0), b"", (), float(moment), 1e9))
    assert cache.get(keys[0], 20.0)
    cache.put(keys[10], Entry(0, (0, 0, 0), b"", (), 21.0, 1e9))
    assert cache.get(keys[0], 22.0)
    assert cache.get(keys[1], 22.0) is None
    assert len(cache) == 10


def test_answers_with_and_without_signatures_are_kept_apart() -> None:
    assert key_of(query("a.example", do=True)) != key_of(query("A.example"))
    assert key_of(query("a.EXAMPLE")) == key_of(query("A.example"))


@pytest.mark.parametrize("cut", [5, 20, 30])
def test_a_reply_that_ends_too_early_is_not_believed(cut: int) -> None:
    whole = good_answer(dns.message.make_query("a.example", "A"))
    end = wire.skip_name(whole, 12) + 4
    with pytest.raises(wire.BadMessage):
        read_response(whole[:-cut], whole[12:end])


# --- who is asked ---------------------------------------------------------------------------


def test_upstreams_are_read_in_every_form() -> None:
    assert read_upstream("192.0.2.53") == Upstream("192.0.2.53", 53)
    assert read_upstream("192.0.2.53:5353") == Upstream("192.0.2.53", 5353)
    assert read_upstream("2001:db8::53") == Upstream("2001:db8::53", 53)
    assert read_upstream("[2001:db8::53]:99") == Upstream("2001:db8::53", 99)


@pytest.mark.parametrize("text", ["dns.example", "192.0.2.53:0", "192.0.2.53:x", ""])
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(InstanceError, match=r"instance\.json"):
        read_upstream(text)


def test_it_never_forwards_to_itself(tmp_path: Path) -> None:
    resolv = tmp_path / "resolv.conf"
    resolv.write_text(
        "# of this machine\nnameserver 127.0.0.1\nnameserver x\nnameserver 192.0.2.53\n"
    )
    only_the_other = (Upstream("192.0.2.53"),)
    assert choose_upstreams((), "127.0.0.1", 53, resolv) == only_the_other
    assert choose_upstreams((), "0.0.0.0", 53, resolv) == only_the_other
    assert len(choose_upstreams((), "127.0.0.1", 5335, resolv)) == 2


def test_an_old_answer_is_better_than_none(forwarding: Server, internet: Internet) -> None:
    internet.answer = lambda question: [good_answer(question, ttl=1)]
    ask(forwarding, "lesson.example")
    internet.answer = lambda question: []
    time.sleep(1.1)
    for _ in range(2):  # after the time-out, then from the cache
        reply = ask(forwarding, "lesson.example")
        assert address(reply) == "192.0.2.7"
        assert 0 < reply.answer[0].ttl <= 30
        assert [o.code for o in reply.options if isinstance(o, dns.edns.EDEOption)] == [3]
    assert ask(forwarding, "never-asked.example").rcode() == dns.rcode.SERVFAIL


def test_an_upstream_that_only_fails_is_no_reason_to_forget(
    forwarding: Server, internet: Internet
) -> None:
    def fails(question: dns.message.Message) -> list[bytes]:
        reply = dns.message.make_response(question)
        reply.set_rcode(dns.rcode.SERVFAIL)
        return [reply.to_wire()]

    internet.answer = lambda question: [good_answer(question, ttl=1)]
    ask(forwarding, "lesson.example")
    internet.answer = fails
    time.sleep(1.1)
    assert address(ask(forwarding, "lesson.example")) == "192.0.2.7"


def test_an_answer_is_stale_for_a_day_and_never_longer() -> None:
    cache, key = Cache(), (b"\1a\0", 1, False, False)
    cache.put(key, Entry(wire.NOERROR, (0, 0, 0), b"", (), 0.0, 10.0))
    first = cache.stale(key, 100.0)
    assert first
    assert (first.ede, first.expires) == (wire.EDE_STALE, 130.0)
    cache.put(key, first)
    assert cache.stale(key, 10.0 + STALE_AGE - 1)
    assert cache.stale(key, 10.0 + STALE_AGE) is None
