"""``hornbook ledger verify``: is the record of every act still what was written?"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.proofs import prove_growth
from hornbook.district.ledger.tree import NotThere
from hornbook.district.ledger.verify import Verification, verify
from hornbook.instance import Instance, InstanceError
from hornbook.record.merkle import consistent
from hornbook.record.notes import BadNote, Checkpoint, hashes_from_text

HELP = "recompute the ledger and its tree, name everything that was changed"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--against", metavar="FILE", type=Path, help="an older checkpoint that was kept elsewhere"
    )


def run(args: argparse.Namespace, instance: Instance) -> int:
    """0 when everything holds, 1 when something does not."""
    found = verify()
    against = _against(args.against) if args.against and not found.broken else None
    if args.json:
        print(json.dumps(_as_dict(found, against), indent=2))
    else:
        print("\n".join([*_lines(found), *([against["words"]] if against else [])]))
    return 0 if found.ok and (against is None or against["ok"]) else 1


def _against(path: Path) -> dict[str, Any]:
    """Is the ledger of that checkpoint the beginning of ours?"""
    try:
        bundle = prove_growth(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InstanceError(f"{path} cannot be read: {error.strerror}.") from error
    except (BadNote, NotThere) as error:
        return {"ok": False, "words": f"BROKEN against {path}: {error}"}
    old, new = (Checkpoint.opened(bundle[name], signer().verifier) for name in ("old", "new"))
    hashes = hashes_from_text(bundle["path"])
    ok = consistent(old.size, new.size, hashes, old_root=old.root, root=new.root)
    words = (
        f"The first {old.size} leaves are those of {path}."
        if ok
        else f"BROKEN against {path}: some of the first {old.size} leaves were rewritten since."
    )
    return {"ok": ok, "words": words}


def _as_dict(found: Verification, against: dict[str, Any] | None) -> dict[str, Any]:
    broken = found.broken and {"no": found.broken.no, "reason": found.broken.reason}
    return {
        "ok": found.ok and (against is None or against["ok"]),
        "leaves": found.leaves,
        "head": found.head,
        "broken": broken,
        "checkpoints": found.checkpoints,
        "faults": found.faults,
        **({"against": against} if against else {}),
    }


def _lines(found: Verification) -> list[str]:
    lines = [f"BROKEN: {fault}." for fault in found.faults]
    if found.broken:
        return [
            f"BROKEN at leaf {found.broken.no}: {found.broken.reason}.",
            f"The {found.leaves} before it hold, up to {found.head}.",
            *lines,
        ]
    if lines:
        return [f"The chain of {found.leaves} leaves holds, but not all beside it:", *lines]
    signed = f"{found.checkpoints} signed checkpoint{'' if found.checkpoints == 1 else 's'}"
    return [f"The ledger holds: {found.leaves} leaves, {signed}, head {found.head}."]
