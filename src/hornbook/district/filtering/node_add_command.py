"""``hornbook node add``: let a machine pull its parts from this console."""

from __future__ import annotations

import argparse

from hornbook.district.filtering.nodes import add_node
from hornbook.district.ledger.actions import command_line_actor
from hornbook.instance import Instance

HELP = "let a node pull its parts from here; prints its token once"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the node's name, for example oak-school")
    parser.add_argument("--site", default="", metavar="KEY", help="where it stands")


def run(args: argparse.Namespace, instance: Instance) -> int:
    """The token alone is on standard output, so that it can go straight into a file."""
    print(add_node(args.name, site=args.site, actor=command_line_actor()))
    return 0
