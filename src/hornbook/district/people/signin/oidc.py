"""allauth's two addresses of OpenID Connect, which must also stand a directory that is down."""

from __future__ import annotations

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from requests import RequestException

from hornbook.district.people.signin.adapter import not_let_in


@never_cache
def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Lead to the directory."""
    try:
        reply: HttpResponseBase = views.login(request, provider_id)
    except (RequestException, OAuth2Error):
        return not_let_in(request, broken=True)
    return reply


@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Come back from it."""
    try:
        reply: HttpResponseBase = views.callback(request, provider_id)
    except (RequestException, OAuth2Error):
        return not_let_in(request, broken=True)
    return reply
