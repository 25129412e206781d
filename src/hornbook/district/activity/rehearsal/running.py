"""Carry out what was asked for, one rehearsal at a time, beside the worker's other jobs.

Who carries one out holds a lock of the database that ends with its connection, so a run whose
process died is found and goes on: the days of the record that were read lie in the data folder
(``rehearsals/``), and are of use as long as the same parts are in service. The result is the same.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections, connection, connections
from django.utils import timezone

from hornbook.district.activity.models import RehearsalRun
from hornbook.district.activity.rehearsal.actions import fail, finish
from hornbook.district.activity.rehearsal.draft import as_read, read_draft
from hornbook.district.activity.rehearsal.rehearse import Progress, rehearse
from hornbook.district.overview.health import this_instance
from hornbook.instance import InstanceError
from hornbook.record.lake import Lake, LakeError

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)
KEPT = timedelta(days=30)  # how long a result can be looked at
_LOCK = 0x7265  # any constant: "re"


class Stopped(BaseException):
    """It was cancelled, or the worker ends; what was read stays."""


class Shelf(Progress):
    """Tells how far a run is, keeps its days, and hears that it shall stop."""

    def __init__(self, run: RehearsalRun, stop: threading.Event) -> None:
        self._run, self._stop = run, stop
        self._folder = folder_of(run)

    def begin(self, parts: list[str], steps: int) -> None:
        if self._run.parts != parts:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._update(parts=parts, steps=steps, step=0)

    def at(self, step: int, doing: str) -> None:
        self._update(step=step, doing=doing)

    def _update(self, **values: object) -> None:
        running = RehearsalRun.objects.filter(pk=self._run.pk, state=RehearsalRun.State.RUNNING)
        if self._stop.is_set() or not running.update(**values):
            raise Stopped

    def load(self, slice_: int) -> pa.Table | None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_table(self._path(slice_))
        except (OSError, pa.ArrowException):
            return None

    def save(self, slice_: int, table: pa.Table) -> None:
        import pyarrow.parquet as pq

        path = self._path(slice_)
        beginning = path.with_suffix(".part")
        pq.write_table(table, beginning)
        beginning.replace(path)

    def _path(self, slice_: int) -> Path:
        return self._folder / f"{slice_:04}.parquet"


def folder_of(run: RehearsalRun) -> Path:
    """Where the days lie that a run has read."""
    folder: Path = settings.INSTANCE.folder("rehearsals") / str(run.key)
    return folder


def run_next(stop: threading.Event | None = None) -> RehearsalRun | None:
    """Carry out the oldest that is open and that nobody is at; None where there is none."""
    for run in RehearsalRun.objects.filter(state__in=_OPEN).order_by("asked_at", "pk"):
        with _held(run) as mine:
            if mine and RehearsalRun.objects.filter(pk=run.pk, state__in=_OPEN).update(
                state=RehearsalRun.State.RUNNING
            ):
                run.refresh_from_db()
                _carry_out(run, stop or threading.Event())
                return run
    return None


_OPEN = (RehearsalRun.State.WAITING, RehearsalRun.State.RUNNING)


@contextmanager
def _held(run: RehearsalRun) -> Iterator[bool]:
    """Whether nobody else is at it; the lock goes with the connection, however that ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, run.pk])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, run.pk])


def _carry_out(run: RehearsalRun, stop: threading.Event) -> None:
    try:
        lake = Lake(this_instance().record)
        draft = read_draft(as_read(run.draft))
        found = rehearse(draft, lake, run.since, run.until, progress=Shelf(run, stop))
        finish(run, found)
    except Stopped:
        log.info("%s stopped; what it has read stays", run)
        return
    except LakeError:
        log.exception("%s could not read the record", run)
        fail(run, "The record cannot be read just now.")
    except InstanceError as error:
        fail(run, str(error))
    except Exception as error:
        log.exception("%s failed", run)
        fail(run, f"An unexpected fault ({type(error).__name__}). The log has its place.")
    shutil.rmtree(folder_of(run), ignore_errors=True)


def forget_old() -> int:
    """Forget results after ``KEPT``, and the days of what has ended; their hashes stay."""
    ended = RehearsalRun.objects.filter(ended_at__lt=timezone.now() - KEPT)
    for run in ended:
        shutil.rmtree(folder_of(run), ignore_errors=True)
    return ended.filter(state=RehearsalRun.State.DONE).exclude(result=None).update(result=None)


class Runner:
    """A thread that lives as long as there is something to rehearse."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Start the thread when something waits. Returns at once."""
        alive = self._thread is not None and self._thread.is_alive()
        if not alive and RehearsalRun.objects.filter(state__in=_OPEN).exists():
            self._thread = threading.Thread(target=self._run, name="rehearsal", daemon=True)
            self._thread.start()

    def stop(self, seconds: float = 20.0) -> None:
        """Let the step under way end; the rest goes on after the next start."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        close_old_connections()
        try:
            while not self._stop.is_set() and run_next(self._stop):
                pass
            forget_old()
        finally:
            connections.close_all()


runner = Runner()


def rehearse_what_waits() -> None:
    """For the worker's loop."""
    runner.look()
