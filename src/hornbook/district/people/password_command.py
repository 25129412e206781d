"""``hornbook password EMAIL``: let somebody in. The roster makes accounts without passwords, and no
mail is sent, so the IT desk hands out a first password; its holder changes it in the console."""

from __future__ import annotations

import argparse
import secrets

from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.people.actions import set_password
from hornbook.district.people.models import User
from hornbook.instance import Instance, InstanceError

HELP = "make a new password for an account and show it, once"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL", help="the account's e-mail address")


def run(args: argparse.Namespace, instance: Instance) -> int:
    """Whoever was signed in with the password before is signed out."""
    user = User.objects.filter(email__iexact=args.email.strip(), is_active=True).first()
    if user is None:
        raise InstanceError(
            f"There is no open account for “{args.email}”. Accounts come from the roster: "
            "staff with an e-mail address have one."
        )
    password = secrets.token_urlsafe(12)
    set_password(actor=command_line_actor(), user=user, password=password)
    print(f"{user.email}   {password}\nTell it in person; it is changed at “Change my password”.")
    return 0
