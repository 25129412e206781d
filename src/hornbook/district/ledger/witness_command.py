"""``hornbook ledger witness``: who outside keeps the ledger's signed checkpoints."""

from __future__ import annotations

import argparse
from pathlib import Path

from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.ledger.models import Witness
from hornbook.district.ledger.stamping import add_authority, read, stamp_due
from hornbook.district.ledger.tree import make_checkpoint
from hornbook.district.ledger.witnesses import add_witness, end_witness
from hornbook.instance import Instance, InstanceError

HELP = "who outside keeps the ledger's signed checkpoints"


def configure(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--add", metavar="E-MAIL", help="mail them a checkpoint a day")
    which.add_argument(
        "--tsa", metavar="URL", help="a time-stamping authority (RFC 3161), asked once a day"
    )
    which.add_argument("--end", metavar="ADDRESS", help="end a witness, by e-mail or URL")
    which.add_argument("--stamp", action="store_true", help="ask the authorities now")
    parser.add_argument(
        "--certificate", type=Path, metavar="FILE", help="with --tsa: its root certificate (PEM)"
    )


def run(args: argparse.Namespace, instance: Instance) -> int:
    if args.add:
        add_witness(actor=command_line_actor(), address=args.add)
    elif args.tsa:
        certificate = _certificate(args.certificate)
        add_authority(actor=command_line_actor(), address=args.tsa, certificate=certificate)
    elif args.stamp:
        return _stamp()
    elif args.end:
        end_witness(actor=command_line_actor(), address=args.end)
    return _list()


def _certificate(path: Path | None) -> str:
    if path is None:
        raise InstanceError("Give the authority's root certificate too: --certificate FILE (PEM).")
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise InstanceError(f"{path} cannot be read: {error}.") from error


def _stamp() -> int:
    """Ask every authority for a stamp on what is written now."""
    for made in stamp_due(make_checkpoint()):
        print(f"{made}: {read(bytes(made.token)).tst_info.gen_time:%Y-%m-%d %H:%M:%S %Z}")
    return 0


def _list() -> int:
    active = list(Witness.objects.filter(active=True))
    print("\n".join(str(one) for one in active) or "Nobody yet. Name one with --add E-MAIL.")
    return 0
