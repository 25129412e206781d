"""Bring what people wrote at this node to the console: requests, and reasons at warnings.

A file stays until the console says that it has it, so nothing is lost; the console knows each by
its receipt, so that what is brought twice is there once. What it cannot use at all is set aside
here, with its words in the log, and does not stop the others.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

BOXES = ("asks", "reasons")  # folders of the spool (notice/asks.py, proxy/reasons.py)
ASIDE = "aside"
AT_ONCE = 50  # files in one go, so that parts and reports have their turn

log = logging.getLogger(__name__)


class Taker(Protocol):
    """Who takes what was written. Raises SourceError or OSError."""

    def take(self, box: str, receipt: str, body: bytes) -> str:
        """Bring one; "" when it is there (now or already), else why it can never be taken."""


def waiting(spool: Path) -> list[Path]:
    """What nobody has fetched yet."""
    return [path for box in BOXES for path in sorted((spool / box).glob("*.json"))]


def bring(spool: Path, to: Taker) -> int:
    """Bring what waits; how many went. Raises SourceError or OSError, and the rest waits."""
    brought = 0
    for path in waiting(spool)[:AT_ONCE]:
        refused = to.take(path.parent.name, path.stem, path.read_bytes())
        if refused:
            log.error("%s is nothing that the console takes: %s", path, refused)
            aside = path.parent / ASIDE
            aside.mkdir(exist_ok=True)
            path.replace(aside / path.name)
        else:
            path.unlink(missing_ok=True)
            brought += 1
    return brought
