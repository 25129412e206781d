"""From judged batches to sealed rows, away from the thread that answers.

The answering threads only append a ``Judged``, or fill a ``Block``. Every two seconds
the journal's own thread turns them into ``ACTIVITY`` rows and seals a segment. When sealing
fails (a full disk, say) answering goes on: batches wait up to a limit, then the oldest are
dropped and their rows counted in ``lost``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import groupby

from hornbook.node.dns.block import Block
from hornbook.node.dns.rows import Judged, Scribe, Slip, gathered
from hornbook.record.segments import SegmentWriter

log = logging.getLogger(__name__)

EVERY = 2.0  # seconds between segments: what the activity page lags behind, at most
LOOK = 0.25  # seconds between looks at how much waits
FULL = 100_000  # rows that are sealed before it is time, to keep memory small
MAX_ROWS = 2_000_000  # rows that wait for a disk: about 200 MB
CHUNK = 16_384  # rows made at once: short enough to leave the answering threads their turn


class Journal:
    """The queue, the thread and the writer of one node. ``problem`` is a sentence, or empty."""

    def __init__(
        self,
        writer: SegmentWriter,
        scribe: Scribe,
        *,
        every: float = EVERY,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self._writer = writer
        self._scribe = scribe
        self._every = every
        self._max_rows = max_rows
        self._queue: deque[Judged | Slip] = deque()
        self._blocks: list[Block] = []
        self._added = 0
        self._taken = 0
        self._lost = 0
        self.recorded = 0
        self.problem = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    @property
    def lost(self) -> int:
        """Rows that were dropped because they could not be written for too long."""
        return self._lost + self._writer.lost

    @property
    def waiting(self) -> int:
        """Rows that are not made yet, about: two threads may add at one time."""
        return self._added - self._taken

    def start(self) -> None:
        self._thread.start()

    def add(self, batch: Judged) -> None:
        """Take one judged batch; costs the caller an append."""
        self._queue.append(batch)
        self._added += len(batch)

    def note(self, slip: Slip) -> None:
        """Take one question that was judged alone; costs the caller an append."""
        self._queue.append(slip)
        self._added += 1

    def attach(self, block: Block) -> None:
        """Take the rows of a block too, as they come, until it is closed and empty."""
        self._blocks.append(block)

    def stop(self) -> None:
        """Seal what is left. The answering threads must have ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        for block in self._blocks:
            block.closed = True
        try:
            self._write()
            self._writer.close()
        except OSError as error:
            self._note(f"The last rows could not be written: {error}.")

    def _run(self) -> None:
        last = time.monotonic()
        while not self._stop.wait(min(LOOK, self._every)):
            now = time.monotonic()
            self._gather()
            if now - last < self._every and self.waiting < FULL:
                continue
            last = now
            self._drop_oldest()
            try:
                self._write()
            except OSError as error:
                self._note(f"The record cannot be written: {error}. Free space or mend the folder.")
            except Exception as error:
                log.exception("a batch could not be recorded")
                self._note(f"Some rows could not be recorded: {error}")

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s", problem)
        self.problem = problem

    def _gather(self) -> None:
        """Put what the blocks have now into the queue."""
        for block in tuple(self._blocks):
            is_closed = block.closed  # before its last rows are taken, not behind
            found = block.take()
            if found is not None:
                self.add(found)
            if is_closed:
                self._blocks.remove(block)

    def _write(self) -> None:
        """Seal what the last attempt left, then what has come since. Raises OSError."""
        self._writer.seal()
        self._gather()
        problem = ""
        for chunk in self._chunks():
            problem = self._record(chunk) or problem
        self._writer.seal()
        if problem:
            self._note(f"Some rows could not be recorded: {problem}")
        else:
            self.problem = ""

    def _record(self, chunk: list[Judged]) -> str:
        """Append rows; what is wrong with those that cannot be made. The others of them are."""
        rows = sum(map(len, chunk))
        try:
            made = list(self._scribe.rows(chunk))
        except Exception as error:
            if len(chunk) > 1:
                return max(self._record([batch]) for batch in chunk)
            log.exception("a batch could not be recorded")
            self._lost += rows
            return str(error) or type(error).__name__
        self._lost += rows  # unless it is written after all
        for batch in made:
            self._writer.append(batch)
        self._lost -= rows
        self.recorded += rows
        return ""

    def _chunks(self) -> Iterator[list[Judged]]:
        """What is in the queue now, in pieces of about ``CHUNK`` rows."""
        left = len(self._queue)
        while left:
            chunk: list[Judged | Slip] = []
            rows = 0
            while left and rows < CHUNK:
                chunk.append(self._take())
                rows += _rows_of(chunk[-1])
                left -= 1
            yield list(_batches(chunk))

    def _drop_oldest(self) -> None:
        while self.waiting > self._max_rows and self._queue:
            self._lost += _rows_of(self._take())

    def _take(self) -> Judged | Slip:
        item = self._queue.popleft()
        self._taken += _rows_of(item)
        return item


def _rows_of(item: Judged | Slip) -> int:
    return 1 if isinstance(item, tuple) else len(item)


def _batches(items: Iterable[Judged | Slip]) -> Iterator[Judged]:
    """The same in its order, slips that follow each other as one batch."""
    for _, run in groupby(items, lambda item: isinstance(item, tuple)):
        some = list(run)
        slips = [item for item in some if isinstance(item, tuple)]
        yield from gathered(slips) if slips else (i for i in some if isinstance(i, Judged))
