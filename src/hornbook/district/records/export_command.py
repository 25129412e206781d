"""``hornbook export``: open formats with a manifest and a proof, for one person, a request, all."""

from __future__ import annotations

import argparse
from datetime import datetime

from django.utils import timezone

from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.people.finding import person_called
from hornbook.district.people.models import Site
from hornbook.district.records.exporting import EVER, FORMATS, Scope, export
from hornbook.instance import Instance, InstanceError

HELP = "export records in open formats, with a manifest and a proof"


def configure(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--person", metavar="ID", help="one person: key, roster ID or e-mail")
    what.add_argument("--request", action="store_true", help="a period, with pseudonyms for people")
    what.add_argument("--district", action="store_true", help="everything, to leave Hornbook")
    what.add_argument(
        "--public", action="store_true", help="counts for everybody, in which nobody can be found"
    )
    parser.add_argument(
        "--publish", action="store_true", help="with --public: anybody may fetch it from /numbers/"
    )
    parser.add_argument("--reason", required=True, help="what it is for; stands in the ledger")
    parser.add_argument("--since", metavar="DAY", type=day, help="first day, such as 2026-09-01")
    parser.add_argument("--until", metavar="DAY", type=day, help="the day behind the last one")
    parser.add_argument("--site", metavar="KEY", action="append", help="only this site; repeatable")
    parser.add_argument(
        "--format", choices=FORMATS, action="append", help="of the activity (default: all three)"
    )


def day(text: str) -> datetime:
    try:
        return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}” is no day; write it like 2026-09-01") from error


def run(args: argparse.Namespace, instance: Instance) -> int:
    for key in args.site or ():
        if not Site.objects.filter(key=key).exists():
            raise InstanceError(f"There is no site with the key “{key}”.")
    if args.publish and not args.public:
        raise InstanceError("Only counts can be published: use --publish together with --public.")
    scope = Scope(
        kind=_kind(args),
        subject=person_called(args.person) if args.person else None,
        since=args.since or EVER,
        until=args.until,
        sites=tuple(args.site) if args.site else None,
        published=args.publish,
    )
    made = export(
        scope, actor=command_line_actor(), reason=args.reason, formats=args.format or FORMATS
    )
    folder = instance.root / "exports" / str(made.key)
    print(f"{made.files} files, {made.octets:,} octets: {folder}")
    print("Check them there: python3 verifier.py ledger.pub .")
    return 0


def _kind(args: argparse.Namespace) -> str:
    if args.person:
        return "person"
    return next(name for name in ("request", "public", "district") if getattr(args, name))
