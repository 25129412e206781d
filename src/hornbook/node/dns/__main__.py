"""``python -m hornbook.node.dns --data DIR``: answer until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import importlib.abc
import logging
import signal
import sys
import threading

import pyarrow

from hornbook.instance import Instance, InstanceError
from hornbook.node.dns.server import Server


class _NoPandas(importlib.abc.MetaPathFinder):
    """pyarrow imports pandas wherever it is installed: 35 MB that no node needs."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def main() -> int:
    parser = argparse.ArgumentParser(prog="hornbook.node.dns", description=__doc__)
    parser.add_argument("--data", help="the instance's folder")
    parser.add_argument("--portable", action="store_true", help="do not use recvmmsg")
    options = parser.parse_args()
    sys.meta_path.insert(0, _NoPandas())
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # gives back what a segment took
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        server = Server(Instance.at(options.data), portable=options.portable)
        server.start()
    except InstanceError as error:
        print(f"hornbook dns: {error}", file=sys.stderr)
        return 2
    server.run(done)
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
