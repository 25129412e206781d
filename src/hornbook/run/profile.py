"""``hornbook profile``: what managed devices are told, so that they ask this filter."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from hornbook.district.people.identifiers import chrome_salts
from hornbook.instance import Instance, InstanceError
from hornbook.node.devices.bundle import files
from hornbook.node.devices.facts import GROUPS, Facts, facts_of, group_of

HELP = "what devices are told: PAC, Chrome, Edge, Firefox, Apple, Windows"
KINDS = {
    "pac": "proxy.pac",
    "chrome": "chrome.json",
    "edge": "edge.json",
    "firefox": "firefox/policies.json",
    "apple": "apple.mobileconfig",
    "apple-supervised": "apple-supervised.mobileconfig",
    "windows": "windows.txt",
    "readme": "README.txt",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=(*KINDS, "all"), help="one file to print, or all to write")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where “all” writes the files")
    parser.add_argument("--host", metavar="NAME", help="of the filter (default: dns_name, or bind)")
    parser.add_argument("--address", metavar="IP", help="by which devices reach it")
    parser.add_argument("--site", metavar="KEY", default="", help="the school or office")
    parser.add_argument(
        "--group", choices=[group.key for group in GROUPS], default="site", help="how known"
    )
    parser.add_argument("--token", default="", help="of the site, from “hornbook token issue”")
    parser.add_argument(
        "--plain", action="store_true", help="without TLS to the proxy: on the own network only"
    )


def run(args: argparse.Namespace, instance: Instance) -> int:
    made = files(told(args, instance))
    if args.kind != "all":
        sys.stdout.write(made[KINDS[args.kind]].decode())
        return 0
    if not args.out:
        raise InstanceError("Say where the files go: hornbook profile all --out DIR.")
    for name, body in made.items():
        _write(args.out / name, body)
    print(f"{len(made)} files are in {args.out}; README.txt says where each belongs.")
    return 0


def told(args: argparse.Namespace, instance: Instance) -> Facts:
    """The instance's facts, with what was said on the command line."""
    facts = facts_of(instance, host=args.host or "", tls=not args.plain)
    group = group_of(args.group)
    return replace(
        facts,
        address=args.address or facts.address,
        site=args.site,
        group=group,
        token=args.token,
        salt=chrome_salts(instance)[0] if group.identifier else "",
    )


def _write(path: Path, body: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    except OSError as error:
        raise InstanceError(f"{path} cannot be written: {error.strerror}.") from error
