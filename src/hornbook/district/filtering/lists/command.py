"""``hornbook import lists PATH``: read category lists, show what they hold, take them in."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from hornbook.district.filtering.defaults import category_keys
from hornbook.district.filtering.lists.actions import import_lists
from hornbook.district.filtering.lists.batch import Batch, read_batch, read_popular
from hornbook.district.filtering.lists.parse import AUTO, FORMAT_KEYS
from hornbook.district.filtering.lists.reading import ListRefused
from hornbook.district.filtering.lists.report import as_dict, as_text
from hornbook.district.filtering.lists.shelf import Shelf
from hornbook.district.filtering.publishing import publish
from hornbook.district.ledger.actions import Actor
from hornbook.instance import Instance, InstanceError

HELP = "read category lists: UT1 folders, hosts, names, ||name^, v2fly, URLs, RPZ; plain or gzip"
ACTOR = Actor("hornbook import lists")


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", type=Path, metavar="PATH", help="one list, or a folder of lists")
    add("--category", metavar="KEY", help="what the lists are about (default: by their names)")
    add("--format", choices=FORMAT_KEYS, default=AUTO, help="how lines are written")
    add("--source", metavar="KEY", help="the source's key, for one file (default: folder/name)")
    add(
        "--as",
        dest="kind",
        choices=["category", "popular"],
        default="category",
        help="popular: names that are never blocked on the word of one list alone",
    )
    add("--accept-change", action="store_true", help="take in a list that changed by over 30 %%")
    add("--dry-run", action="store_true", help="show what would happen and change nothing")
    add("--no-publish", action="store_true", help="do not compile and publish afterwards")
    add("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace, instance: Instance) -> int:
    """Exit code 0; 1 when a file was refused (other files of a folder are still taken in) or
    when what was taken in could not be published."""
    batch = _read(args)
    shelf = Shelf.of(instance, keep=not args.dry_run)
    done = import_lists(
        batch, shelf, actor=ACTOR, accept_change=args.accept_change, dry_run=args.dry_run
    )
    report = as_dict(batch, done, dry_run=args.dry_run)
    if _anything(batch) and not args.dry_run and not args.no_publish:
        report |= _publish()
    print(json.dumps(report, indent=2) if args.json else as_text(report))
    return 1 if batch.refused or "publish_error" in report else 0


def _read(args: argparse.Namespace) -> Batch:
    """The batch. Raises InstanceError when the one file that was named cannot be taken in."""
    try:
        if args.kind == "popular":
            batch = read_popular(args.path)
        else:
            batch = read_batch(
                args.path, category=args.category, form=args.format, source=args.source
            )
    except ListRefused as refusal:
        raise InstanceError(f"{refusal}. Nothing was changed.") from refusal
    if args.path.is_file() and not _anything(batch):
        raise InstanceError(f"{_why_nothing(batch)}. Nothing was changed.")
    if not (_anything(batch) or batch.unknown or batch.refused or batch.left_out):
        raise InstanceError(f"{args.path} holds no list. Nothing was changed.")
    return batch


def _why_nothing(batch: Batch) -> str:
    if batch.unknown:
        known = ", ".join(category_keys())
        return f"No category is known for {batch.unknown[0].key}; give --category KEY ({known})"
    return "; ".join(item.reason for item in (*batch.refused, *batch.left_out))


def _anything(batch: Batch) -> bool:
    return bool(batch.lists or batch.popular)


def _publish() -> dict[str, Any]:
    """What the report says of publishing. The lists stay imported when it fails."""
    try:
        publication = publish(actor=ACTOR)
    except InstanceError as error:
        return {"publish_error": str(error)}
    return {"published": {"parts": str(publication), "names": publication.names}}
