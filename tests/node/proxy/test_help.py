"""A page of the protected set opens in every state of the system; what else does is declared.

No console and no database run in any of these tests.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest

from hornbook.instance import Instance
from hornbook.node.partstore import PartStore
from tests.node.dns.conftest import rows, until
from tests.node.proxy.conftest import ADULT, HELP, OPEN, House, answers, made, publish

CRISIS = "988lifeline.org"  # ships; HELP is the district's own
MEGABYTE = 1 << 20
State = Callable[[House], None]


def at_home(question: dns.message.Message) -> list[bytes]:
    """As the internet of the other tests, with the crisis line on loopback."""
    asked = question.question[0]
    if not asked.name.to_text(omit_final_dot=True).lower().endswith(CRISIS):
        return answers(question)
    reply = dns.message.make_response(question)
    if asked.rdtype.name == "A":
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", "127.0.0.1"))
    return [reply.to_wire()]


@pytest.fixture
def district(needs_envoy: None, tmp_path: Path) -> Iterator[House]:
    """A fresh machine: no parts, nothing runs."""
    with made(tmp_path) as found:
        settle(found)
        yield found


def settle(house: House) -> None:
    settings = house.instance.settings()
    house.internet.answer = at_home
    house.instance.save(replace(settings, private_suffixes=("test", CRISIS)))


def start(house: House) -> None:
    """Both processes; the one that judges says that it serves, with rules or without."""
    house.start("proxy", "hornbook.node.proxy")
    own = house.processes["proxy"].pid
    until(lambda: (house.instance.heartbeat("proxy") or {}).get("pid") == own, 60)
    house.start_front()


def opens(house: House, host: str) -> bool:
    """Plain, in a tunnel, and below its name."""
    plain, tunnel = house.http(host), house.https(host)
    below = house.http(f"www.{host}")
    return [plain.body, tunnel.body, below.body] == ["origin / "] * 3


def closed(house: House, host: str) -> tuple[int, int]:
    return house.http(host).status, house.https(host).connect


def fresh(house: House) -> None:
    """Nothing was ever published."""


def torn(house: House) -> None:
    """What was in force, and all before it, cannot be read; the process began anew."""
    publish(house.instance.parts)
    start(house)
    assert opens(house, HELP)
    house.stop("proxy")
    house.stop("proxy-envoy")
    for part in house.instance.parts.glob("*.part"):
        part.write_bytes(part.read_bytes()[:-9])
    (house.instance.parts / "history.json").write_text("[{")


@pytest.mark.parametrize("state", [fresh, torn])
def test_without_rules_help_opens_and_nothing_else(district: House, state: State) -> None:
    state(district)
    before = len(rows(district.instance))
    start(district)
    beat = district.instance.heartbeat("proxy")
    assert beat is not None
    assert (beat["ready"], bool(beat["problem"])) == (False, True)
    assert opens(district, CRISIS)
    for host in (OPEN, ADULT, f"not{CRISIS}", f"{CRISIS}.{ADULT}", "10.0.0.1", "[::1]"):
        assert closed(district, host) == (503, 503), host
    page = district.http(OPEN).body
    assert "988" in page
    assert opens(district, HELP) == (state is torn)  # known from what was published
    assert len(rows(district.instance)) == before  # nothing was judged, so nothing is recorded


@pytest.mark.parametrize("state", [fresh, torn])
def test_and_when_the_judging_process_is_away_too(district: House, state: State) -> None:
    state(district)
    district.start_front()
    assert opens(district, CRISIS)
    assert district.http(f"{CRISIS.upper()}.").body == "origin / "
    assert opens(district, HELP) == (state is torn)
    assert closed(district, OPEN) == (503, 503)


def test_a_publication_ends_that_state_at_once(district: House) -> None:
    start(district)
    assert closed(district, OPEN) == (503, 503)
    publish(district.instance.parts)
    until(lambda: district.http(OPEN).status == 200, 20)
    assert district.http(ADULT).status == 403
    assert opens(district, HELP)


def test_when_some_resolvers_are_dead_the_others_are_asked(district: House) -> None:
    """One takes questions and never answers, one refuses them; with rules, without, and alone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        settings = district.instance.settings()
        dead = f"127.0.0.1:{silent.getsockname()[1]}"
        district.instance.save(replace(settings, upstreams=(dead, *settings.upstreams)))
        start(district)
        assert opens(district, CRISIS)
        publish(district.instance.parts)
        until(lambda: opens(district, HELP), 30)
        district.kill("proxy")
        until(lambda: opens(district, HELP), 30)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 megabytes: a file system in memory of its own."""
    place = tmp_path / "small"
    place.mkdir()
    try:
        mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)]
        done = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no “mount” here")
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take all that is left of the disk."""
    path = place / "filler"
    with path.open("wb", buffering=0) as file:
        for piece in (MEGABYTE, 4096, 1):
            try:
                while True:
                    file.write(os.urandom(piece))
            except OSError:
                continue
    return path


def test_on_a_full_disk_everything_goes_on_also_after_a_restart(
    needs_envoy: None, small: Path
) -> None:
    with made(small) as house:
        settle(house)
        publish(house.instance.parts)
        start(house)
        assert opens(house, HELP)
        fill(small)
        assert opens(house, CRISIS) == opens(house, HELP) is True
        assert closed(house, ADULT) == (403, 403)
        house.kill("proxy")
        assert house.stop("proxy-envoy") == 0
        house.start_front()
        assert opens(house, HELP)  # nobody judges yet
        house.start("proxy", "hornbook.node.proxy")
        until(lambda: closed(house, ADULT) == (403, 403), 30)
        assert opens(house, HELP)
        assert opens(house, CRISIS)
        assert house.http(OPEN).status == 200


def test_on_a_disk_that_is_full_before_the_first_publication_help_opens(
    needs_envoy: None, small: Path
) -> None:
    with made(small) as house:
        settle(house)
        start(house)
        fill(small)
        assert opens(house, CRISIS)
        house.kill("proxy")
        house.start("proxy", "hornbook.node.proxy")
        assert opens(house, CRISIS)
        assert PartStore(Instance(small).parts).current() is None
