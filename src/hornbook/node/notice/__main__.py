"""Start the notice page: ``python -m hornbook.node.notice --data DIR``."""

from __future__ import annotations

import argparse
import asyncio
import sys

from hornbook.instance import Instance, InstanceError
from hornbook.node.notice.server import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="hornbook.node.notice", description=__doc__)
    parser.add_argument("--data", metavar="DIR", help="the instance's folder (default .hornbook)")
    instance = Instance.at(parser.parse_args().data)
    try:
        asyncio.run(serve(instance))
    except InstanceError as error:
        print(f"notice: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
