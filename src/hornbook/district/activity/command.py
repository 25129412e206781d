"""``hornbook activity``: what was asked and answered, as a table or as JSON.

Without ``--purpose`` rows show the profile and never who asked. With it, one person's questions
are shown, exactly as far as that purpose opens them on its page: its days, and single questions
only when a second person agreed. Every look is a leaf of the ledger, under the name of the
operating system's user; that person reads it on their page.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from hornbook.district.filtering.models import Action
from hornbook.district.ledger.actions import command_line_actor, look
from hornbook.district.people.finding import person_called
from hornbook.district.records.actions import as_moment, look_for
from hornbook.district.records.models import Level, Purpose
from hornbook.instance import Instance, InstanceError
from hornbook.record.lake import Lake, LakeError, Row, Where, Window

HELP = "what was asked and answered"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
COLUMNS = ("at", "site", "profile", "name", "action", "category", "clause")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--last", type=duration, default="1h", metavar="TIME", help="30s, 15m, 1h, 7d (default 1h)"
    )
    parser.add_argument("--person", metavar="KEY", help="one person: key, roster ID or e-mail")
    parser.add_argument(
        "--purpose",
        type=count,
        metavar="N",
        help="the number of the purpose that opens that person's activity (page Purposes)",
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
    purpose = _look(args)
    since, until = _period(args, purpose)
    persons = (str(purpose.subject.key),) if purpose else None
    where = Where(action=args.action, persons=persons)
    try:
        with Lake(instance.record).window(since, until, where) as window:
            report = _report(window, purpose, args.limit)
    except LakeError as error:
        raise InstanceError(f"The record in {instance.record} cannot be read: {error}") from error
    print(json.dumps(report, indent=2, default=_as_text) if args.json else _as_table(report))
    for problem in report["problems"]:
        print(f"hornbook: cannot read {problem}", file=sys.stderr)
    return 1 if report["problems"] else 0


def _look(args: argparse.Namespace) -> Purpose | None:
    """The purpose under which one person is looked at, if any; the look is written down."""
    if args.person is None and args.purpose is None:
        detail = {"last_seconds": args.last.total_seconds(), "action": args.action or ""}
        look(actor=command_line_actor(), object="activity rows", detail=detail)
        return None
    found = Purpose.objects.select_related("subject").filter(pk=args.purpose).first()
    wanted = person_called(args.person) if args.person else None
    if found is None or (wanted and wanted != found.subject):
        raise InstanceError(
            "To see one person's questions you need a purpose for that person. Ask for one on "
            "their page (“Ask to see what they asked the filter”), then give its number: "
            "--purpose N."
        )
    level = Level.NAMES if found.level == Level.NAMES and found.opens else Level.SUMS
    look_for(found, actor=command_line_actor(), level=level)
    return found


def _period(args: argparse.Namespace, purpose: Purpose | None) -> tuple[datetime, datetime]:
    """The last while; with a purpose no more of it than the purpose's own days."""
    until = datetime.now(UTC)
    since = until - args.last
    if purpose is None:
        return since, until
    first, end = as_moment(purpose.since), as_moment(purpose.until + timedelta(days=1))
    return max(since, first.astimezone(UTC)), min(until, end.astimezone(UTC))


def _report(window: Window, purpose: Purpose | None, limit: int) -> dict[str, Any]:
    """Single questions of one person, with the addresses, only where a second person agreed."""
    names = purpose is None or (purpose.level == Level.NAMES and purpose.opens)
    columns = (*COLUMNS, "client", "proto", "rule") if purpose else COLUMNS
    actions = {row["action"]: row["n"] for row in window.counts("action")}
    return {
        "since": window.since,
        "until": window.until,
        "person": str(purpose.subject.key) if purpose else None,
        "purpose": purpose.pk if purpose else None,
        "total": sum(actions.values()),
        "actions": actions,
        "clauses": {row["clause"]: row["n"] for row in window.counts("clause") if row["clause"]},
        "rows": window.latest(limit, columns) if names else [],
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
