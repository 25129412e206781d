"""``hornbook ledger witness``: who outside keeps the ledger's signed checkpoints."""

from __future__ import annotations

import argparse

from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.ledger.models import Witness
from hornbook.district.ledger.witnesses import add_witness, end_witness
from hornbook.instance import Instance

HELP = "who outside keeps the ledger's signed checkpoints"


def configure(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--add", metavar="E-MAIL", help="mail them a checkpoint a day")
    which.add_argument("--end", metavar="E-MAIL", help="mail them no more")


def run(args: argparse.Namespace, instance: Instance) -> int:
    if args.add:
        add_witness(actor=command_line_actor(), address=args.add)
    elif args.end:
        end_witness(actor=command_line_actor(), address=args.end)
    active = list(Witness.objects.filter(active=True))
    print("\n".join(str(one) for one in active) or "Nobody yet. Name one with --add E-MAIL.")
    return 0
