"""``hornbook activity``: what was asked and answered, as a table or as JSON.

Without ``--person`` rows show the profile and never who asked. With it, the look at that
person is a leaf of the ledger, under the name of the operating system's user.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from hornbook.district.filtering.models import Action
from hornbook.district.ledger.actions import command_line_actor, look, person_object
from hornbook.district.people.finding import person_called
from hornbook.district.people.models import Person
from hornbook.instance import Instance, InstanceError
from hornbook.record.lake import Lake, LakeError, Row, Where, Window

HELP = "what was asked and answered"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
COLUMNS = ("at", "site", "profile", "name", "action", "category", "clause")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--last", type=duration, default="1h", metavar="TIME", help="30s, 15m, 1h, 7d (default 1h)"
    )
    parser.add_argument(
        "--person", metavar="KEY", help="one person: key, roster ID or e-mail (goes in the ledger)"
    )
    parser.add_argument("--action", choices=Action.values, help="only these verdicts")
    parser.add_argument("--limit", type=count, default=20, metavar="N", help="rows (default 20)")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def duration(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhdw])", text.strip().lower())
    if not found:
        raise argparse.ArgumentTypeError(f"“{text}” is no length of time; write 30s, 15m, 1h or 7d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"“{text}” is no number from 1 to 100000")
    return int(text)


def run(args: argparse.Namespace, instance: Instance) -> int:
    """0 when everything could be read (also when that is nothing), 1 when some files could not."""
    person = _look(args)
    until = datetime.now(UTC)
    where = Where(action=args.action, persons=(str(person.key),) if person else None)
    try:
        with Lake(instance.record).window(until - args.last, until, where) as window:
            report = _report(window, person, args.limit)
    except LakeError as error:
        raise InstanceError(f"The record in {instance.record} cannot be read: {error}") from error
    print(json.dumps(report, indent=2, default=_as_text) if args.json else _as_table(report))
    for problem in report["problems"]:
        print(f"hornbook: cannot read {problem}", file=sys.stderr)
    return 1 if report["problems"] else 0


def _look(args: argparse.Namespace) -> Person | None:
    """The person whose rows are wanted, if any; the look is written down either way."""
    person = person_called(args.person) if args.person else None
    look(
        actor=command_line_actor(),
        object=person_object(person.key) if person else "activity rows",
        detail={"last_seconds": args.last.total_seconds(), "action": args.action or ""},
    )
    return person


def _report(window: Window, person: Person | None, limit: int) -> dict[str, Any]:
    """Only a look at one person shows the addresses they asked from."""
    columns = (*COLUMNS, "client", "proto", "rule") if person else COLUMNS
    actions = {row["action"]: row["n"] for row in window.counts("action")}
    return {
        "since": window.since,
        "until": window.until,
        "person": str(person.key) if person else None,
        "total": sum(actions.values()),
        "actions": actions,
        "clauses": {row["clause"]: row["n"] for row in window.counts("clause") if row["clause"]},
        "rows": window.latest(limit, columns),
        "problems": window.problems,
    }


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _as_table(report: dict[str, Any]) -> str:
    if not report["total"]:
        since = report["since"].astimezone().strftime("%Y-%m-%d %H:%M")
        nothing = f"Nothing is recorded since {since}."
        return nothing + " Some files could not be read." * bool(report["problems"])
    totals = ", ".join(f"{action} {n}" for action, n in report["actions"].items())
    clauses = ", ".join(f"{clause} {n}" for clause, n in report["clauses"].items())
    lines = [_line("time", "group", "answer", "clause", "name")]
    lines += [_row(row) for row in reversed(report["rows"])]
    lines += ["", f"{report['total']} questions: {totals}"]
    return "\n".join([*lines, f"clauses: {clauses}"] if clauses else lines)


def _row(row: Row) -> str:
    group = f"{row['profile']}@{row['site']}" if row["site"] else row["profile"]
    moment = row["at"].astimezone().strftime("%m-%d %H:%M:%S")
    return _line(moment, group, row["action"], row["clause"] or "-", row["name"])


def _line(moment: str, group: str, action: str, clause: str, name: str) -> str:
    return f"{moment:15} {group:32} {action:8} {clause:12} {name}"
