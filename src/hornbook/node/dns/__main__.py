"""``python -m hornbook.node.dns --data DIR``: answer until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path

from hornbook.instance import Instance, InstanceError, Ports, Settings
from hornbook.kernel import compiled
from hornbook.node.dns.crew import Crew, end_with_parent
from hornbook.node.dns.process import serve
from hornbook.node.dns.server import Server


def main() -> int:
    parser = argparse.ArgumentParser(prog="hornbook.node.dns", description=__doc__)
    parser.add_argument("--data", help="the instance's folder")
    parser.add_argument("--portable", action="store_true", help="do not use recvmmsg")
    parser.add_argument("--plain", action="store_true", help="do not use compiled code")
    parser.add_argument("--prepare", action="store_true", help="make the compiled code, and end")
    parser.add_argument("--worker", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.prepare:
        return prepare()
    instance = Instance.at(options.data)
    portable = options.portable
    if not options.worker and _workers(instance) > 1:
        return _mind(instance, *["--portable"] * portable, *["--plain"] * options.plain)
    if options.worker:
        end_with_parent()
    quick = compiled.available() and not options.plain
    return serve(
        "dns", lambda: Server(instance, portable=portable, quick=quick, worker=options.worker)
    )


def prepare() -> int:
    """Make the compiled code by nodes that nobody asks; 1 where it cannot be made or kept."""
    if not compiled.available():
        print("hornbook dns: numba is not here; questions are answered one by one")
        return 0
    from hornbook.node.doh.backend import Backend  # which stands on this package

    with tempfile.TemporaryDirectory() as folder:
        instance = Instance(Path(folder))
        instance.save(Settings(ports=Ports(dns=0), upstreams=()))
        server, behind_tls = Server(instance), Backend(instance)
        for office in (server, behind_tls):
            office.hurry()
        return 0 if server.way == behind_tls.way == "compiled" else 1


def _workers(instance: Instance) -> int:
    try:
        return instance.settings().workers
    except InstanceError:
        return 1  # the server says it, and how to mend it


def _mind(instance: Instance, *options: str) -> int:
    """Several workers; this process starts them and starts them again."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        return Crew(instance, instance.settings().workers, *options).run(done)
    except InstanceError as error:
        print(f"hornbook dns: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
