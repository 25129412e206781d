"""Pull parts: ``python -m hornbook.node.sync --data DIR``; the source is in ``instance.json``."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading

from hornbook.instance import Instance, InstanceError
from hornbook.node.sync.service import serve
from hornbook.node.sync.sources import open_source
from hornbook.node.sync.token import read_token


def main() -> int:
    parser = argparse.ArgumentParser(prog="hornbook.node.sync", description=__doc__)
    parser.add_argument("--data", metavar="DIR", help="the instance's folder (default .hornbook)")
    instance = Instance.at(parser.parse_args().data)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        source = open_source(instance.settings().parts_from, read_token(instance))
    except InstanceError as error:
        print(f"hornbook sync: {error}", file=sys.stderr)
        return 2
    serve(instance, source, done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
