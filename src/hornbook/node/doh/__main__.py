"""``python -m hornbook.node.doh --data DIR``: answer Envoy until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import sys

from hornbook.instance import Instance
from hornbook.kernel import compiled
from hornbook.node.dns.process import serve
from hornbook.node.doh.backend import Backend, stand_in


def main() -> int:
    parser = argparse.ArgumentParser(prog="hornbook.node.doh", description=__doc__)
    parser.add_argument("--data", help="the instance's folder")
    parser.add_argument("--plain", action="store_true", help="do not use compiled code")
    options = parser.parse_args()
    instance = Instance.at(options.data)

    def make() -> Backend:
        stand_in(instance)
        return Backend(instance, quick=compiled.available() and not options.plain)

    return serve("doh", make)


if __name__ == "__main__":
    sys.exit(main())
