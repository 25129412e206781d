"""``hornbook rehearse``: try a draft of rules or lists on recorded activity. It changes nothing.

Exit codes: 0 done, 3 done but some questions could not be judged or some files not be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hornbook.district.activity.command import duration
from hornbook.district.activity.rehearsal.draft import Draft, load_draft
from hornbook.district.activity.rehearsal.rehearse import Rehearsal, rehearse
from hornbook.district.ledger.actions import command_line_actor, look
from hornbook.instance import Instance, InstanceError
from hornbook.record.engines import Engine, Spark
from hornbook.record.lake import Lake, LakeError

HELP = "try a draft of rules or lists on recorded activity"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "draft",
        nargs="?",
        type=Path,
        help="TOML or JSON with rules, names, drop (docs/rehearsal.md); none: the rules of today",
    )
    parser.add_argument(
        "--last", type=duration, default="7d", metavar="TIME", help="1h, 7d, 4w (default 7d)"
    )
    parser.add_argument(
        "--until",
        type=moment,
        metavar="TIME",
        help="the window's end, ISO 8601 with an offset (default now)",
    )
    parser.add_argument("--spark", metavar="MASTER", help="run the queries on this Spark cluster")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}” is no time ({error})") from error
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"“{text}” names no offset; write {text}+00:00, say")
    return found


def run(args: argparse.Namespace, instance: Instance) -> int:
    draft = load_draft(args.draft) if args.draft else Draft()
    until = args.until or datetime.now(UTC)
    since = until - args.last
    look(
        actor=command_line_actor(),
        object="rehearsal",
        detail={"since": since.isoformat(), "until": until.isoformat()},
    )
    found = _rehearse(draft, Lake(instance.record, _engine(args.spark)), since, until)
    print(json.dumps(found.as_dict(), indent=2, default=_plain) if args.json else as_text(found))
    for problem in found.problems:
        print(f"hornbook: cannot read {problem}", file=sys.stderr)
    return 3 if found.problems or found.unchecked else 0


def _engine(master: str | None) -> Engine | None:
    return Spark(master) if master else None


def _rehearse(draft: Draft, lake: Lake, since: datetime, until: datetime) -> Rehearsal:
    try:
        return rehearse(draft, lake, since, until)
    except LakeError as error:
        raise InstanceError(f"The record in {lake.folder} cannot be read: {error}") from error


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def as_text(found: Rehearsal) -> str:
    """The rehearsal for people."""
    span = found.until - found.since
    lines = [
        f"{found.rows:,} questions of {_days(span)}, {found.questions:,} of them distinct",
        f"now    {_actions(found.before)}",
        f"draft  {_actions(found.after)}",
        "",
        f"{found.flipped:,} would be answered otherwise, for {found.persons:,} persons",
    ]
    for title, rows in (
        ("By clause", found.changes),
        ("By school", found.schools),
        ("By class", found.classes),
        ("Names", found.examples),
    ):
        lines += [f"\n{title}:"] * bool(rows) + [_line(row) for row in rows[:20]]
    lines += [f"\nnot judged: {rows:,}: {why}" for why, rows in found.unchecked.items()]
    if found.otherwise:
        lines.append(f"\n{found.otherwise:,} were answered otherwise then than today's rules do.")
    return "\n".join([*lines, "", f"result {found.hash}"])


def _line(row: dict[str, Any]) -> str:
    what = row.get("name") or row.get("class") or row.get("site") or ""
    change = f"{row['was']} → {row['becomes']}"
    cites = row["cites"] or "-"
    return f"  {change:18} {cites:14} {row['rows']:>10,} {row['persons']:>7,} persons  {what}"


def _actions(counts: dict[str, int]) -> str:
    return ", ".join(f"{action} {rows:,}" for action, rows in counts.items()) or "nothing"


def _days(span: timedelta) -> str:
    hours = round(span.total_seconds() / 3600)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"
