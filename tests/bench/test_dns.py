"""The DNS benchmark: what is measured, and what is said when it is not."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pytest

from bench import dns
from bench.peers import latency
from bench.peers.dns import echo
from bench.peers.ours import OURS, ROOT, question
from bench.peers.process import NotMeasured, Server

ALL = {
    "answers_per_second": 100.0,
    "cpu_us_per_answer": 5.0,
    "cached_answers_per_second": 90.0,
    "p50_ms": 0.1,
    "p99_ms": 0.2,
    "rss_mb": 50.0,
}


def test_a_bar_compares_medians_and_is_open_without_a_peer() -> None:
    peer = {**ALL, "answers_per_second": 80.0, "cpu_us_per_answer": 4.0}
    facts = {OURS: ALL, "unbound": peer}
    told = {bar["name"]: (bar["value"], bar["ok"]) for bar in dns.blocked_bars(facts, "n")}
    assert told["blocked answers/s, n: ours to unbound"] == (1.25, False)
    assert told["processor time a blocked answer, n: ours to unbound"] == (1.25, False)
    assert told["blocked answers/s, n: ours to dnsdist"] == (None, None)
    assert [bar["ok"] for bar in dns.cached_bars(facts)] == [True, None]
    assert [bar["ok"] for bar in dns.waiting_bars(facts)] == [True, True]


def test_what_fails_in_one_round_is_said_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(server: Server, *_: object) -> tuple[float, float]:
        if server.name == "lame":
            raise NotMeasured("it lost questions")
        return 100.0, 5.0

    monkeypatch.setattr(dns, "measure", measure)
    servers = [Server(name, [], 0, tmp_path / name) for name in ("lame", "sound")]
    samples: dns.Samples = {"lame": {}, "sound": {}}
    missing: dict[str, str] = {}
    args = argparse.Namespace(rounds=3, seconds=1, outstanding=1)
    dns.ask_all(servers, tmp_path, ["a.example"], args, samples, missing, "")
    assert samples["sound"]["answers_per_second"] == [100.0] * 3
    assert samples["lame"] == {}
    assert list(missing) == ["lame, blocked"]


@pytest.mark.skipif(not (shutil.which("cc") or shutil.which("gcc")), reason="no C compiler")
def test_waits_are_measured_at_a_steady_rate(tmp_path: Path) -> None:
    server = echo(ROOT / "bench" / "echo.c", tmp_path)
    samples: dict[str, dict[str, list[float]]] = {server.name: {}}
    missing: dict[str, str] = {}
    server.start(question("a.example"), patience=20)
    try:
        latency.measure_waits([server], ["a.example"], 200.0, 0.5, 2, tmp_path, samples, missing)
    finally:
        server.stop()
    assert not missing
    assert all(0 < wait < 5000 for wait in samples[server.name]["p99_ms"])
    assert len(samples[server.name]["p50_ms"]) == 2
