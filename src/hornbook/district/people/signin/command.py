"""``hornbook sign-in``: directories (OpenID Connect) that may say who somebody is."""

from __future__ import annotations

import argparse
import getpass
import sys

from django.db import transaction

from hornbook.district.ledger.actions import command_line_actor, record
from hornbook.district.people.signin.providers import (
    Provider,
    check,
    read_providers,
    write_providers,
)
from hornbook.instance import Instance, InstanceError

HELP = "let people sign in with Google, Entra ID, ClassLink or another directory"
ISSUERS = {
    "google": ("Google", "https://accounts.google.com"),
    "classlink": ("ClassLink", "https://launchpad.classlink.com"),
}
RESTART = "It counts when the console has been restarted (stop “hornbook up”, start it again)."


def configure(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="do", required=True, metavar="add|remove|list")
    add = does.add_parser("add", help="add a directory; its client secret is read, never an option")
    add.add_argument("key", help="google, classlink, entra, or a name of your own")
    add.add_argument("--client-id", required=True)
    add.add_argument("--domain", required=True, help="school.example: addresses it may vouch for")
    add.add_argument("--issuer", help="https://login.microsoftonline.com/TENANT/v2.0 for Entra ID")
    add.add_argument("--name", help="what stands on the button")
    add.add_argument("--vouches", action="store_true", help="it sends no email_verified (Entra ID)")
    add.add_argument(
        "--second-step", action="store_true", help="it asks for a second step itself; ours is not"
    )
    remove = does.add_parser("remove", help="take one away")
    remove.add_argument("key")
    does.add_parser("list", help="those that are set up")


def run(args: argparse.Namespace, instance: Instance) -> int:
    does = {"add": _add, "remove": _remove, "list": _list}
    does[args.do](args, instance)
    return 0


def _add(args: argparse.Namespace, instance: Instance) -> None:
    name, issuer = ISSUERS.get(args.key, (args.key.title(), ""))
    facts = {
        "name": args.name or name,
        "issuer": (args.issuer or issuer).rstrip("/"),
        "client_id": args.client_id,
        "secret": _secret(),
        "domain": args.domain.lower(),
        "vouches": args.vouches,
        "second_step": args.second_step,
    }
    fresh = check(args.key, facts)
    others = [held for held in read_providers(instance) if held.key != fresh.key]
    told = {name: value for name, value in facts.items() if name != "secret"}
    _write(instance, [*others, fresh], "let a directory sign people in", args.key, told)
    where = f"/account/oidc/{fresh.key}/login/callback/"
    print(f"{fresh.name} is set up. Enter this redirect address there: https://CONSOLE{where}")
    print(RESTART)


def _secret() -> str:
    """Typed without an echo, or from a pipe; never from the command line, which others can read."""
    if sys.stdin.isatty():
        return getpass.getpass("Client secret: ")
    return sys.stdin.readline().strip()


def _remove(args: argparse.Namespace, instance: Instance) -> None:
    held = read_providers(instance)
    left = [provider for provider in held if provider.key != args.key]
    if len(left) == len(held):
        known = ", ".join(provider.key for provider in held) or "none"
        raise InstanceError(f"No directory {args.key} signs people in here. Known: {known}.")
    _write(instance, left, "no longer let a directory sign people in", args.key, {})
    print(f"{args.key} is taken away. {RESTART}")


def _list(args: argparse.Namespace, instance: Instance) -> None:
    for provider in read_providers(instance):
        print(f"{provider.key:16} {provider.issuer}  for @{provider.domain}")


@transaction.atomic
def _write(
    instance: Instance, providers: list[Provider], verb: str, key: str, told: dict[str, object]
) -> None:
    record(actor=command_line_actor(), verb=verb, object=f"sign-in {key}", detail=told)
    write_providers(instance, providers)
