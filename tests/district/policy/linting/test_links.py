"""An address is judged offline: malformed, private, known dead, or not checked."""

from __future__ import annotations

from datetime import date

import pytest

from hornbook.district.policy.linting.links import addresses, fault
from hornbook.district.policy.linting.model import DeadLink

DEAD = [DeadLink("old.example/page.html", date(2026, 11, 23), "the page moved")]


def test_addresses_end_before_the_punctuation() -> None:
    text = "(<http://copyright.gov/title17/>), www.loc.gov. “https://a.example/x?y=1”; mail a@b.c"
    assert addresses(text) == [
        "http://copyright.gov/title17/",
        "www.loc.gov",
        "https://a.example/x?y=1",
    ]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://old.example/page.html", "the page moved"),
        ("http://www.old.example/page.html/", "the page moved"),
        ("https://old.example/other.html", None),
        ("www.loc.gov", None),
        ("http:/one.slash.example/", "no web address"),
        ("https://", "no web address"),
        ("https://exa mple.org", "no web address"),
        ("https://-bad-.example/", "no web address"),
        ("https://host.example:99999/", "no web address"),
        ("https://[::1", "no web address"),
        ("https://intranet/rules", "inside the District"),
        ("https://files.local/", "inside the District"),
        ("http://10.1.2.3/", "inside the District"),
        ("http://93.184.215.14/", None),
    ],
)
def test_faults(url: str, told: str | None) -> None:
    what = fault(url, DEAD)
    assert (what is None) if told is None else (what is not None and told in what)
