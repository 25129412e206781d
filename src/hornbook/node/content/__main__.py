"""``python -m hornbook.node.content --data DIR``: look at answers until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import sys

from hornbook.instance import Instance
from hornbook.node.content.backend import Content
from hornbook.node.dns.process import serve
from hornbook.node.doh.backend import stand_in


def main() -> int:
    parser = argparse.ArgumentParser(prog="hornbook.node.content", description=__doc__)
    parser.add_argument("--data", help="the instance's folder")
    instance = Instance.at(parser.parse_args().data)

    def make() -> Content:
        stand_in(instance)
        return Content(instance)

    return serve("content", make)


if __name__ == "__main__":
    sys.exit(main())
