"""The proxy benchmark: what its bars compare, and what is said when a peer is not there."""

from __future__ import annotations

from bench import proxy
from bench.peers import proxy_clients as clients


def test_bars_compare_with_the_best_peer_and_are_open_without_one() -> None:
    facts: proxy.Facts = {
        "hornbook": {"blocked_per_second": 150.0, "open_per_second": 90.0, "p99_ms": 4.0},
        "envoy bare": {"p99_ms": 1.5},
        "squid + squidGuard": {"blocked_per_second": 100.0, "open_per_second": 100.0},
        "e2guardian": {"blocked_per_second": 120.0},
    }
    told = {bar["name"]: (bar["value"], bar["ok"]) for bar in proxy._result(facts, {})["bars"]}
    assert told["blocked requests/s: ours to the best peer"] == (1.25, False)
    assert told["open requests/s: ours to Squid + squidGuard"] == (0.9, False)
    assert told["what a verdict adds at 500 requests/s, p99 ms"] == (2.5, True)
    assert told["handshake in a host that is new, p50 ms"] == (None, None)
    assert [bar["ok"] for bar in proxy._result({}, {})["bars"]] == [None] * 6


def test_a_share_of_the_waits() -> None:
    waits = [float(wait) for wait in range(1, 1001)]
    assert 499 <= clients.at(waits, 0.5) <= 501
    assert 989 <= clients.at(waits, 0.99) <= 991
