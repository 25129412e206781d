"""The worker: queued tasks (django-tasks-db) and the regular jobs, in one small loop.

``python -m hornbook.district.worker``. A failing job is logged with its traceback, told in the
heartbeat and tried again at the next tick; one bad job never stops the others.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable

import django

TICK_SECONDS = 2.0
log = logging.getLogger("hornbook.worker")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hornbook.district.settings")
    django.setup()
    from django.conf import settings

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        problems = [problem for job in _jobs() if (problem := attempt(job))]
        settings.INSTANCE.beat("worker", ready=not problems, problems=problems)
        stop.wait(TICK_SECONDS)
    _stop_threads()


def attempt(job: Callable[[], object]) -> str | None:
    """Run one job; None when it went well, else one line for the heartbeat."""
    from django.db import close_old_connections

    close_old_connections()
    try:
        job()
    except Exception as error:
        log.exception("the job %s failed", job.__name__)
        return f"{job.__name__}: {type(error).__name__}: {error}".splitlines()[0][:200]
    finally:
        close_old_connections()
    return None


def _stop_threads() -> None:
    from hornbook.district.activity.rehearsal.running import runner

    runner.stop()


def _jobs() -> tuple[Callable[[], object], ...]:
    from hornbook.district.activity.jobs import tidy_record
    from hornbook.district.activity.looked.keeping import fetch_looks
    from hornbook.district.activity.rehearsal.running import rehearse_what_waits
    from hornbook.district.conduct.jobs import rounds as conduct_rounds
    from hornbook.district.consequences.carrying_out import carry_out
    from hornbook.district.filtering.jobs import tick
    from hornbook.district.learning.jobs import campaign_rounds
    from hornbook.district.ledger.jobs import sign_if_due
    from hornbook.district.mail.jobs import send_letters
    from hornbook.district.records.retention import run_if_due as destroy_if_due

    return (
        run_queued_tasks,
        tick,
        campaign_rounds,
        conduct_rounds,
        send_letters,
        carry_out,
        tidy_record,
        fetch_looks,
        rehearse_what_waits,
        sign_if_due,
        destroy_if_due,
    )


def run_queued_tasks() -> None:
    """Do every task that waits in the queue, then return."""
    from django_tasks_db.management.commands.db_worker import Worker

    Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="worker",
        excluded_queue_names=[],
    ).run()


if __name__ == "__main__":
    main()
