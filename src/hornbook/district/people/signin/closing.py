"""Close an account until its holder has a new password, and the ways back in.

Closed means: every session has ended, the password is worth nothing, and second steps and
passkeys that were added since the password was given away are gone, because a stranger may have
added them. An older passkey still shows who somebody is: with it they set a new password
themselves. Everybody else gets a code from the desk, in person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from hornbook.district.learning.numbers import BadNumber, new_number, read_number
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.mail.actions import Draft, post
from hornbook.district.people.models import Closing, Person, ResetCode, User
from hornbook.district.people.sessions import sign_out_everywhere

if TYPE_CHECKING:
    from hornbook.district.policy.models import ClauseText

CODE_LASTS = timedelta(hours=24)
TRIES = 5


@dataclass(frozen=True)
class Closed:
    """What was done: how many sessions ended, and which new ways to sign in were removed."""

    closing: Closing
    sessions: int
    removed: tuple[str, ...]


class CannotClose(ValueError):
    """The account was not closed; the message says why."""


def open_closing(user: User) -> Closing | None:
    return Closing.objects.filter(user=user, reset_at__isnull=True).first()


@transaction.atomic
def close_account(
    *,
    actor: Actor,
    user: User,
    why: str,
    text: ClauseText | None = None,
    own_wish: bool = False,
    since: datetime | None = None,
) -> Closed:
    """Close it now. Closing a closed account ends what sessions there are and changes no more.

    ``since``: when the password may have become known; by default now. Raises CannotClose
    where neither a clause nor the holder's own wish stands behind it.
    """
    if text is None and not own_wish:
        raise CannotClose("Closing somebody's account needs a clause that is in force.")
    locked = User.objects.select_for_update().get(pk=user.pk)
    closing = open_closing(locked) or Closing.objects.create(
        user=locked,
        at=timezone.now(),
        by=actor.label,
        why=why[:200],
        own_wish=own_wish,
        clause_text=text,
    )
    removed = _remove_new_ways(locked, since or timezone.now())
    locked.set_unusable_password()
    locked.save(update_fields=["password"])
    found = Closed(closing, sign_out_everywhere(locked), removed)
    _tell(actor, "close account until reset", found, text)
    return found


def _remove_new_ways(user: User, since: datetime) -> tuple[str, ...]:
    added = Authenticator.objects.filter(user=user, created_at__gte=since)
    names = tuple(str(one) for one in added)
    added.delete()
    return names


def _tell(actor: Actor, verb: str, found: Closed, text: ClauseText | None) -> None:
    detail = {
        "why": found.closing.why,
        "own_wish": found.closing.own_wish,
        "sessions_ended": found.sessions,
        "ways_removed": len(found.removed),
    }
    cited = [text.version] if text else []
    record(
        actor=actor,
        verb=verb,
        object=name_of(found.closing.user),
        clause_texts=cited,
        detail=detail,
    )


@transaction.atomic
def reopen(*, actor: Actor, user: User, how: str) -> Closing | None:
    """The holder has a new password; None where the account was not closed."""
    closing = Closing.objects.select_for_update().filter(user=user, reset_at=None).first()
    if closing is None:
        return None
    closing.reset_at, closing.reset_how = timezone.now(), how[:100]
    closing.save(update_fields=["reset_at", "reset_how"])
    ResetCode.objects.filter(user=user, used_at=None).delete()
    record(actor=actor, verb="open account after reset", object=name_of(user), detail={"how": how})
    return closing


def name_of(user: User) -> str:
    """How the ledger names an account: by its person, where there is one."""
    person = Person.objects.filter(user=user).first()
    return f"person {person.key}" if person else f"account {user.pk}"


# --- the code that the desk hands out ----------------------------------------------------------


@transaction.atomic
def make_code(*, actor: Actor, user: User) -> str:
    """A code for one new password, to be told in person; those before it are worth nothing."""
    ResetCode.objects.filter(user=user, used_at=None).delete()
    code = new_number()
    now = timezone.now()
    ResetCode.objects.create(
        user=user, sha256=_digest(code), made_at=now, made_by=actor.label, ends_at=now + CODE_LASTS
    )
    record(actor=actor, verb="give reset code", object=name_of(user))
    _tell_holder(actor, user, now)
    return code


def _tell_holder(actor: Actor, user: User, now: datetime) -> None:
    """In case that somebody else stood at the desk."""
    draft = Draft(
        key=f"reset code {user.pk} {now.isoformat()}",
        about=f"account {user.pk}",
        to=user.email,
        subject="A code for a new password was made for you",
        body=(
            f"{actor.label} made a code with which your password can be set anew. If you did not "
            "ask for it in person, call the IT desk at once.\n"
        ),
    )
    post([draft])


class BadCode(ValueError):
    """The address and the code do not open anything; one message for every reason."""


@transaction.atomic
def check_code(*, email: str, code: str) -> User | None:
    """The account that the code opens, or None. A wrong code counts against the account's own.

    Not raised, so that the count of tries is kept.
    """
    waiting = ResetCode.objects.select_for_update().filter(
        user__email__iexact=email.strip(),
        user__is_active=True,
        used_at=None,
        ends_at__gt=timezone.now(),
        tries__lt=TRIES,
    )
    try:
        found = waiting.filter(sha256=_digest(read_number(code))).select_related("user").first()
    except BadNumber:
        return None  # a slip of the finger: the check character tells it from a guess
    if found is None:
        waiting.update(tries=F("tries") + 1)
        return None
    return found.user


def use_code(*, email: str, code: str, password: str) -> User:
    """Give the account that password and open it. Raises BadCode.

    Not one transaction: a wrong try must count, although it is refused.
    """
    user = check_code(email=email, code=code)
    if user is None:
        raise BadCode("These do not fit together.")
    _new_password(user, password)
    return user


@transaction.atomic
def _new_password(user: User, password: str) -> None:
    """Raises BadCode where the code was used a moment ago."""
    if not ResetCode.objects.filter(user=user, used_at=None).update(used_at=timezone.now()):
        raise BadCode("This code was used already.")
    user.set_password(password)
    user.save(update_fields=["password"])
    sign_out_everywhere(user)
    holder = Actor(str(Person.objects.filter(user=user).first() or user.email))
    record(actor=holder, verb="set password with code", object=name_of(user))
    reopen(actor=holder, user=user, how="a code that the desk handed out")


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()
