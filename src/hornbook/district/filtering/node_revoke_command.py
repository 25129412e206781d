"""``hornbook node revoke``: end a node's token."""

from __future__ import annotations

import argparse

from hornbook.district.filtering.nodes import revoke_node
from hornbook.district.ledger.actions import command_line_actor
from hornbook.instance import Instance

HELP = "end a node's token"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the node's name")


def run(args: argparse.Namespace, instance: Instance) -> int:
    revoke_node(args.name, actor=command_line_actor())
    print(f"{args.name} gets no more parts from here. It keeps serving by those that it has.")
    return 0
