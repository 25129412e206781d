"""Choosing ports, refusing taken ones, one tree a folder."""

import argparse
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import dns.message
import dns.query
import pytest

from hornbook.instance import Instance, InstanceError, Ports, Settings
from hornbook.run import up
from tests.node.dns.conftest import ADULT, publish, until
from tests.node.doh.conftest import free_ports


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    up.configure(parser)
    return parser.parse_args(words)


def test_flags_win_over_what_the_instance_remembers() -> None:
    before = Settings(ports=Ports(console=9000, dns=9053))
    chosen = up.chosen_settings(parse("--dns", "5300"), before)
    assert (chosen.ports.console, chosen.ports.dns) == (9000, 5300)


@pytest.mark.parametrize("word", ["0", "65536", "-1", "dns", "53.5"])
def test_a_port_out_of_range_is_refused(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--dns", word)
    assert "port" in capsys.readouterr().err.lower()


def test_a_taken_port_is_named_with_the_flag_that_helps() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = Settings(ports=Ports(console=port))
        with pytest.raises(InstanceError, match=rf"port {port} for console.*--console PORT"):
            up.refuse_taken_ports(settings)


def test_a_second_tree_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    with (
        up.only_one(instance),
        pytest.raises(InstanceError, match="already runs"),
        up.only_one(instance),
    ):
        pass


def test_strangers_with_a_remembered_pid_are_left_alone(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    instance.beat("up", children={"dns": {"pid": 1}})
    up.stop_leftovers(instance)


def test_parts_of_a_killed_run_are_ended_before_the_next(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    words = [sys.executable, "-c", "import time; time.sleep(60)", "hornbook.node.dns"]
    left = [subprocess.Popen(words, start_new_session=True) for _ in range(2)]
    pids = {name: {"pid": one.pid} for name, one in zip(("dns", "doh"), left, strict=True)}
    instance.beat("up", children=pids)
    up.stop_leftovers(instance)
    assert all(one.poll() is not None for one in left)


@pytest.mark.parametrize("database", ["given", "own"])
def test_a_database_that_does_not_start_takes_no_answers_away(
    tmp_path: Path, database: str
) -> None:
    """The node has parts: it serves by them, and the console is tried again."""
    instance = Instance(tmp_path)
    console, notice, proxy, doh, dot, node = free_ports(6)
    ports = Ports(console=console, dns=node, notice=notice, proxy=proxy, doh=doh, dot=dot)
    instance.save(Settings(ports=ports, upstreams=("127.0.0.1:1",)))
    publish(instance.parts)
    environment = {**os.environ, "HORNBOOK_DATA": str(tmp_path)}
    if database == "given":
        environment["HORNBOOK_DATABASE_URL"] = "postgresql://nobody:x@127.0.0.1:1/hornbook"
    else:
        environment.pop("HORNBOOK_DATABASE_URL", None)
        instance.postgres.write_text("no folder")
    command = [sys.executable, "-m", "hornbook.cli", "up"]
    with (tmp_path / "told").open("wb") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told)
    try:
        until(lambda: "the console is tried again" in (tmp_path / "told").read_text(), 90)
        until(lambda: bool((instance.heartbeat("dns") or {}).get("ready")), 60)
        question = dns.message.make_query(ADULT, "A")
        assert dns.query.udp(question, "127.0.0.1", port=node, timeout=5).answer
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
