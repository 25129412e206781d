"""The dry run in words: a table for a terminal, an object for a program."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import Any

from hornbook.district.policy.models import Force, Holder
from hornbook.district.policy.plan import Plan, Readings
from hornbook.district.policy.reading.dates import effective_on
from hornbook.district.policy.reading.draft import ClauseDraft


def as_dict(plan: Plan) -> dict[str, Any]:
    """``{"policy", "title", "revision", "effective_on", "readings", "shells", "clauses", …}``."""
    return {
        "policy": plan.policy_key,
        "title": plan.draft.title,
        "revision": plan.no,
        "effective_on": plan.effective_on.isoformat(),
        "readings": [reading.as_dict() for reading in plan.readings],
        "shells": [
            {"revision": no, "readings": [reading.as_dict() for reading in readings]}
            for no, readings in plan.shells
        ],
        "clauses": [asdict(clause) for clause in plan.draft.clauses],
        "warnings": list(plan.warnings),
    }


def print_plan(plan: Plan) -> None:
    """The clauses by section, then the dates, then what needs a look."""
    width = max(60, min(shutil.get_terminal_size((110, 40)).columns, 140))
    print(f"{plan.draft.title}\npolicy {plan.policy_key}, revision {plan.no}\n")
    key_width = max(len(clause.key) for clause in plan.draft.clauses)
    section = None
    for clause in plan.draft.clauses:
        if clause.section != section:
            section = clause.section
            print(f"\n{section or '(before the first heading)'}")
        print(_line(clause, key_width, width))
    print()
    for no, readings in plan.shells:
        print(f"revision {no}: {_readings(readings)}; wording unknown, kept as a dated shell")
    if plan.readings:
        print(f"revision {plan.no}: {_readings(plan.readings)}; this text")
    print(f"in force from {plan.effective_on}; {len(plan.draft.clauses)} clauses")
    for warning in plan.warnings:
        print(f"look at this: {warning}")


def _line(clause: ClauseDraft, key_width: int, width: int) -> str:
    head = (
        f"  {clause.key:{key_width}}  {Force(clause.force).label.split(' of ')[0]:11} "
        f"{Holder(clause.holder).label.split(' (')[0]:12} "
    )
    words = " ".join(clause.official.split())
    room = width - len(head)
    return head + (words if len(words) <= room else words[: room - 1].rstrip() + "…")


def _readings(readings: Readings) -> str:
    return (
        f"{readings[-1].kind} "
        + " and ".join(reading.on.isoformat() for reading in sorted(readings, key=lambda r: r.on))
        + ("" if len(readings) < 2 else f" (binding from {effective_on(readings)})")
    )
