"""``hornbook ca``: the district's authority for the sites that the proxy looks into."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hornbook.instance import Instance, InstanceError
from hornbook.node.proxy import authority

HELP = "the authority that managed devices trust: show, export, rotate"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("status", "export", "rotate"))
    parser.add_argument("--next", action="store_true", help="export the one that waits")
    parser.add_argument("--der", metavar="FILE", help="export as DER into FILE, not as PEM to here")
    parser.add_argument(
        "--now", action="store_true", help="rotate: put the one that waits in force"
    )


def run(args: argparse.Namespace, instance: Instance) -> int:
    return {"status": _status, "export": _export, "rotate": _rotate}[args.what](args, instance)


def _status(args: argparse.Namespace, instance: Instance) -> int:
    authority.settle(instance)
    now, waits = authority.paths(instance)
    _show("In force", authority.load(now))
    if waits.exists():
        _show("Waits", authority.load(waits))
    for path in sorted(now.parent.glob("retired-*.pem")):
        _show("Retired", authority.load(path))
    return 0


def _show(what: str, certificate: x509.Certificate) -> None:
    name = certificate.subject.rfc4514_string()
    left = (certificate.not_valid_after_utc - datetime.now(UTC)).days
    print(f"{what}: {name}")
    print(f"  SHA-256 {authority.fingerprint(certificate)}")
    print(f"  until   {certificate.not_valid_after_utc:%Y-%m-%d} ({left} days)")


def _export(args: argparse.Namespace, instance: Instance) -> int:
    authority.settle(instance)
    now, waits = authority.paths(instance)
    if args.next and not waits.exists():
        raise InstanceError("No authority waits. Make one first: hornbook ca rotate")
    certificate = authority.load(waits if args.next else now)
    if args.der:
        Path(args.der).write_bytes(certificate.public_bytes(Encoding.DER))
    else:
        print(certificate.public_bytes(Encoding.PEM).decode(), end="")
    return 0


def _rotate(args: argparse.Namespace, instance: Instance) -> int:
    if args.now:
        _show("In force", authority.put_next_in_force(instance))
        print("Certificates are made anew within a second. Take the retired one off the devices.")
        return 0
    _show("Waits", authority.prepare_next(instance))
    print("It signs nothing yet. Install it on all devices beside the one in force:")
    print("  hornbook ca export --next > next.pem")
    print("When they have it: hornbook ca rotate --now")
    return 0
