"""``python -m hornbook.node.dns --data DIR``: answer until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import sys

from hornbook.instance import Instance
from hornbook.node.dns.process import serve
from hornbook.node.dns.server import Server


def main() -> int:
    parser = argparse.ArgumentParser(prog="hornbook.node.dns", description=__doc__)
    parser.add_argument("--data", help="the instance's folder")
    parser.add_argument("--portable", action="store_true", help="do not use recvmmsg")
    options = parser.parse_args()
    return serve("dns", lambda: Server(Instance.at(options.data), portable=options.portable))


if __name__ == "__main__":
    sys.exit(main())
