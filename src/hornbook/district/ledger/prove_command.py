"""``hornbook ledger prove NO``: a proof of one leaf that anyone can check offline."""

from __future__ import annotations

import argparse
import json

from hornbook.district.ledger.proofs import prove
from hornbook.instance import Instance

HELP = "prove that a leaf is in the ledger"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("no", type=int, metavar="NO", help="the leaf's number")


def run(args: argparse.Namespace, instance: Instance) -> int:
    print(json.dumps(prove(args.no), indent=2, ensure_ascii=False))
    return 0
