"""Addresses inside addresses, questions for other DNS services, web proxies, SafeSearch."""

from __future__ import annotations

import pytest

from hornbook.kernel.names import to_wire
from hornbook.kernel.rulebook import Verdict
from hornbook.node.dns.rewrite import Other
from hornbook.node.proxy.around import is_web_proxy, shows_way_around
from hornbook.node.proxy.asked import Asked
from hornbook.node.proxy.safe import changes
from hornbook.node.proxy.who import Who
from hornbook.node.proxy.wrapped import depends_on_path, embedded


@pytest.mark.parametrize(
    ("host", "path", "inside"),
    [
        ("www-adult-site-test.translate.goog", "/a?_x_tr_sl=de", "www.adult.site.test"),
        ("my--site-test.translate.goog", "/", "my-site.test"),
        ("translate.google.com", "/translate?sl=de&u=https%3A%2F%2Fadult.test%2Fa", "adult.test"),
        ("translate.google.com", "/translate?u=adult.test", "adult.test"),
        ("webcache.googleusercontent.com", "/search?q=cache:abc:adult.test/p", "adult.test"),
        ("web.archive.org", "/web/20240101000000*/http://adult.test/x", "adult.test"),
        ("web.archive.org", "/web/2024/https%3A//user@Adult.test:8080/", "adult.test"),
        ("archive.ph", "/newest/https://adult.test/", "adult.test"),
        ("12ft.io", "/adult.test/page", "adult.test"),
        ("r.jina.ai", "/https://adult.test/page", "adult.test"),
        ("www.google.de", "/amp/s/adult.test/story", "adult.test"),
        ("cdn.ampproject.org", "/c/s/adult.test/a", "adult.test"),
    ],
)
def test_the_address_inside_is_found(host: str, path: str, inside: str) -> None:
    assert embedded(host, path) == inside
    assert depends_on_path(host) or host.endswith(".translate.goog")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("open.test", "/?u=https://adult.test/"),
        ("web.archive.org", "/about"),
        ("translate.google.com", "/?text=hello"),
        ("archive.org", "/details/127.0.0.1"),
        ("translate.google.com", "/translate?u=https://exa mple/"),
    ],
)
def test_where_there_is_none_none_is_found(host: str, path: str) -> None:
    assert embedded(host, path) is None


def asked(path: str = "/", accept: str = "", kind: str = "", method: str = "GET") -> Asked:
    return Asked(Who(bytes(16)), method, "a.test", path, accept, "", kind, b"")


@pytest.mark.parametrize(
    "request_",
    [
        asked("/dns-query?dns=AAABAAABAAAAAAAAA3d3dw"),
        asked("/resolve?type=A&name=adult.test"),
        asked("/any", kind="application/dns-message", method="POST"),
        asked("/any", accept="application/dns-message"),
        asked("/cgi-bin/nph-proxy.cgi/000/http/adult.test/"),
        asked("/browse.php?u=aHR0cHM6Ly9hZHVsdC50ZXN0&b=4"),
        asked("/uv/service/hvtrs8%2F-adult"),
        asked("/page?__cpo=aHR0cHM6Ly9hZHVsdC50ZXN0"),
    ],
)
def test_a_request_can_show_a_way_around(request_: Asked) -> None:
    assert shows_way_around(request_)


@pytest.mark.parametrize(
    "path", ["/", "/browse.php", "/service/uv", "/index.php?q=rivers", "/proxy?u=x", "/wisper/"]
)
def test_usual_pages_show_none(path: str) -> None:
    assert not is_web_proxy(path)


def other(name: str) -> Other:
    return Other(Verdict("rewrite"), to_wire(name))


def test_safe_search_is_set_in_the_address_whatever_it_said() -> None:
    google = other("forcesafesearch.google.com")
    told = changes("www.google.com", "/search?safe=off&q=a+b&safe=images", google, ())
    assert told == {":path": "/search?q=a+b&safe=active"}
    assert changes("www.google.com", "/maps?q=a", google, ()) == {}
    assert changes("www.google.com", "/search?q=a", None, ()) == {}


def test_youtube_and_googles_accounts_are_switched_by_headers() -> None:
    strict = other("restrict.youtube.com")
    assert changes("www.youtube.com", "/watch?v=1", strict, ()) == {"youtube-restrict": "Strict"}
    domains = ("district.example", "alumni.example")
    told = changes("mail.google.com", "/", None, domains)
    assert told == {"x-googapps-allowed-domains": "district.example,alumni.example"}
    assert changes("notgoogle.com", "/", None, domains) == {}
