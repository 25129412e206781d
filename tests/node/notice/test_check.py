"""The check page tells a device whether it is covered, and as whom, without script."""

from __future__ import annotations

import pytest

from hornbook.instance import Instance
from hornbook.node.devices.names import BY_DNS, BY_PROXY, INSIDE, PAGE
from tests.node.notice.conftest import NOBODY, NOTICE, TEACHER, Served, publish


@pytest.fixture
def told(instance: Instance, page: Served) -> Served:
    """The page of the small district, which tells the names of its sites."""
    publish(instance, notice=NOTICE | {"sites": {"maple": "Maple Elementary"}, "protected": ["h"]})
    page.site.refresh()
    return page


def test_the_page_says_as_whom_the_device_is_known(told: Served) -> None:
    found = told.get("/hornbook-check", host="10.4.0.2:8080")
    assert found.status == 200
    assert (
        "The filter knows this address as <strong>Students in elementary schools, Maple"
        in found.text
    )
    policy = found.headers["Content-Security-Policy"]
    assert f"frame-src http://{BY_DNS}:8080 http://{BY_PROXY} https://{INSIDE}" in policy
    assert "You are covered as <strong>staff, Maple" in told.get(host=PAGE, client=TEACHER).text
    assert "the rules for guests hold" in told.get(host=PAGE, client=NOBODY).text


def test_only_the_frame_of_the_resolver_says_yes_here(told: Served) -> None:
    dns = told.get(host=f"{BY_DNS}:8080")
    assert (dns.status, "Yes." in dns.text) == (200, True)
    assert dns.headers["X-Frame-Options"] is None
    assert "frame-ancestors" not in dns.headers["Content-Security-Policy"]
    for host in (BY_PROXY, INSIDE):
        assert told.get(host=host).status == 404


def test_the_pac_file_is_served_with_the_protected_set_of_today(told: Served) -> None:
    found = told.get("/hornbook.pac")
    assert found.headers.get_content_type() == "application/x-ns-proxy-autoconfig"
    assert 'var help = ["h"];' in found.text


def test_other_pages_are_not_the_check_page(told: Served) -> None:
    assert "covered" not in told.get("/", host="bad.example").text
    assert told.get("/", host="checkhornbook.internal").status == 404
