"""``hornbook certificate``: by which devices are known at the proxy.

What changes is published at once: the proxy knows it within a second.
"""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from hornbook.district.filtering.publishing import publish_seating
from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.people.actions import name_of_holder, revoke_token
from hornbook.district.people.certificate_actions import issue_certificate, rotate_authority
from hornbook.district.people.models import Device, Site, Token, TokenKind
from hornbook.instance import Instance, InstanceError
from hornbook.node.devices.facts import facts_of
from hornbook.node.envoy.certificate import write_secret

HELP = "certificates of devices for the proxy: issue, revoke, list, rotate the authority"
TERM = 300  # days; a school year and its holidays


class CertificateError(InstanceError):
    """Nothing was changed; the message says why."""


def configure(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="do", required=True, metavar="issue|revoke|list|rotate")
    issue = does.add_parser("issue", help="make one; its key is in the files and nowhere else")
    holder = issue.add_mutually_exclusive_group(required=True)
    holder.add_argument("--device", metavar="TAG", help="a device of the district")
    holder.add_argument("--site", metavar="KEY", help="anyone at a school or office")
    issue.add_argument("--out", metavar="DIR", type=Path, required=True, help="where files go")
    issue.add_argument("--label", default="Proxy", metavar="TEXT", help="what it is for")
    issue.add_argument("--days", type=int, default=TERM, metavar="N", help="it ends after so many")
    revoke = does.add_parser("revoke", help="end one for ever")
    revoke.add_argument("key", type=UUID, metavar="KEY", help="as “list” shows it")
    listing = does.add_parser("list", help="those that are good")
    listing.add_argument("--json", action="store_true", help="print one JSON list")
    does.add_parser("rotate", help="sign by a new authority; what was signed stays good")


def run(args: argparse.Namespace, instance: Instance) -> int:
    does = {"issue": _issue, "revoke": _revoke, "list": _list, "rotate": _rotate}
    does[args.do](args, instance)
    return 0


def _issue(args: argparse.Namespace, instance: Instance) -> None:
    ends_at = timezone.now() + timedelta(days=args.days)
    holder = _holder(args)
    _usable(args.out)
    try:
        made = issue_certificate(
            actor=command_line_actor(), holder=holder, label=args.label, ends_at=ends_at
        )
    except ValueError as error:
        raise CertificateError(f"Nothing was changed: {error}.") from error
    for name, body in made.files(facts_of(instance)).items():
        write_secret(args.out / name, body)
        print(f"file      {args.out / name}")
    print(f"password  {made.password}   (shown only this once)")
    print(f"key       {made.token.key}   for {holder}, until {ends_at:%Y-%m-%d}")
    if not instance.settings().proxy_certificates:
        print("The proxy does not ask for certificates yet: set “proxy_certificates” to true in")
        print(f"{instance.root / 'instance.json'} and start it again.")
    publish_seating(actor=command_line_actor())


def _usable(folder: Path) -> None:
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CertificateError(
            f"Nothing was changed: {folder} cannot be used: {error.strerror}."
        ) from error


def _holder(args: argparse.Namespace) -> Device | Site:
    found: Device | Site | None
    if args.device:
        found = Device.objects.filter(tag=args.device).first()
    else:
        found = Site.objects.filter(key=args.site).first()
    if found is None:
        raise CertificateError(
            f"“{args.device or args.site}” is not known. Give a device's tag (bring devices in "
            "with “hornbook import devices”) or the key of a site."
        )
    return found


def _revoke(args: argparse.Namespace, instance: Instance) -> None:
    token = Token.objects.filter(key=args.key, kind=TokenKind.CERTIFICATE).first()
    if token is None:
        raise CertificateError(
            f"There is no certificate {args.key}. “hornbook certificate list” shows their keys."
        )
    revoke_token(actor=command_line_actor(), token=token)
    print(f"Revoked: {token}, {name_of_holder(token)}.")
    publish_seating(actor=command_line_actor())


def _list(args: argparse.Namespace, instance: Instance) -> None:
    good = Token.objects.good(timezone.now()).filter(kind=TokenKind.CERTIFICATE)
    good = good.select_related("device", "site")
    if args.json:
        print(json.dumps([_told(token) for token in good], indent=2))
        return
    for token in good:
        print(f"{token.key}  {token.holder}: {token} (ends {token.ends_at:%Y-%m-%d %H:%M} UTC)")
    if not good:
        print("There is no certificate.")


def _told(token: Token) -> dict[str, Any]:
    return {
        "key": str(token.key),
        "label": token.label,
        "holder": name_of_holder(token),
        "sha256": token.sha256,
        "made_at": token.made_at.isoformat(),
        "ends_at": token.ends_at.isoformat() if token.ends_at else None,
    }


def _rotate(args: argparse.Namespace, instance: Instance) -> None:
    made = rotate_authority(actor=command_line_actor())
    print(f"Signs from now on: {made.subject.rfc4514_string()}")
    print("Certificates that were issued before stay good until they end or are revoked.")
