"""What the proxy does when a part of it is away, and whom it lets in."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from hornbook.node.envoy.program import find_envoy, refused
from hornbook.node.envoy.shapes import secrets
from hornbook.node.proxy import config
from hornbook.node.proxy.trust import trust
from hornbook.run.parts import proxy_parts
from hornbook.run.supervisor import Supervisor
from tests.node.dns.conftest import until
from tests.node.proxy.conftest import ADULT, HELP, OPEN, TOKEN, House, made, publish

STRANGER = "127.0.0.9"  # has no seat


@pytest.fixture
def district(needs_envoy: None, tmp_path: Path) -> Iterator[House]:
    """An instance with parts, of which nothing runs yet."""
    with made(tmp_path) as found:
        publish(found.instance.parts)
        yield found


def test_when_nobody_can_be_asked_help_opens_and_nothing_else(district: House) -> None:
    """Fail mode: closed, but for the protected set; open again as soon as somebody can be asked."""
    district.start_backend()
    district.start_front()
    assert district.http(OPEN).status == 200
    district.kill("proxy")
    time.sleep(1.2)  # each of Envoy's threads remembers an answer for a second
    assert district.http(HELP).body == "origin / "
    assert district.http(f"www.{HELP}").body == "origin / "
    assert district.https(HELP).body == "origin / "
    for name in (OPEN, ADULT, f"not{HELP}", f"{HELP}.{ADULT}"):
        reply = district.http(name)
        assert (reply.status, "988" in reply.body) == (503, True), name
        assert district.https(name).connect == 503
    district.start_backend()
    until(lambda: district.http(OPEN).status == 200, 20)
    until(lambda: district.http(ADULT).status == 403, 20)


def test_killed_under_load_it_refuses_and_help_stays_open(district: House) -> None:
    """Every request gets an answer: what it should, or that nobody can be asked."""
    district.start_backend()
    district.start_front()
    told: dict[str, list[int]] = {OPEN: [], HELP: [], ADULT: []}
    over = threading.Event()

    def load(host: str) -> None:
        while not over.is_set():
            told[host].append(status(district, host))

    threads = [threading.Thread(target=load, args=(host,)) for host in told for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: all(len(some) > 5 for some in told.values()), 20)
        district.kill("proxy")
        until(lambda: 503 in told[OPEN] and 503 in told[ADULT], 20)
        district.start_backend()
        until(lambda: told[OPEN][-1] == 200 and told[ADULT][-1] == 403, 30)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert [set(some) for some in told.values()] == [{200, 503}, {200}, {403, 503}]


def status(house: House, host: str) -> int:
    asked = http.client.HTTPConnection("127.0.0.1", house.ports.proxy, timeout=15)
    try:
        asked.request("GET", f"http://{host}:{house.plain.port}/")
        return asked.getresponse().status
    finally:
        asked.close()


def test_both_processes_are_started_again(district: House) -> None:
    supervisor = Supervisor(district.instance, lambda line: None)
    supervisor.add(proxy_parts(district.instance))

    def serves() -> bool:
        supervisor.tick()
        return supervisor.all_ready() and district.http(OPEN).status == 200

    try:
        until(serves, 40)
        for part in ("proxy", "proxy-envoy"):
            before = supervisor.facts()[part]["pid"]
            psutil.Process(before).kill()
            until(partial(restarted, supervisor, part, before), 30)
        until(serves, 40)
    finally:
        supervisor.stop()


def restarted(supervisor: Supervisor, part: str, before: int) -> bool:
    supervisor.tick()
    return supervisor.facts()[part]["pid"] not in (None, before)


def test_where_strangers_must_show_a_token_help_is_open_to_them(district: House) -> None:
    settings = district.instance.settings()
    district.instance.save(replace(settings, proxy_asks=True))
    district.start_backend()
    district.start_front()
    reply = district.http(OPEN, source=STRANGER)
    assert reply.status == 407
    assert 'proxy-authenticate: Basic realm="' in reply.head
    assert district.https(OPEN, source=STRANGER).connect == 407
    bad = ("--proxy-user", "device:unknown")
    assert district.http(OPEN, "/", *bad, source=STRANGER).status == 407
    # A browser that was asked sends the token with its second try.
    good = ("--proxy-anyauth", "--proxy-user", f"device:{TOKEN}")
    assert district.http(OPEN, "/", *good, source=STRANGER).status == 200
    assert district.https(OPEN, *good, source=STRANGER).body == "origin / "
    assert district.http(OPEN).status == 200
    assert district.http(HELP, source=STRANGER).status == 200


def test_every_part_of_the_configuration_is_known_to_envoy(district: House) -> None:
    program = find_envoy()
    assert program is not None
    folder = district.instance.run
    for name, body in trust(district.instance.settings()).items():
        (folder / name).write_bytes(body)
    told = secrets(district.instance.folder("tls"))
    (folder / config.SECRETS_FILE).write_text(json.dumps(told))
    for bind in ("127.0.0.1", "::"):
        settings = replace(district.instance.settings(), bind=bind)
        (folder / "c.json").write_text(json.dumps(config.bootstrap(settings)))
        assert refused(program, "c.json", folder) is None, bind


def test_networks_that_are_none_are_told_at_start(tmp_path: Path) -> None:
    with made(tmp_path) as house:
        house.instance.save(replace(house.instance.settings(), kerberos_asks=("10.2.0.0/33",)))
        house.start("proxy", "hornbook.node.proxy")
        assert house.processes.pop("proxy").wait(60) == 2
        said = (house.instance.logs / "proxy.log").read_text()
        assert "kerberos_asks in instance.json cannot be used" in said
        assert "Traceback" not in said
