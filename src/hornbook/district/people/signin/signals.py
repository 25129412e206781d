"""What follows when somebody signs in or has a new password. Connected in ``PeopleConfig``."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_set, user_logged_in
from django.http import HttpRequest

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person, User
from hornbook.district.people.signin.attempts import note
from hornbook.district.people.signin.closing import reopen
from hornbook.district.people.signin.rules import ASKED


def connect() -> None:
    user_logged_in.connect(on_sign_in, dispatch_uid="people-sign-in")
    password_set.connect(on_new_password, dispatch_uid="people-password-set")
    password_changed.connect(on_new_password, dispatch_uid="people-password-changed")


def on_sign_in(request: HttpRequest, user: User, **_more: Any) -> None:
    note(request, user, good=True)


def on_new_password(request: HttpRequest, user: User, **_more: Any) -> None:
    """Whoever came in by an older passkey and set a password is back."""
    holder = Person.objects.filter(user=user).first()
    reopen(actor=Actor(str(holder or user)), user=user, how="their passkey and a new password")
    request.session.pop(ASKED, None)
