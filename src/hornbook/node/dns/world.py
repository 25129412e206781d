"""What one set of parts means for DNS: who is blocked how, and until when that is known.

A ``World`` is never changed. When new parts are published, the server makes the next world in
another thread and then points to it; a batch that has begun ends in the world it began in.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.instance import Settings
from hornbook.kernel.judge import Kernel, Now
from hornbook.kernel.wires import Wires
from hornbook.node.dns.discovery import CANARIES
from hornbook.node.dns.rewrite import Rewrites
from hornbook.node.dns.tails import BLOCKING, Notice, Tails
from hornbook.record.scope import UNTOLD, BadScope, Scope

_NOBODY = "Until new ones are published, nobody is named in the record."
_TTL_STEPS = (3600, 60, 30, 15, 8, 4, 2, 1, 0)  # seconds; few, so that tails are made once


@dataclass(frozen=True)
class Moment:
    """What holds for one second: the slot, the tails, and how long answers may be kept."""

    until: float  # time.time() at which the next moment begins
    slot: int
    edge: int  # seconds to the next change for anybody, 3600 when none is near
    tails: Tails
    now: Now  # what the kernel judges by


class World:
    """A kernel with its tails. ``blocks`` bool (verdicts,): the name is not resolved.

    ``recording`` is what may be recorded of what it judges; ``problem`` says in words why that is
    the least, "" where the parts say it themselves.
    """

    def __init__(self, kernel: Kernel, notice: Notice) -> None:
        self.kernel = kernel
        self.hashes = kernel.hashes
        self.loaded_at = time.time()
        self.recording, self.problem = recording_of(kernel.seating.recording)
        rulebook = kernel.rulebook
        self.blocks: NDArray[np.bool_] = np.array(
            [verdict.answer in BLOCKING for verdict in kernel.verdicts]
        )
        self.rewrites = Rewrites(rulebook)
        self.canaries_listed = [name for name in CANARIES if self._is_blocked_for_some(name)]
        self._notice = notice
        self._tails: dict[int, Tails] = {}
        self._moment = self._make_moment(time.time())

    def moment(self, now: float) -> Moment:
        """What holds at ``now`` (Unix time); made anew each second."""
        if now >= self._moment.until or now < self._moment.until - 1.5:
            self._moment = self._make_moment(now)
        return self._moment

    def _make_moment(self, now: float) -> Moment:
        held = self.kernel.at(now)
        # A second that has begun counts as over: an answer may be given at its end.
        end = int(now) + 1
        edge = int(min(_TTL_STEPS[0], max(0.0, held.until - end)))
        limit = next(step for step in _TTL_STEPS if step <= edge)
        if limit not in self._tails:
            self._tails[limit] = Tails(self.kernel.verdicts, self._notice, limit)
        return Moment(float(end), held.slot, edge, self._tails[limit], held)

    def _is_blocked_for_some(self, name: bytes) -> bool:
        found = self.kernel.catalogue.lookup(Wires.pack([name])).set_id[0]
        return bool(self.blocks[self.kernel.rulebook.matrix[:, :, found]].any())


def recording_of(told: Any) -> tuple[Scope, str]:
    """What the parts let be recorded, and what is wrong with it.

    Fail mode: where they do not say it in words that this version understands, questions are
    recorded without person and address. The record goes on, and nobody is in it who should not be.
    """
    if told is None:
        return UNTOLD, f"The parts do not say what may be recorded. {_NOBODY}"
    try:
        return Scope.read(told), ""
    except BadScope as error:
        return UNTOLD, f"What the parts say of recording cannot be used ({error}). {_NOBODY}"


def notice_of(settings: Settings) -> Notice:
    """Where blocked people are sent, from the settings of the instance."""
    host = settings.notice_v4 or f"[{settings.notice_v6}]"
    port = settings.ports.notice
    return Notice(
        settings.notice_v4,
        settings.notice_v6,
        f"http://{host}/" if port == 80 else f"http://{host}:{port}/",
    )
