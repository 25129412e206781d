"""Every address of the console, walked by those who have no business behind it.

The walk reads the addresses from Django, so that a page that is added tomorrow fails here until
somebody says who may open it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText

pytestmark = pytest.mark.django_db

EVERYBODY = {"home", "help", "accessibility", "privacy", "status", "healthz", "readyz", "policy"}
EVERYBODY |= {"ledger", "ledger-checkpoint", "ledger-verifier"}  # anybody may check the watchers
EVERYBODY |= {"policy-of", "policy-pdf", "pack-verifier"}
EVERYBODY |= {"clause", "account_login", "account_logout", "account_inactive"}
EVERYBODY |= {"mfa_login_webauthn", "openid_connect_login", "openid_connect_callback"}
EVERYBODY |= {"socialaccount_login_cancelled", "socialaccount_login_error"}
EVERYBODY |= {"verify", "report", "report-check"}
EVERYBODY |= {"account-reset", "gave-away", "gave-away-told", "gave-away-done"}
EVERYBODY |= {"copyright", "copyright-notice-new"}
EVERYBODY |= {"numbers", "numbers-download"}  # counts that were published
EVERYBODY |= {"mfa_authenticate"}  # the second step of a sign-in: sends visitors to the first
SIGNED_IN = {
    "me",
    "where-signed-in",
    "activity-mine",
    "filter-test",
    "today",
    "sign",
    "case-tell",  # whoever works here
    "my-cases",
}  # one's own things, and tests for oneself
TOKEN = {
    "parts-current",
    "parts-part",
    "parts-report",
    "parts-spooled",
    "record-head",
    "record-segment",
}  # nodes, not people
ACCOUNT = "account_", "mfa_"  # allauth's, about the account that is signed in

Names = tuple[str, ...]
SAMPLES: list[object] = ["FILTER-1", 1, UUID(int=1), "0" * 64, "Users"]


def names(resolver: URLResolver, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Names]]:
    """(name, its parameters) of every address."""
    for entry in resolver.url_patterns:
        here = above + tuple(entry.pattern.converters or entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            yield from names(entry, here)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{entry} has no name"
            yield entry.name, here


TOKEN |= {name for name, _ in names(get_resolver()) if name.startswith("scim-")}  # directories
ADDRESSES = sorted(set(names(get_resolver())))
GUARDED = [one for one in ADDRESSES if one[0] not in EVERYBODY | TOKEN]
FOR_ROLES = [one for one in GUARDED if one[0] not in SIGNED_IN and not one[0].startswith(ACCOUNT)]


def address_of(name: str, parameters: tuple[str, ...]) -> str:
    for values in itertools.product(SAMPLES, repeat=len(parameters)):
        try:
            return reverse(name, kwargs=dict(zip(parameters, values, strict=True)))
        except NoReverseMatch:
            continue
    raise AssertionError(f"tell SAMPLES what may stand in the address of {name}")


@pytest.mark.parametrize(("name", "parameters"), GUARDED)
def test_a_visitor_is_sent_to_the_sign_in(
    client: Client, name: str, parameters: tuple[str, ...]
) -> None:
    for answer in (client.get, client.post):
        reply = answer(address_of(name, parameters))
        assert reply.status_code in (302, 405), f"{name} answers {reply.status_code}"
        if reply.status_code == 302:
            assert reply["Location"].startswith("/account/login/")


@pytest.mark.parametrize(("name", "parameters"), FOR_ROLES)
def test_a_volunteer_finds_nothing_behind_doors_for_others(
    client_for: Callable[[Person | None], Client],
    stranger: Person,
    name: str,
    parameters: tuple[str, ...],
) -> None:
    client = client_for(stranger)
    for answer in (client.get, client.post):
        reply = answer(address_of(name, parameters))
        assert reply.status_code in (404, 405), f"{name} answers {reply.status_code}"


@pytest.mark.parametrize(("name", "parameters"), [one for one in ADDRESSES if one[0] in TOKEN])
def test_a_signed_in_person_is_no_node(
    client_for: Callable[[Person | None], Client],
    it_admin: Person,
    name: str,
    parameters: tuple[str, ...],
) -> None:
    client = client_for(it_admin)
    replies = [client.get(address_of(name, parameters)), client.post(address_of(name, parameters))]
    assert {reply.status_code for reply in replies} <= {401, 405}


@pytest.mark.parametrize(("name", "parameters"), [one for one in ADDRESSES if one[0] not in TOKEN])
def test_no_form_is_taken_without_its_secret(
    it_admin: Person, name: str, parameters: tuple[str, ...]
) -> None:
    client = Client(enforce_csrf_checks=True)
    assert it_admin.user is not None
    client.force_login(it_admin.user, "allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(address_of(name, parameters)).status_code in (403, 405)


@pytest.mark.parametrize(("name", "parameters"), ADDRESSES)
def test_every_answer_is_strict_about_what_it_loads(
    client: Client, name: str, parameters: tuple[str, ...]
) -> None:
    reply = client.get(address_of(name, parameters))
    assert "default-src 'self'" in reply["Content-Security-Policy"]


def test_files_and_absent_pages_are_strict_too(client: Client) -> None:
    for address in ("/static/hornbook/tokens.css", "/static/absent.css", "/absent/"):
        assert "default-src 'self'" in client.get(address)["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address",
    [
        "/policy/%00/",
        "/policy/?holder=%00",
        "/activity/?clause=a%00b",
        "/filter/held/?category=%00",
    ],
)
def test_an_address_that_no_text_can_hold_is_refused(
    client_for: Callable[[Person | None], Client],
    it_admin: Person,
    policy_in_force: dict[str, ClauseText],
    address: str,
) -> None:
    reply = client_for(it_admin).get(address)
    assert reply.status_code == 400
    assert "default-src 'self'" in reply["Content-Security-Policy"]
