"""``hornbook token``: tokens for DNS-over-HTTPS and DNS-over-TLS, and the salt for Chrome.

What changes is published at once: the nodes know it within a second.
"""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from hornbook.district.filtering.publishing import publish_seating
from hornbook.district.filtering.subjects import find_subject
from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.people.actions import (
    issue_token,
    name_of_holder,
    revoke_token,
    rotate_salt,
)
from hornbook.district.people.identifiers import chrome_salts
from hornbook.district.people.models import Device, Person, Site, Token, TokenKind
from hornbook.instance import Instance, InstanceError

HELP = "issue, revoke and list tokens; show or rotate the salt of Chrome's identifiers"


class TokenError(InstanceError):
    """Nothing was changed; the message says why."""


def configure(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="do", required=True, metavar="issue|revoke|list|salt")
    issue = does.add_parser("issue", help="make a token; it is shown only this once")
    holder = issue.add_mutually_exclusive_group(required=True)
    holder.add_argument("--person", metavar="ID", help="key, roster ID or e-mail")
    holder.add_argument("--device", metavar="TAG", help="a device of the district")
    holder.add_argument("--site", metavar="KEY", help="anyone at a school or office")
    issue.add_argument("--label", required=True, metavar="TEXT", help="what it is for")
    issue.add_argument("--days", type=int, metavar="N", help="it ends after so many days")
    revoke = does.add_parser("revoke", help="end a token for ever")
    revoke.add_argument("key", type=UUID, metavar="KEY", help="as “list” shows it")
    listing = does.add_parser("list", help="the tokens that are good")
    listing.add_argument("--json", action="store_true", help="print one JSON list")
    salt = does.add_parser("salt", help="the value of Chrome's policy DnsOverHttpsSalt")
    salt.add_argument("--rotate", action="store_true", help="make a new one; the last stays good")


def run(args: argparse.Namespace, instance: Instance) -> int:
    does = {"issue": _issue, "revoke": _revoke, "list": _list, "salt": _salt}
    does[args.do](args, instance)
    return 0


def _issue(args: argparse.Namespace, instance: Instance) -> None:
    ends_at = timezone.now() + timedelta(days=args.days) if args.days is not None else None
    holder = _holder(args)
    try:
        issued = issue_token(
            actor=command_line_actor(), holder=holder, label=args.label, ends_at=ends_at
        )
    except ValueError as error:
        raise TokenError(f"Nothing was changed: {error}.") from error
    print(f"token  {issued.secret}   (shown only this once)")
    print(f"key    {issued.token.key}   for {holder}")
    publish_seating(actor=command_line_actor())


def _holder(args: argparse.Namespace) -> Person | Device | Site:
    found: Person | Device | Site | None
    if args.device:
        found = Device.objects.filter(tag=args.device).first()
    elif args.site:
        found = Site.objects.filter(key=args.site).first()
    else:
        found = find_subject(args.person).person
    if found is None:
        told = args.device or args.site or args.person
        raise TokenError(
            f"“{told}” is not known. Give a person's e-mail, a device's tag or a site."
        )
    return found


def _revoke(args: argparse.Namespace, instance: Instance) -> None:
    token = Token.objects.filter(key=args.key, kind=TokenKind.SECRET).first()
    if token is None:
        raise TokenError(f"There is no token {args.key}. “hornbook token list” shows their keys.")
    revoke_token(actor=command_line_actor(), token=token)
    print(f"Revoked: {token}, {name_of_holder(token)}.")
    publish_seating(actor=command_line_actor())


def _list(args: argparse.Namespace, instance: Instance) -> None:
    good = Token.objects.good(timezone.now()).filter(kind=TokenKind.SECRET)
    good = good.select_related("person", "device", "site")
    if args.json:
        print(json.dumps([_told(token) for token in good], indent=2))
        return
    for token in good:
        ends = f"ends {token.ends_at:%Y-%m-%d %H:%M} UTC" if token.ends_at else "does not end"
        print(f"{token.key}  {token.holder}: {token} ({ends})")
    if not good:
        print("There is no token.")


def _told(token: Token) -> dict[str, Any]:
    return {
        "key": str(token.key),
        "label": token.label,
        "holder": name_of_holder(token),
        "made_at": token.made_at.isoformat(),
        "ends_at": token.ends_at.isoformat() if token.ends_at else None,
    }


def _salt(args: argparse.Namespace, instance: Instance) -> None:
    if args.rotate:
        rotate_salt(actor=command_line_actor())
        publish_seating(actor=command_line_actor())
    print(chrome_salts(instance)[0])
