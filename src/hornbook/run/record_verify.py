"""``hornbook record verify``: is the activity record what it says, every file and every chain?

Exit codes: 0 all well, 1 something is wrong.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from hornbook.instance import Instance
from hornbook.record.verify import nodes_in, verify_record

HELP = "check every file and every chain of the activity record"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace, instance: Instance) -> int:
    record = instance.record
    problems, nodes = verify_record(record), nodes_in(record)
    if args.json:
        told = {"nodes": nodes, "problems": [asdict(problem) for problem in problems]}
        print(json.dumps(told, indent=2))
        return 1 if problems else 0
    for problem in problems:
        print(problem)
    found = f"{len(problems)} problems" if problems else "all is well"
    print(f"The record of {len(nodes)} nodes and its compacted lake: {found}.")
    return 1 if problems else 0
