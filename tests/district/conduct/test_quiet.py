"""Nothing keeps who used the report pages: no session, no sign-in, no address, no leaf."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from tests.district.conduct.conftest import ANSWERS, Sent

pytestmark = pytest.mark.django_db
ADDRESS, BROWSER = "203.0.113.77", "Very-Special-Browser/9"


def test_a_person_who_is_signed_in_is_a_visitor_there(
    send: Callable[..., Sent], client_for: Callable[[Person | None], Client], owner: Person
) -> None:
    sent = send(client_for(owner))
    assert sent.report.reporter is None
    assert not Leaf.objects.filter(actor=str(owner)).exists()


def test_no_cookie_but_the_forms_own_and_none_that_stays(
    sites: object, policy_in_force: object
) -> None:
    page = Client().post("/report/", {**ANSWERS, "step": "who"})
    assert set(page.cookies) <= {"csrftoken"}
    for cookie in page.cookies.values():
        assert not cookie["max-age"]
        assert not cookie["expires"]
    assert "no-store" in page["Cache-Control"]


def test_a_refused_form_leaves_no_name(
    client_for: Callable[[Person | None], Client], owner: Person
) -> None:
    client = Client(enforce_csrf_checks=True)
    assert owner.user is not None
    client.force_login(owner.user, "allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/report/", ANSWERS).status_code == 403
    assert client.get("/report/nothing/").status_code == 404
    assert not Leaf.objects.filter(actor=str(owner)).exists()


def test_address_and_browser_are_kept_nowhere(
    send: Callable[..., Sent], caplog: pytest.LogCaptureFixture
) -> None:
    """Every text of every table of the database, and every line of every log."""
    caplog.set_level(logging.DEBUG)
    client = Client(REMOTE_ADDR=ADDRESS, HTTP_USER_AGENT=BROWSER, HTTP_X_FORWARDED_FOR=ADDRESS)
    sent = send(client)
    client.post("/report/check/", {"receipt": sent.receipt, "say": "1", "words": "More"})
    client.post("/report/check/", {"receipt": "1234"})
    kept = "".join(_everything())
    assert "conduct.reported" in kept  # the search does find what is there
    for trace in (ADDRESS, BROWSER, sent.receipt.replace(" ", ""), ANSWERS["what"]):
        assert trace not in kept
        assert trace not in caplog.text


def _everything() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for name in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{name}\" t")  # noqa: S608
            found.append(cursor.fetchone()[0])
    return found
