"""``hornbook reports rotate``: seal what people told by a new key of the district."""

from __future__ import annotations

import argparse
import os

from hornbook.district.conduct.rotating import rewrap, rotate
from hornbook.district.conduct.sealing import FILE, VARIABLE, Ring
from hornbook.district.ledger.actions import command_line_actor
from hornbook.instance import Instance

HELP = "wrap the keys of all reports and cases by a new key of the district"


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes nothing more."""


def run(args: argparse.Namespace, instance: Instance) -> int:
    """With keys in the environment, the last one there is the new one, and nothing is written."""
    if os.environ.get(VARIABLE):
        ring = Ring.of(instance)
        count = rewrap(ring, actor=command_line_actor())
        print(f"{count} wrapped by {ring.current}; the others may leave {VARIABLE} now.")
        return 0
    done = rotate(instance, actor=command_line_actor())
    print(f"{done.envelopes} wrapped by {done.after} instead of {done.before}.")
    print(f"Copy secrets/{FILE} to where the keys are kept, and keep the old copy as long as")
    print("backups of the database from before today are kept: they need it.")
    return 0
