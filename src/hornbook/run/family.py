"""A part and whatever it started. Each part leads a session of its own (setsid(2)), and a
session keeps its number until its last process ends, so that nothing of it is lost sight of
when the part itself was killed. The console is such a part: its server starts workers, which
go on listening alone and would share the port with the console that is started next."""

from __future__ import annotations

import os
from contextlib import suppress

import psutil


def family(leader: int) -> list[psutil.Process]:
    """The processes of that session that still run; ``leader`` may be gone."""
    return [p for p in psutil.process_iter() if _session(p.pid) == leader and not _has_ended(p)]


def is_ours(processes: list[psutil.Process]) -> bool:
    """Whether that session is Hornbook's: after a restart of the machine, numbers are others'."""
    return any("hornbook." in " ".join(_words(process)) for process in processes)


def end(*leaders: int, grace: float = 0.0) -> None:
    """Ask all of those sessions to end at once; insist on it after ``grace`` seconds."""
    left = [process for leader in leaders for process in family(leader)]
    if left and grace:
        _each(left, "terminate")
        _, left = psutil.wait_procs(left, timeout=grace)
    _each(left, "kill")
    psutil.wait_procs(left, timeout=1)


def _each(processes: list[psutil.Process], do: str) -> None:
    for process in processes:
        with suppress(psutil.Error):
            getattr(process, do)()


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:  # it has ended, or this system does not tell about others' processes
        return -1


def _has_ended(process: psutil.Process) -> bool:
    """Also when nobody has taken note of its end yet, as in a container without an init."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
