"""What every DNS door stands on: rules, cache, forwarding, record and heartbeat of one process.

The node on UDP and TCP (``server.py``) and the one behind TLS (``node/doh``) add their sockets.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hornbook.instance import Instance
from hornbook.node.dns.cache import Cache
from hornbook.node.dns.cookies import Cookies
from hornbook.node.dns.desk import Counts, House
from hornbook.node.dns.forward import Forwarder
from hornbook.node.dns.incoming import checks_of
from hornbook.node.dns.journal import Journal
from hornbook.node.dns.rows import Scribe
from hornbook.node.dns.upstreams import Upstream
from hornbook.node.dns.world import World, notice_of
from hornbook.node.partstore import PartStore, Watcher
from hornbook.node.protected import Protected
from hornbook.node.seating.forwarders import Forwarders
from hornbook.record.scope import Scope
from hornbook.record.segments import SegmentWriter

log = logging.getLogger(__name__)

WATCH_EVERY = 0.2  # seconds: how soon published parts are in force
BEAT_EVERY = 1.0
PATIENCE = 3.0  # seconds for which a start waits for compiled code: enough when it is made already
SWITCH_INTERVAL = 0.0001  # seconds until a thread with work must let the answering one go on


class Office:
    """One process that judges. ``part`` names its heartbeat, ``node`` its chain of segments.

    Raises InstanceError or OSError when the record is not free. Whoever inherits opens doors in
    :meth:`open_doors` and closes them in :meth:`close_doors`.
    """

    def __init__(
        self, instance: Instance, part: str, node: str, upstreams: Sequence[Upstream]
    ) -> None:
        self.instance = instance
        self.settings = instance.settings()
        self.part = part
        cache = Cache()
        scope = Scope.read(self.settings.recording)
        writer = SegmentWriter(instance.record, node)
        self.journal = Journal(writer, Scribe(node, self.settings.site, scope))
        trusted = Forwarders(self.settings.trusted_forwarders)
        self.house = House(
            notice_of(self.settings),
            cache,
            self.journal,
            trusted,
            Cookies(instance.secret("dns-cookies")),
            self.settings.rate_limit,
            protected=Protected.of(instance),
        )
        self.forwarder = Forwarder(upstreams, cache, checks=checks_of(self.settings))
        self._watcher = Watcher(PartStore(instance.parts))
        self.parts_problem = ""
        self.way = "one by one"
        self._stop = threading.Event()
        self._watch_thread = threading.Thread(target=self._watch, name="watch", daemon=True)

    def open_doors(self) -> None:
        """Begin to take questions; the forwarder's loop runs."""
        raise NotImplementedError

    def close_doors(self) -> None:
        """Take no more questions; those under way are still answered."""
        raise NotImplementedError

    def load_compiled(self) -> None:
        """Load the compiled pass, or make it, and use it from then on."""
        raise NotImplementedError

    def hurry(self) -> None:
        """Have the compiled pass used. Seconds the first time, one second later."""
        try:
            self.load_compiled()
        except Exception:  # answers go on one by one
            log.exception("the compiled pass could not be loaded")
            return
        self.way = "compiled"
        keep_for_ever()

    def hurry_soon(self) -> None:
        """The same, waiting for it a while: to load it beside answers would hold them up."""
        loading = threading.Thread(target=self.hurry, name="compile", daemon=True)
        loading.start()
        loading.join(PATIENCE)

    def start(self) -> None:
        """Load the rules, then answer. Returns at once."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.look_for_parts()
        self.journal.start()
        self.forwarder.start()
        self.open_doors()
        self._watch_thread.start()
        self.beat()

    def stop(self) -> None:
        """Stop reading, answer what is under way, seal the record, close."""
        self._stop.set()
        self._watch_thread.join()
        self.close_doors()
        self.forwarder.stop()
        self.journal.stop()
        self.beat(stopped=True)

    def run(self, until: threading.Event) -> None:
        """Beat every second until ``until`` is set."""
        while not until.wait(BEAT_EVERY):
            self.beat()

    def look_for_parts(self) -> None:
        """Put newly published parts in force; whatever is wrong with them, the old ones stay."""
        try:
            kernel = self._watcher.poll()
            if kernel is not None:
                self.house.enter(World(kernel, self.house.notice))
                self.house.protected.keep(kernel.rulebook.notice.get("protected", ()))
        except Exception as error:
            log.exception("the published parts cannot be used")
            self.parts_problem = str(error)
        else:
            self.parts_problem = self._watcher.problem or ""

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_EVERY):
            self.look_for_parts()

    def beat(self, **more: Any) -> None:
        """Write the heartbeat."""
        self.instance.beat(self.part, **self.facts(), **more)

    def facts(self) -> dict[str, Any]:
        """What the heartbeat tells."""
        world = self.house.world
        names = ("catalogue", "rulebook", "seating")
        parts = dict(zip(names, world.hashes, strict=True)) if world else {}
        problems = [
            self.parts_problem,
            world.problem if world else "",
            self.journal.problem,
            self._upstream_problem(),
        ]
        return {
            "ready": world is not None and not self._stop.is_set(),
            "parts": parts,
            "loaded_at": world.loaded_at if world else None,
            "problem": " ".join(problem for problem in problems if problem),
            "upstreams": [str(upstream) for upstream in self.forwarder.upstreams],
            "upstream_failures": self.forwarder.failed,
            "dropped": self.forwarder.dropped,
            "recorded": self.journal.recorded,
            "record_lost": self.journal.lost,
            **total(self.house.counts),
        }

    def _upstream_problem(self) -> str:
        if self.forwarder.upstreams:
            return ""
        return "No upstream resolver is known: set “upstreams” in instance.json."


def keep_for_ever() -> None:
    """What has been loaded stays: to look through it for cycles again would hold answers up."""
    gc.collect()
    gc.freeze()


def total(counts: list[Counts]) -> dict[str, int]:
    each = [asdict(count) for count in counts]
    return {name: sum(count[name] for count in each) for name in asdict(Counts())}
