"""What one set of parts means for DNS: who is blocked how, and until when that is known.

A ``World`` is never changed. When new parts are published, the server makes the next world in
another thread and then points to it; a batch that has begun ends in the world it began in.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from hornbook.instance import Settings
from hornbook.kernel.judge import Judgement, Kernel
from hornbook.kernel.rulebook import MINUTES_A_WEEK
from hornbook.kernel.wires import Wires
from hornbook.node.dns.discovery import CANARIES
from hornbook.node.dns.rewrite import Rewrites
from hornbook.node.dns.tails import BLOCKING, Notice, Tails

_TTL_STEPS = (3600, 60, 30, 15, 8, 4, 2, 1, 0)  # seconds; few, so that tails are made once


@dataclass(frozen=True)
class Moment:
    """What holds for one second: the slot, the tails, and how long answers may be kept."""

    until: float  # time.time() at which the next moment begins
    slot: int
    edge: int  # seconds to the next change of slot, 3600 when none is near
    tails: Tails


class World:
    """A kernel with its tails. ``blocks`` bool (verdicts,): the name is not resolved."""

    def __init__(self, kernel: Kernel, notice: Notice) -> None:
        self.kernel = kernel
        self.hashes = kernel.hashes
        self.loaded_at = time.time()
        rulebook = kernel.rulebook
        self.blocks: NDArray[np.bool_] = np.array(
            [verdict.answer in BLOCKING for verdict in rulebook.verdicts]
        )
        self.rewrites = Rewrites(rulebook)
        self.canaries_listed = [name for name in CANARIES if self._is_blocked_for_some(name)]
        self._notice = notice
        self._tails: dict[int, Tails] = {}
        self._zone = ZoneInfo(rulebook.time_zone)
        self._minutes_left = _minutes_to_change(rulebook.week)
        self._moment = self._make_moment(time.time())

    def moment(self, now: float) -> Moment:
        """What holds at ``now`` (Unix time); made anew each second."""
        if now >= self._moment.until or now < self._moment.until - 1.5:
            self._moment = self._make_moment(now)
        return self._moment

    def judge_one(self, name: bytes, seat: int, slot: int) -> Judgement:
        """A batch of one: ``name`` in wire form."""
        return self.kernel.judge(Wires.pack([name]), np.array([seat]), slot)

    def _make_moment(self, now: float) -> Moment:
        local = datetime.fromtimestamp(now, self._zone)
        minute = (local.weekday() * 24 + local.hour) * 60 + local.minute
        left = int(self._minutes_left[minute]) * 60 - local.second
        edge = min(_TTL_STEPS[0], max(0, left))
        limit = next(step for step in _TTL_STEPS if step <= edge)
        if limit not in self._tails:
            self._tails[limit] = Tails(self.kernel.rulebook.verdicts, self._notice, limit)
        slot = int(self.kernel.rulebook.week[minute])
        return Moment(float(int(now) + 1), slot, edge, self._tails[limit])

    def _is_blocked_for_some(self, name: bytes) -> bool:
        found = self.kernel.catalogue.lookup(Wires.pack([name])).set_id[0]
        return bool(self.blocks[self.kernel.rulebook.matrix[:, :, found]].any())


def notice_of(settings: Settings) -> Notice:
    """Where blocked people are sent, from the settings of the instance."""
    host = settings.notice_v4 or f"[{settings.notice_v6}]"
    port = settings.ports.notice
    return Notice(
        settings.notice_v4,
        settings.notice_v6,
        f"http://{host}/" if port == 80 else f"http://{host}:{port}/",
    )


def _minutes_to_change(week: NDArray[np.uint8]) -> NDArray[np.int64]:
    """For each minute of the week, minutes until the slot is another; a week when it never is."""
    twice = np.concatenate([week, week])
    changes = np.flatnonzero(twice[1:] != twice[:-1]) + 1
    minutes = np.arange(MINUTES_A_WEEK)
    if not len(changes):
        return np.full(MINUTES_A_WEEK, MINUTES_A_WEEK)
    left: NDArray[np.int64] = changes[np.searchsorted(changes, minutes, "right")] - minutes
    return left
