"""What Envoy answers from memory is what it was told in that second, and each is a row."""

from __future__ import annotations

import subprocess
import time

import pytest

from tests.node.dns.conftest import rows, until
from tests.node.proxy.conftest import ADULT, GAMES, OPEN, House, publish

BURST = 200


def burst(house: House, url: str, *options: str) -> list[int]:
    """Requests one after the other on one connection, as fast as curl can: their statuses."""
    urls = [word for _ in range(BURST) for word in (url, "-o", "/dev/null")]
    proxy = f"http://127.0.0.1:{house.ports.proxy}"
    done = subprocess.run(
        ["curl", "-s", "-m", "30", "-x", proxy, "-w", "%{http_code}\n", *options, *urls],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return [int(line) for line in done.stdout.split()]


def asked(house: House) -> int:
    beat = house.instance.heartbeat("proxy") or {}
    return int(beat["batches"])


def count(house: House, name: str) -> int:
    return sum(row["name"] == name for row in rows(house.instance))


@pytest.mark.parametrize(("name", "status"), [(OPEN, 200), (ADULT, 403)])
def test_a_burst_is_judged_a_few_times_and_recorded_every_time(
    house: House, name: str, status: int
) -> None:
    before, questions = count(house, name), asked(house)
    url = f"http://{name}:{house.plain.port}/x"
    assert burst(house, url, "-H", "accept: text/html") == [status] * BURST
    time.sleep(1.2)  # another second: its first question brings what nobody was told of yet
    for _ in range(8):  # Envoy has several threads, each with a memory of its own
        house.http(GAMES)
    until(lambda: count(house, name) == before + BURST, 15)
    assert asked(house) - questions < BURST / 2
    assert (house.instance.heartbeat("proxy") or {})["unrecorded"] == 0


def test_nobody_gets_what_another_was_told(house: House) -> None:
    """One page, at one moment, for two people: each keeps what is theirs."""
    url = f"http://{GAMES}:{house.plain.port}/"
    for _ in range(3):
        assert house.curl(url).status == 403
        assert house.curl(url, source="127.0.0.4").status == 200


def test_another_kind_of_answer_is_not_taken_for_the_page(house: House) -> None:
    for accept, kind in (("text/html", "text/html"), ("image/*", "image/svg+xml")) * 3:
        reply = house.http(ADULT, "/x", "-H", f"accept: {accept}")
        assert f"content-type: {kind}" in reply.head
    style = house.http(ADULT, "/hornbook-notice.css")
    assert "content-type: text/css" in style.head


def test_other_rules_are_in_force_within_a_second(house: House) -> None:
    """A publication that closes nothing new, but must be seen: social sites are looked into."""
    url = f"http://{OPEN}:{house.plain.port}/"
    before = (house.instance.heartbeat("proxy") or {})["parts"]["rulebook"]
    assert burst(house, url) == [200] * BURST
    publish(house.instance.parts, look=True)
    until(lambda: (house.instance.heartbeat("proxy") or {})["parts"]["rulebook"] != before, 10)
    assert burst(house, url) == [200] * BURST
