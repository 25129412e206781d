"""``hornbook retention``: what would be destroyed tonight, and what stops it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from django.utils import timezone

from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.records.retention import Due, Plan, plan
from hornbook.district.records.retention import run as run_now
from hornbook.instance import Instance

HELP = "what would be destroyed tonight, and what stops it"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--destroy-now", action="store_true", help="do what the night would do (certified)"
    )


def run(args: argparse.Namespace, instance: Instance) -> int:
    """0 when everything could be looked at, 1 when part of the record cannot be read."""
    if args.destroy_now:
        made = run_now(timezone.now(), actor=command_line_actor())
        print("\n".join(f"{one}: {len(one.body['destroyed'])} destroyed" for one in made))
    found = plan(timezone.now())
    print(json.dumps(asdict(found), indent=2, default=str) if args.json else _as_text(found))
    return 1 if found.problems else 0


def _as_text(found: Plan) -> str:
    lines = [f"cannot be read: {problem}" for problem in found.problems]
    lines += [found.waits] if found.waits else []
    lines += [_line(due) for due in found.due]
    return "\n".join(lines or ["Nothing is past its time."])


def _line(due: Due) -> str:
    if not due.stopped_by:
        return f"goes   {due.name}: {due.amount:,}"
    stopped = "; ".join(due.stopped_by)
    if due.partly:
        return f"partly {due.name}: {due.amount:,}, but not what {stopped} covers"
    return f"stays  {due.name}: {due.amount:,}, because of {stopped}"
