"""The frame around every page."""

from __future__ import annotations

import pytest
from django.test import Client

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
