"""One office as a process: settle it, answer until SIGTERM or SIGINT, end cleanly."""

from __future__ import annotations

import importlib.abc
import logging
import signal
import sys
import threading
from collections.abc import Callable

import pyarrow

from hornbook.instance import InstanceError
from hornbook.node.dns.office import Office, keep_for_ever


class _NoPandas(importlib.abc.MetaPathFinder):
    """pyarrow imports pandas wherever it is installed: 35 MB that no node needs."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def serve(name: str, make: Callable[[], Office]) -> int:
    """Run what ``make`` makes; the exit code is 2 when it cannot start, and it says why."""
    sys.meta_path.insert(0, _NoPandas())
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # gives back what a segment took
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        office = make()
        office.start()
    except InstanceError as error:
        print(f"hornbook {name}: {error}", file=sys.stderr)
        return 2
    keep_for_ever()
    office.run(done)
    office.stop()
    return 0
