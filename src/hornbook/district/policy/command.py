"""``hornbook import policy FILE``: show what would be stored, then store it."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.plan import Plan, plan_import
from hornbook.district.policy.reading.blocks import PolicyRefused
from hornbook.district.policy.report import as_dict, print_plan
from hornbook.district.policy.supplying import plan_words, supply_words
from hornbook.instance import Instance

HELP = "read an adopted policy into clauses, show them, and store them"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the policy: txt, md, docx, pdf or html")
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="FILE.csv",
        help="reviewed key table: key,force,holder,starts_with[,ends_with][,plain]",
    )
    parser.add_argument("--policy", default="", metavar="KEY", help="key of the policy")
    parser.add_argument("--title", default="", help="title, where the text has none")
    parser.add_argument(
        "--effective",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="day from which the text binds (default: its newest date)",
    )
    parser.add_argument(
        "--fills",
        type=int,
        metavar="NO",
        help="the words of older revision NO of --policy, known only by its day until now",
    )
    parser.add_argument("--found", default="", help="with --fills: where the old text was found")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--dry-run", action="store_true", help="show, store nothing")
    either.add_argument("--yes", action="store_true", help="store without asking")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, instance: Instance) -> int:
    """0 when stored, unchanged or shown; 2 when the file was refused and nothing changed."""
    if args.fills is not None:
        return _fill(args)
    try:
        plan = plan_import(
            args.file,
            table=args.keys,
            policy_key=args.policy,
            title=args.title,
            effective=args.effective,
        )
        if not args.json:
            print_plan(plan)
        state = _store(plan, args)
    except PolicyRefused as error:
        return _refused(error, as_json=args.json)
    if args.json:
        _print_json({**as_dict(plan), "state": state})
    else:
        print(_sentence(plan, state))
    return 0


def _fill(args: argparse.Namespace) -> int:
    """Words for a shell: 0 when stored or shown, 2 when refused."""
    try:
        words = plan_words(args.file, policy=args.policy, no=args.fills, table=args.keys)
        state = "dry-run"
        if not args.dry_run:
            supply_words(
                actor=command_line_actor(),
                words=words,
                source=args.file.name,
                found=args.found,
            )
            state = "stored"
    except PolicyRefused as error:
        return _refused(error, as_json=args.json)
    name = f"{args.policy}@{args.fills}"
    if args.json:
        told = {"revision": name, "state": state, "clauses": len(words.draft.clauses)}
        _print_json(told)
    elif state == "stored":
        print(f"Stored the words of {name}: {len(words.draft.clauses)} clauses of that time.")
    else:
        print(f"{len(words.draft.clauses)} clauses for {name}. Nothing was stored (--dry-run).")
    return 0


def _store(plan: Plan, args: argparse.Namespace) -> str:
    """Store the plan unless there is nothing to store or somebody said no."""
    if plan.unchanged:
        return "unchanged"
    if args.dry_run:
        return "dry-run"
    if not (args.yes or args.json or _agreed()):
        return "declined"
    actor = command_line_actor()
    adopt_revision(actor=actor, plan=plan, source=args.file.name)
    return "stored"


def _agreed() -> bool:
    """Ask on a terminal; a script that calls without one has asked for it already."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    return input("Store this? [Y/n] ").strip().lower() in ("", "y", "yes")


def _sentence(plan: Plan, state: str) -> str:
    name = f"{plan.policy_key}@{plan.no}"
    return {
        "unchanged": f"Unchanged: this text is stored already as {name}.",
        "dry-run": "Nothing was stored (--dry-run).",
        "declined": "Nothing was stored.",
        "stored": f"Stored {name}: {len(plan.draft.clauses)} clauses, "
        f"in force from {plan.effective_on}.",
    }[state]


def _refused(error: PolicyRefused, *, as_json: bool) -> int:
    if as_json:
        _print_json({"state": "refused", "error": str(error)})
    else:
        print(f"hornbook: refused, nothing was changed: {error}.", file=sys.stderr)
    return 2


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
