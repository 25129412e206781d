"""Envoy is told what to do, is checked, is started again, and ends without cutting anybody off."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import dns.message
import psutil
import pytest

from hornbook.instance import Instance
from hornbook.node.doh import config
from hornbook.node.doh.front import CONFIG_FILE
from hornbook.node.envoy import program as envoy_program
from hornbook.node.envoy.program import find_envoy, refused
from hornbook.node.envoy.shapes import secrets
from hornbook.run.parts import doh_parts
from hornbook.run.supervisor import Supervisor
from hornbook.run.up import envoy_parts
from tests.node.dns.conftest import ADULT, Internet, until
from tests.node.doh.conftest import House, accepts, in_path, make_instance, publish_with_token


@pytest.fixture
def district(needs_envoy: None, tmp_path: Path) -> Iterator[House]:
    """An instance with parts, of which nothing runs yet."""
    internet = Internet()
    found = make_instance(tmp_path, internet)
    publish_with_token(found.instance)
    try:
        yield found
    finally:
        for name in ("envoy", "doh"):
            if name in found.processes:
                found.stop(name)
        internet.close()


def test_a_killed_envoy_is_started_again(district: House) -> None:
    told: list[str] = []
    supervisor = Supervisor(district.instance, told.append)
    supervisor.add(doh_parts(district.instance))
    try:
        ticking(supervisor, supervisor.all_ready)
        assert district.post(ADULT)[0].answer
        running_envoy(district.instance).kill()
        ticking(supervisor, lambda: any("envoy" in line for line in told))
        ticking(supervisor, lambda: accepts(district.ports.doh))
        assert district.post(ADULT)[0].answer
    finally:
        supervisor.stop()
    assert not accepts(district.ports.doh)


def test_a_killed_front_leaves_no_envoy_behind(district: House) -> None:
    supervisor = Supervisor(district.instance, lambda line: None)
    supervisor.add(doh_parts(district.instance))
    try:
        ticking(supervisor, supervisor.all_ready)
        first = running_envoy(district.instance)
        front = supervisor.facts()["envoy"]["pid"]
        os.kill(front, signal.SIGKILL)
        ticking(supervisor, lambda: not first.is_running())
        ticking(supervisor, lambda: accepts(district.ports.doh))
        assert running_envoy(district.instance).pid != first.pid
    finally:
        supervisor.stop()


def ticking(supervisor: Supervisor, true: Callable[[], bool]) -> None:
    def look() -> bool:
        supervisor.tick()
        return true()

    until(look, 30)


def running_envoy(instance: Instance) -> psutil.Process:
    for process in psutil.process_iter():
        try:
            if CONFIG_FILE in process.cmdline() and process.cwd() == str(instance.run):
                return process
        except psutil.Error:
            continue
    raise AssertionError("no Envoy runs here")


def test_a_question_under_way_is_answered_before_the_end(district: House) -> None:
    """The resolver takes its time; meanwhile both processes are told to stop."""
    answer = district.internet.answer

    def slowly(question: dns.message.Message) -> list[bytes]:
        time.sleep(1.0)
        return answer(question)

    district.internet.answer = slowly
    district.start_backend()
    district.start_front()
    connection = district.http()
    connection.request("GET", in_path("slow.example.org"))
    until(lambda: bool(district.internet.asked))
    for name in ("doh", "envoy"):
        district.processes[name].send_signal(signal.SIGTERM)
    assert connection.getresponse().status == 200
    connection.close()
    assert [district.processes.pop(name).wait(15) for name in ("envoy", "doh")] == [0, 0]


def test_an_address_that_is_not_ours_is_told_in_one_sentence(district: House) -> None:
    settings = district.instance.settings()
    district.instance.save(replace(settings, bind="127.0.0.1", node=""))
    done = run_front(district.instance)
    assert done.returncode == 2
    assert "Envoy refuses" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    beat = district.instance.heartbeat("envoy") or {}
    assert "Envoy refuses" in beat["problem"]


def run_front(instance: Instance) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hornbook.node.doh.front", "--data", str(instance.root)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def test_a_certificate_that_cannot_be_used_is_named(district: House) -> None:
    folder = district.instance.folder("tls")
    (folder / "server.pem").write_text("not a certificate")
    (folder / "server.key").write_text("not a key")
    done = run_front(district.instance)
    assert done.returncode == 2
    assert str(folder / "server.pem") in done.stderr
    assert (folder / "server.pem").read_text() == "not a certificate"


def test_every_part_of_the_configuration_is_known_to_envoy(district: House) -> None:
    program = find_envoy()
    assert program is not None
    folder = district.instance.run
    tls = district.instance.folder("tls")
    (folder / config.SECRETS_FILE).write_text(json.dumps(secrets(tls)))
    for bind in ("127.0.0.1", "0.0.0.0", "::", "::1"):
        settings = replace(district.instance.settings(), bind=bind)
        (folder / "c.json").write_text(json.dumps(config.bootstrap(settings)))
        assert refused(program, "c.json", folder) is None, bind
    (folder / "c.json").write_text(json.dumps({"static_resources": {"surprise": 1}}))
    assert "surprise" in (refused(program, "c.json", folder) or "")


def test_where_there_is_no_envoy_the_rest_starts_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("hornbook.run.up.find_envoy", lambda: None)
    instance = Instance(tmp_path)
    assert envoy_parts(instance, instance.settings()) == []
    assert "not available on this platform" in capsys.readouterr().out


def test_a_taken_port_leaves_doh_out_and_names_the_flag(
    district: House, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", district.ports.dot))
        taken.listen()
        parts = envoy_parts(district.instance, district.instance.settings())
    assert not {part.name for part in parts} & {"doh", "envoy"}
    assert "--dot PORT" in capsys.readouterr().out


def test_a_script_without_its_program_is_no_envoy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "envoy"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(envoy_program, "PACKAGE", "no-such-package")
    assert find_envoy() is None
