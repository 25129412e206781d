"""``hornbook replay``: judge recorded decisions again; the answers must be the same.

Exit codes: 0 all the same, 1 a difference, 3 no difference but some rows could not be checked.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hornbook.district.filtering.replaying import Replay, Row, columns_for, decisions_in, replay
from hornbook.district.ledger.actions import command_line_actor, look
from hornbook.instance import Instance
from hornbook.node.partstore import PartStore
from hornbook.record.lake import Lake

HELP = "judge a recorded decision again"
SHOWN = 20
EVERYTHING = 1 << 31  # distinct decisions of a period; far fewer than rows
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def configure(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--last",
        metavar="TIME",
        type=read_span,
        default=timedelta(hours=1),
        help="such as 30m, 1h (the default) or 7d",
    )
    which.add_argument("--segment", metavar="FILE", type=Path, help="one sealed segment")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def read_span(text: str) -> timedelta:
    """``30m``, ``1h`` or ``7d``; argparse shows the error."""
    found = re.fullmatch(r"(\d{1,4})([mhd])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"“{text}” is no span of time; write 30m, 1h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def run(args: argparse.Namespace, instance: Instance) -> int:
    problems: list[str] = []
    look(actor=command_line_actor(), object="recorded decisions", detail={"what": _asked(args)})
    store = PartStore(instance.parts)
    if args.segment:
        decisions: Sequence[Row] = decisions_in(args.segment, store)
    else:
        decisions, problems = recorded(instance, args.last)
    done = replay(decisions, store)
    if args.json:
        told = asdict(done) | {"checked": done.checked, "problems": problems}
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        print(as_text(done, problems))
    return 1 if done.differences else 3 if done.unchecked or problems else 0


def _asked(args: argparse.Namespace) -> str:
    return f"segment {args.segment}" if args.segment else f"the last {args.last}"


def recorded(instance: Instance, last: timedelta) -> tuple[Sequence[Row], list[str]]:
    """The decisions of the last while, and what of the record could not be read."""
    until = datetime.now(UTC) + timedelta(minutes=1)
    with Lake(instance.record).window(until - last, until) as window:
        seatings = [row["seating"] for row in window.counts("seating", limit=EVERYTHING)]
        columns = columns_for(seatings, PartStore(instance.parts))
        return window.counts(*columns, limit=EVERYTHING), window.problems


def as_text(done: Replay, problems: Sequence[str]) -> str:
    lines = [f"not read: {problem}" for problem in problems]
    lines += [f"not checked: {rows:,} rows: {why}" for why, rows in done.unchecked.items()]
    for difference in done.differences[:SHOWN]:
        lines.append(f"different: {json.dumps(difference, ensure_ascii=False)}")
    if len(done.differences) > SHOWN:
        lines.append(f"… and {len(done.differences) - SHOWN:,} more different decisions")
    if done.led:
        lines.append(f"{done.led:,} rows were blocked by where their name led: the same by its set")
    if done.paths:
        lines.append(f"{done.paths:,} rows were for single pages, without their path: by their set")
    if done.unnamed:
        lines.append(f"{done.unnamed:,} rows without a person were answered by somebody's order")
    result = f"{len(done.differences):,} differences" if done.differences else "no difference"
    return "\n".join([*lines, f"{done.checked:,} of {done.rows:,} rows judged again: {result}."])
