"""Choosing ports, refusing taken ones, one tree a folder."""

import argparse
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hornbook.instance import Instance, InstanceError, Ports, Settings
from hornbook.run import up


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
