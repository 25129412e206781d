"""``python -m hornbook.node.proxy --data DIR``: tell Envoy what is open until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import sys

from hornbook.instance import Instance
from hornbook.node.dns.process import serve
from hornbook.node.doh.backend import stand_in
from hornbook.node.proxy.backend import Backend


def main() -> int:
    parser = argparse.ArgumentParser(prog="hornbook.node.proxy", description=__doc__)
    parser.add_argument("--data", help="the instance's folder")
    instance = Instance.at(parser.parse_args().data)

    def make() -> Backend:
        stand_in(instance)
        return Backend(instance)

    return serve("proxy", make)


if __name__ == "__main__":
    sys.exit(main())
