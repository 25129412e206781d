"""Where somebody is signed in, and how that ends on every machine at once."""

from __future__ import annotations

from allauth.usersessions.models import UserSession

from hornbook.district.people.models import User


def sign_out_everywhere(user: User, *, but: str = "") -> int:
    """End every session of the account, except the one with the key ``but``; how many ended."""
    sessions = UserSession.objects.filter(user=user).exclude(session_key=but)
    ended = 0
    for session in sessions:
        session.end()
        ended += 1
    return ended
