"""The pages of allauth that make sense here.

Accounts and their addresses come from the roster: so no sign-up and no change of e-mail address.
No reset by mail either: whoever reads somebody's mail would own their account.
"""

from __future__ import annotations

from allauth.account import views
from allauth.socialaccount.views import login_cancelled, login_error
from django.urls import URLPattern, URLResolver, include, path

from hornbook.district.people.signin import oidc, reset_pages
from hornbook.district.people.signin import pages as signin

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("reset/", reset_pages.reset, name="account-reset"),
    path("where/", signin.where, name="where-signed-in"),
    path("oidc/cancelled/", login_cancelled, name="socialaccount_login_cancelled"),
    path("oidc/error/", login_error, name="socialaccount_login_error"),
    path("oidc/<slug:provider_id>/login/", oidc.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", oidc.callback, name="openid_connect_callback"),
]
