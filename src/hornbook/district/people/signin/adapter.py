"""Who may come in by a directory: people of the roster, under an address it may vouch for."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hornbook.district.people.models import Person, User

SECOND_STEP = "second-step-elsewhere"  # key in the session


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Accounts come from the roster; nobody signs up."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the account by the address, once; from then on by the directory's own ``sub``."""
        app = sociallogin.provider.app.settings
        email = vouched_for(sociallogin.account.extra_data, app)
        if not sociallogin.is_existing:
            user = account_under(email)
            if user is None:
                raise ImmediateHttpResponse(not_let_in(request))
            sociallogin.connect(request, user)
        request.session[SECOND_STEP] = bool(app.get("second_step"))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: str | None = None, **more: Any
    ) -> None:
        """Who stops at the directory gets allauth's page for that; the rest is a failure."""
        if error != AuthError.CANCELLED:
            raise ImmediateHttpResponse(not_let_in(request, broken=True))


def vouched_for(told: dict[str, Any], app: dict[str, Any]) -> str:
    """The address in the directory's claims, lower case; empty when it may not vouch for it."""
    claims = {**(told.get("id_token") or {}), **(told.get("userinfo") or {})}
    email = str(claims.get("email") or "").strip().lower()
    verified = claims.get("email_verified") in (True, "true") or bool(app.get("vouches"))
    at_home = email.rpartition("@")[2] == app["domain"]
    return email if verified and at_home else ""


def account_under(email: str) -> User | None:
    """The open account of a person who is here."""
    if not email:
        return None
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    return user if user and Person.objects.filter(user=user, active=True).exists() else None


def not_let_in(request: HttpRequest, *, broken: bool = False) -> HttpResponse:
    """The page that says why, and what to do next."""
    status = 502 if broken else 403
    return render(request, "people/not_let_in.html", {"broken": broken}, status=status)
