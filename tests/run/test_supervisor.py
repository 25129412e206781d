"""A dead part comes back, ever more slowly; a stop ends everything."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hornbook.instance import Instance
from hornbook.run.parts import Part
from hornbook.run.supervisor import Supervisor, describe_exit


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def wait_until(supervisor: Supervisor, condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, supervisor.facts()
        supervisor.tick()
        time.sleep(0.02)


def test_a_part_that_dies_is_told_and_started_again(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor(Instance(tmp_path), told.append)
    supervisor.add([Part("clock", python("import sys; sys.exit(3)"), lambda: True)])
    child = supervisor.children[0]
    wait_until(supervisor, lambda: child.restarts >= 2)
    assert "clock exited with code 3; starting it again in 0.5 s" in told[0]
    assert child.wait == 2.0
    supervisor.stop()


def test_a_healthy_part_makes_the_tree_ready(tmp_path: Path) -> None:
    supervisor = Supervisor(Instance(tmp_path), lambda line: None)
    supervisor.add([Part("clock", python("import time; time.sleep(60)"), lambda: True)])
    wait_until(supervisor, supervisor.all_ready)
    assert supervisor.facts()["clock"]["ready"]
    supervisor.stop()
    assert not supervisor.children[0].running


def test_a_part_that_ignores_the_request_to_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    supervisor = Supervisor(Instance(tmp_path), told.append)
    stubborn = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    )
    mark = tmp_path / "started"
    supervisor.add([Part("mule", [*python(stubborn), str(mark)], lambda: True)])
    wait_until(supervisor, mark.exists)
    monkeypatch.setattr("hornbook.run.supervisor.GRACE", 0.2)
    supervisor.stop()
    assert told == ["mule did not stop in 0.2 s and was killed"]


def test_what_a_part_started_ends_with_it(tmp_path: Path) -> None:
    """A killed console must leave no worker behind that shares the next console's port."""
    supervisor = Supervisor(Instance(tmp_path), lambda line: None)
    parent = (
        "import pathlib, subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "mark = pathlib.Path(sys.argv[1]);"
        "mark.with_suffix('.new').write_text(str(child.pid));"
        "mark.with_suffix('.new').rename(mark); time.sleep(60)"
    )
    mark = tmp_path / "worker"
    supervisor.add([Part("console", [*python(parent), str(mark)], lambda: True)])
    child = supervisor.children[0]
    wait_until(supervisor, mark.exists)
    orphan = psutil.Process(int(mark.read_text()))
    assert child.process is not None
    child.process.kill()
    wait_until(supervisor, lambda: child.restarts == 1)
    supervisor.stop()
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_what_a_part_prints_is_kept(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    supervisor = Supervisor(instance, lambda line: None)
    supervisor.add([Part("talker", python("print('good morning')"), lambda: True)])
    wait_until(supervisor, lambda: supervisor.children[0].restarts == 1)
    supervisor.stop()
    assert "good morning" in (instance.logs / "talker.log").read_text()


def test_an_exit_is_described_in_words() -> None:
    assert describe_exit(-9) == "was killed by SIGKILL"
    assert describe_exit(0) == "exited with code 0"
