"""The frame around every page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.test import Client

from hornbook.district.overview.nav import ACCOUNT, ROOMS, SHEETS, Room, folded, links
from hornbook.district.people.models import Person, Role
from tests.district.conftest import MakePerson, Sites

pytestmark = pytest.mark.django_db


def test_a_stranger_gets_the_front_door_with_the_crisis_lines(client: Client) -> None:
    page = client.get("/").content.decode()
    assert '<a class="skip" href="#content">' in page
    assert page.count("<h1") == 1
    assert 'href="tel:988"' in page
    assert 'href="/account/login/"' in page


def test_every_answer_carries_the_strict_headers(client: Client) -> None:
    headers = client.get("/").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]


def test_absent_pages_say_so_in_plain_words(client: Client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "There is nothing here for you" in page
    assert "Go to the front page" in page


def test_an_old_form_is_told_in_plain_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "x"})
    assert answer.status_code == 403
    assert "The form was too old to be sent" in answer.content.decode()


def test_our_own_faults_need_no_database_to_be_told() -> None:
    page = render_to_string("500.html")
    assert "It is not your fault" in page
    assert 'href="tel:988"' in page


def test_nobody_signs_up_or_changes_the_address_of_an_account(client: Client) -> None:
    for path in ("signup", "email", "password/reset"):
        assert client.get(f"/account/{path}/").status_code == 404


def test_signing_in_tells_that_use_is_recorded(client: Client) -> None:
    assert "can be monitored and recorded" in client.get("/account/login/").content.decode()


def test_a_failed_sign_in_keeps_the_address_and_links_the_error(client: Client) -> None:
    answer = client.post("/account/login/", {"login": "x@district.test", "password": "wrong"})
    page = answer.content.decode()
    assert "Please mend this first" in page
    assert 'value="x@district.test"' in page
    assert 'value="wrong"' not in page


AT_SCHOOL = {Role.STUDENT, Role.GUARDIAN, Role.TEACHER, Role.AIDE, Role.COACH, Role.VOLUNTEER}
AT_SCHOOL |= {Role.STAFF, Role.SUBSTITUTE, Role.PRINCIPAL}


def test_the_menu_never_leads_to_a_closed_door(
    make_person: MakePerson, sites: Sites, client_for: Callable[[Person], Client]
) -> None:
    """For every role: each room in the menu, the account menu and the footer opens."""
    for role in Role:
        site = sites.maple if role in AT_SCHOOL else sites.central
        person = make_person(f"Some {role.label.title().replace(' ', '')}", role, site)
        client = client_for(person)
        for link in (
            *links(ROOMS, frozenset({role}), "/"),
            *links(ACCOUNT, frozenset({role}), "/"),
            *links(SHEETS, frozenset({role}), "/"),
        ):
            assert client.get(link.url, follow=True).status_code == 200, f"{role}: {link.label}"


def test_the_deepest_room_is_the_current_one() -> None:
    rooms = (Room("home", "Home"), Room("mfa_index", "Second step"))
    found = links(rooms, frozenset(), "/account/2fa/totp/activate/")
    assert [link.label for link in found] == ["Home", "Second step"]
    assert [link.label for link in found if link.current] == ["Second step"]


def test_one_line_of_the_menu_holds_what_is_used_daily_and_folds_away_the_rest() -> None:
    for role in Role:
        rooms = links(ROOMS, frozenset({role}), "/")
        front, more = folded(rooms)
        assert front + more == rooms
        assert len(front) <= 8
        assert len(more) != 1, f"{role}: one room alone is folded away"
    assert folded(links(ROOMS, frozenset({Role.TEACHER}), "/"))[1] == []


def test_signing_belongs_to_today() -> None:
    found = links(ROOMS, frozenset({Role.TEACHER}), "/sign/")
    assert [link.label for link in found if link.current] == ["Today"]
    assert "Sign" not in [link.label for link in found]
