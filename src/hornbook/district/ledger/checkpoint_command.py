"""``hornbook ledger checkpoint``: sign what was written so far; show the key, the verifier."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.proofs import prove_growth
from hornbook.district.ledger.tree import make_checkpoint
from hornbook.instance import Instance, InstanceError
from hornbook.record import verifier
from hornbook.record.notes import BadNote

HELP = "sign the ledger as it is now; keep the page elsewhere"


def configure(parser: argparse.ArgumentParser) -> None:
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--key", action="store_true", help="print the public key instead")
    other.add_argument(
        "--verifier", action="store_true", help="print the stand-alone verifier (Python) instead"
    )
    other.add_argument(
        "--since",
        type=Path,
        metavar="FILE",
        help="print a proof that this older checkpoint is the beginning of today's",
    )


def run(args: argparse.Namespace, instance: Instance) -> int:
    if args.key:
        print(signer().verifier)
    elif args.verifier:
        print(Path(verifier.__file__).read_text(encoding="utf-8"), end="")
    elif args.since:
        print(json.dumps(_growth(args.since), indent=2, ensure_ascii=False))
    else:
        print(make_checkpoint().note, end="")
    return 0


def _growth(path: Path) -> dict[str, object]:
    try:
        return prove_growth(path.read_text(encoding="utf-8"))
    except (OSError, BadNote) as error:
        raise InstanceError(f"{path} is no checkpoint of this ledger: {error}") from error
