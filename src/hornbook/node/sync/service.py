"""Look at the source again and again, wait longer when it fails, and tell how it goes."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from hornbook.instance import Instance
from hornbook.kernel.judge import Mismatch
from hornbook.kernel.parts import BadPart
from hornbook.node.partstore import NotThatPart, PartStore
from hornbook.node.sync.delivery import deliver
from hornbook.node.sync.follower import Follower
from hornbook.node.sync.report import make_report
from hornbook.node.sync.sources import Source, SourceError
from hornbook.node.sync.spooled import bring, waiting
from hornbook.node.sync.web import WebSource

LOOK_EVERY = 1.0  # seconds
LONGEST_WAIT = 15.0  # seconds between looks while the source fails
REPORT_EVERY = 10.0
SERVED_WITHIN = 1.5  # seconds until the DNS server judges by new parts and has said so
BEAT_EVERY = 1.0

log = logging.getLogger(__name__)


class Sync:
    """One node's tie to its source. ``problem`` is "" while all is well."""

    def __init__(self, instance: Instance, source: Source, *, every: float = LOOK_EVERY) -> None:
        self.instance = instance
        self.source = source
        self.every = every
        self.follower = Follower(PartStore(instance.parts), source)
        self.problem = ""
        self.delivered = 0  # segments since the start
        self.brought = 0  # what people wrote here, since the start
        self._in_step_at: float | None = None  # monotonic: when we last knew to be in step
        self._failures = 0
        self._report_at = 0.0
        self._jitter = random.Random()  # noqa: S311 - spreads nodes over time, hides nothing

    def run(self, stop: threading.Event) -> None:
        """Look until ``stop`` is set."""
        while not stop.wait(self.pause()):
            self.look()

    def pause(self) -> float:
        """Seconds to the next look: about ``every``, doubled with each failure in a row."""
        if not self._failures:
            return self.every * self._jitter.uniform(0.75, 1.25)
        longest = min(LONGEST_WAIT, self.every * 2.0 ** min(self._failures, 30))
        return longest * self._jitter.uniform(0.5, 1.0)

    def look(self) -> None:
        """One look, and a report when it is time. Whatever fails, the parts in force stay."""
        trouble = self._attempt(self._pull)
        self._failures = self._failures + 1 if trouble else 0
        for act in (self._report, self._bring, self._deliver):
            trouble = trouble or self._attempt(act)
        if trouble and trouble != self.problem:
            log.warning("%s", trouble)
        self.problem = trouble

    def _attempt(self, act: Callable[[], None]) -> str:
        """What went wrong, "" for nothing."""
        try:
            act()
        except (SourceError, NotThatPart, BadPart, Mismatch, OSError) as error:
            return str(error)
        except Exception as error:
            log.exception("a look at the source failed")
            return f"{type(error).__name__}: {error}"
        return ""

    def _pull(self) -> None:
        if self.follower.look():
            self._report_at = time.monotonic() + SERVED_WITHIN
        self._in_step_at = time.monotonic()

    def _report(self) -> None:
        if time.monotonic() < self._report_at:
            return
        self._report_at = time.monotonic() + REPORT_EVERY
        current = self.follower.store.current()
        published_at = current.at if current else None
        self.source.report(make_report(self.instance, published_at, self.problem))

    def _bring(self) -> None:
        """With a folder or a store there is nobody to bring them to, and they wait here."""
        if isinstance(self.source, WebSource):
            self.brought += bring(self.instance.spool, self.source)

    def _deliver(self) -> None:
        """Only a console takes segments in; with a folder or a store they stay here."""
        if isinstance(self.source, WebSource):
            self.delivered += deliver(self.instance.record, self.source)

    def facts(self) -> dict[str, Any]:
        """What the heartbeat tells. ``age``: seconds since we last knew to be in step."""
        current, known = self.follower.store.current(), self._in_step_at
        return {
            "number": current.number if current else None,
            "published_at": current.at if current else None,
            "in_step": self.follower.in_step and not self.problem,
            "age": None if known is None else round(time.monotonic() - known, 1),
            "pulled_octets": self.follower.pulled,
            "delivered": self.delivered,
            "brought": self.brought,
            "waiting": len(waiting(self.instance.spool)),
            "failures": self._failures,
            "problem": self.problem,
        }


def serve(instance: Instance, source: Source, until: threading.Event) -> None:
    """Follow the source until ``until`` is set; a slow download does not stop the heartbeat."""
    sync = Sync(instance, source)
    threading.Thread(target=sync.run, args=[until], name="sync", daemon=True).start()
    while True:
        instance.beat("sync", ready=not until.is_set(), **sync.facts())
        if until.wait(BEAT_EVERY):
            return
