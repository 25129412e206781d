"""How sign-in behaves here."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hornbook.district.people.models import Role, User
from hornbook.district.people.permissions import person_of, roles_of
from hornbook.district.people.signin.attempts import note
from hornbook.district.people.signin.closing import open_closing

AT_WORK = frozenset(
    {Role.TEACHER, Role.AIDE, Role.COACH, Role.VOLUNTEER, Role.STAFF, Role.SUBSTITUTE}
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the roster; nobody signs up."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Whoever has no desk to look after lands on what needs them today."""
        person = person_of(request.user)
        held = {role.role for role in roles_of(person)} if person else set()
        if held and held <= AT_WORK:
            return reverse("today")
        return str(super().get_login_redirect_url(request))

    def pre_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse | None:
        """A closed account opens for a passkey only: it leads to a new password."""
        refused: HttpResponse | None = super().pre_login(request, user, **more)
        if refused is not None:
            return refused
        if open_closing(user) and not did_use_passwordless_login(request, user):
            note(request, user, good=False)
            return render(request, "people/closed.html", status=403)
        return None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Kept for the holder of the account; an address without one leaves nothing."""
        super().authentication_failed(request, **credentials)
        user = User.objects.filter(email__iexact=credentials.get("email") or "").first()
        if user is not None:
            note(request, user, good=False)
