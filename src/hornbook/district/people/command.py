"""``hornbook import roster PATH``: read OneRoster or staff CSV into the district."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.people.actions import import_roster
from hornbook.district.people.applying.report import ImportReport
from hornbook.district.people.roster.rows import RosterError
from hornbook.instance import Instance

HELP = "Read OneRoster 1.1/1.2 CSV (folder or zip) or a staff CSV."
SHOWN = 50


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="folder, zip or CSV file")
    parser.add_argument("--dry-run", action="store_true", help="tell what would change, then stop")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--yes", action="store_true", help="do not ask before changing anything")
    parser.add_argument(
        "--accept-change",
        action="store_true",
        help="import although many rows were refused or many people would leave",
    )


def run(args: argparse.Namespace, instance: Instance) -> int:
    """Exit code 0 when the roster was read; a roster that cannot be used is exit code 2."""
    try:
        return _run(args)
    except RosterError as error:
        if not args.json:
            raise
        print(json.dumps({"error": str(error), "changes": 0}, indent=2))
        return 2


def _run(args: argparse.Namespace) -> int:
    if _must_ask(args):
        _print(_import(args, dry_run=True))
        if input("Import this? [y/N] ").strip().lower() not in {"y", "yes"}:
            print("Nothing was changed.")
            return 0
    report = _import(args, dry_run=args.dry_run)
    if args.json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        _print(report)
    return 0


def _must_ask(args: argparse.Namespace) -> bool:
    """Only where somebody sits in front of it; scripts say nothing and mean it."""
    quiet = args.yes or args.json or args.dry_run
    return not quiet and sys.stdin.isatty() and sys.stdout.isatty()


def _import(args: argparse.Namespace, *, dry_run: bool) -> ImportReport:
    return import_roster(
        actor=command_line_actor(),
        path=args.path,
        accept_change=args.accept_change,
        dry_run=dry_run,
    )


def _print(report: ImportReport) -> None:
    print(f"{report.name}: {report.format}, {report.rows} rows")
    for noun, tally in report.tallies.items():
        print(
            f"  {noun:12} {tally.added:6} added {tally.changed:6} changed "
            f"{tally.ended:6} ended {tally.unchanged:6} unchanged"
        )
    for notice in report.notices[:SHOWN]:
        print(f"note: {notice}")
    for refusal in report.refusals[:SHOWN]:
        print(f"refused: {refusal}")
    hidden = len(report.refusals) - SHOWN
    if hidden > 0:
        print(f"… and {hidden} more refused rows (--json lists all)")
    print(_summary(report))


def _summary(report: ImportReport) -> str:
    count = len(report.refusals)
    refused = f"{count} row{'s' * (count != 1)} refused. " if count else ""
    if report.dry_run:
        return f"{refused}Dry run: {report.changes} changes would be made; nothing was changed."
    return f"{refused}{report.changes} changes made."
