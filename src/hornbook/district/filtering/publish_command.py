"""``hornbook publish``: compile lists, rules and seats, and put them in force."""

from __future__ import annotations

import argparse
import json

from hornbook.district.filtering.publishing import publish
from hornbook.district.ledger.actions import command_line_actor
from hornbook.instance import Instance

HELP = "compile and publish the parts"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, instance: Instance) -> int:
    publication = publish(actor=command_line_actor())
    told = {
        "catalogue": publication.catalogue,
        "rulebook": publication.rulebook,
        "seating": publication.seating,
        "names": publication.names,
        "published_at": publication.published_at.isoformat(),
        "warnings": publication.warnings,
    }
    if args.json:
        print(json.dumps(told, indent=2))
        return 0
    print(f"In force: {publication.names:,} names, {publication} (catalogue · rulebook · seating).")
    for warning in publication.warnings:
        print(f"warning: {warning}")
    return 0
