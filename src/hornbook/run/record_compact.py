"""``hornbook record compact``: do now what the worker does every hour, or move the lake.

With ``--to`` the compacted lake goes to a folder or an S3-compatible store: every file is copied
and read back, and only then does the record point there. What was in the old place stays until
somebody deletes it.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from hornbook.instance import Instance, InstanceError
from hornbook.record.compaction import tidy
from hornbook.record.moving import move

HELP = "compact the activity record now; --to moves it to another folder or S3 store"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="WHERE", help="a folder or s3://bucket/lake?…")


def run(args: argparse.Namespace, instance: Instance) -> int:
    try:
        if args.to:
            print(f"{move(instance.record, args.to)} files are at their new place.")
        problems = tidy(instance.record, datetime.now(UTC))
    except OSError as error:
        raise InstanceError(f"The lake cannot be reached: {error}") from error
    for problem in problems:
        print(f"waits: {problem}")
    return 1 if problems else 0
