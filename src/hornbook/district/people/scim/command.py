"""``hornbook scim``: which directories may tell of joiners, movers and leavers."""

from __future__ import annotations

import argparse

from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.people.scim.actions import add_source, revoke_source
from hornbook.district.people.scim.models import ScimSource
from hornbook.instance import Instance

HELP = "let a directory (Entra, Google, ClassLink …) write people over SCIM 2.0"


def configure(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="do", required=True, metavar="add|revoke|list")
    add = does.add_parser("add", help="let one in; prints its token once")
    add.add_argument("name", help="what it is called here, for example entra")
    revoke = does.add_parser("revoke", help="end its token at once")
    revoke.add_argument("name")
    does.add_parser("list", help="those that may write, and when they were heard last")


def run(args: argparse.Namespace, instance: Instance) -> int:
    """The token alone is on standard output, so that it can go straight into a file."""
    if args.do == "add":
        print(add_source(actor=command_line_actor(), key=args.name))
    elif args.do == "revoke":
        revoke_source(actor=command_line_actor(), key=args.name)
        print(f"{args.name} may not write here any more. What it told stays.")
    else:
        _list()
    return 0


def _list() -> None:
    for source in ScimSource.objects.filter(revoked_at=None):
        heard = f"{source.last_seen:%Y-%m-%d %H:%M} UTC" if source.last_seen else "never"
        print(f"{source.key:24} heard last: {heard}")
