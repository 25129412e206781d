"""``hornbook ledger verify``: is the record of every act still what was written?"""

from __future__ import annotations

import argparse
import json
from typing import Any

from hornbook.district.ledger.verify import Verification, verify
from hornbook.instance import Instance

HELP = "walk the ledger's chain, recompute every hash, name the first broken leaf"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, instance: Instance) -> int:
    """0 when every leaf holds, 1 when one is broken."""
    found = verify()
    print(json.dumps(_as_dict(found), indent=2) if args.json else _sentence(found))
    return 1 if found.broken else 0


def _as_dict(found: Verification) -> dict[str, Any]:
    broken = found.broken and {"no": found.broken.no, "reason": found.broken.reason}
    return {"ok": not broken, "leaves": found.leaves, "head": found.head, "broken": broken}


def _sentence(found: Verification) -> str:
    if found.broken:
        return (
            f"BROKEN at leaf {found.broken.no}: {found.broken.reason}.\n"
            f"The {found.leaves} before it hold, up to {found.head}."
        )
    return f"The ledger holds: {found.leaves} leaves, head {found.head}."
