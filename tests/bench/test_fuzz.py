"""The fuzz benchmark in short: a real node, mutated questions, a resolver that lies."""

from __future__ import annotations

import argparse

import dns.message

from bench import fuzz


def test_a_short_run_finds_nothing() -> None:
    told = fuzz.run(argparse.Namespace(packets=6000, minutes=5.0, seed=2))
    assert told["bars"]
    assert [bar for bar in told["bars"] if not bar["ok"]] == []
    assert told["peers"]["replies"] > 1000
    counted = told["peers"]["as the node counts"]
    assert min(counted[kind] for kind in ("refused", "blocked", "forwarded")) > 0


def test_mutations_differ_and_keep_their_ids() -> None:
    data, size = fuzz.Mutations(1).batch(1024)
    packets = {data[row, : size[row]].tobytes() for row in range(fuzz.BATCH)}
    assert len(packets) > 450
    assert (data[:, 0].astype(int) << 8 | data[:, 1]).tolist() == list(range(1024, 1536))
    assert any(packet[2:] not in {p[2:] for p in fuzz.corpus()} for packet in packets)


def test_replies_that_are_too_large_or_broken_are_seen() -> None:
    asked = fuzz.question("www.adult.example")
    answer = dns.message.make_response(dns.message.from_wire(asked)).to_wire()
    found = fuzz.Found(replies=1)
    fuzz.check(asked, answer, found)
    assert found.too_large == []
    fuzz.check(asked, answer + bytes(600), found)
    refusal = b"\0\0\x81\x85" + bytes(8)
    fuzz.check(asked[:7], refusal, found)
    assert [line.rpartition(" → ")[2] for line in found.too_large] == [
        f"{len(answer) + 600} octets"
    ]
    found.replies = fuzz.SAMPLE
    fuzz.check(asked, answer[:-3], found)
    assert len(found.unreadable) == 1
