"""Addresses that hold another one: translators, caches and archives show that one's page.

Whoever opens ``translate.goog`` with a closed site inside opens the closed site; so the embedded
host is judged as well. Facts about public services, checked 2026-11-25.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

from hornbook.kernel.names import BadName, is_ip_literal, normalise
from hornbook.node.proxy.asked import split_path

# Host (also below it) → the parameters of the query that hold an address.
_BY_QUERY = {
    "translate.google.com": ("u",),
    "translate.googleusercontent.com": ("u",),
    "webcache.googleusercontent.com": ("q",),
    "cc.bingj.com": ("u", "url"),
    "www.microsofttranslator.com": ("a",),
    "www.translatetheweb.com": ("a",),
    "translate.yandex.com": ("url",),
    "translate.yandex.ru": ("url",),
    "papago.naver.net": ("target",),
    "proxy.duckduckgo.com": ("u",),
    "html.duckduckgo.com": ("uddg",),
    "www.google.com": ("imgrefurl",),
    "validator.w3.org": ("uri",),
}
# Host (also below it): the address stands somewhere in the path.
_BY_PATH = (
    *("web.archive.org", "archive.org", "archive.ph", "archive.today", "archive.is", "archive.li"),
    *("archive.vn", "archive.fo", "archive.md", "12ft.io", "r.jina.ai", "cdn.ampproject.org"),
    *("webcitation.org", "ghostarchive.org", "removepaywall.com", "outline.com", "txtify.it"),
)
# Below these the first label is the host, its dots written as hyphens and its hyphens doubled.
_BY_LABEL = (".translate.goog", ".cdn.ampproject.org")
_ADDRESS = re.compile(
    r"(?:https?:/{1,2}|(?<=/s/)|(?<=^cache:)|(?<=:))([^/?#:\s]+\.[^/?#:\s]+)", re.I
)
_AMP = re.compile(r"/amp/s/([^/?#]+)")


def embedded(host: str, path: str) -> str | None:
    """The host (normalised) of the address inside ``host`` and ``path``; None for none."""
    found = _label(host) or _query(host, path) or _path(host, path)
    return _plain(found) if found else None


def depends_on_path(host: str) -> bool:
    """Whether what is opened at that host may be said by the path alone."""
    known = (*_BY_QUERY, *_BY_PATH)
    return host.startswith("www.google.") or any(_is_under(host, name) for name in known)


def _label(host: str) -> str:
    for suffix in _BY_LABEL:
        if host.endswith(suffix):
            label = host.removesuffix(suffix).rpartition(".")[2]
            return label.replace("--", "\0").replace("-", ".").replace("\0", "-")
    return ""


def _query(host: str, path: str) -> str:
    names = next((names for known, names in _BY_QUERY.items() if _is_under(host, known)), ())
    if not names:
        return ""
    for name, value in parse_qsl(split_path(path)[1]):
        if name in names:
            return _host_in(value)
    return ""


def _path(host: str, path: str) -> str:
    if host.startswith("www.google.") and (found := _AMP.match(path)):
        return found[1]
    if any(_is_under(host, known) for known in _BY_PATH):
        return _host_in(unquote(path))
    return ""


def _host_in(text: str) -> str:
    """The first host in a text that holds an address, with or without a scheme."""
    found = _ADDRESS.search(text)
    if found:
        return found[1]
    return re.split(r"[/?#:]", text.lstrip("/"), maxsplit=1)[0]


def _is_under(host: str, known: str) -> bool:
    return host == known or host.endswith("." + known)


def _plain(host: str) -> str | None:
    bare = host.rpartition("@")[2]
    if "." not in bare or is_ip_literal(bare):
        return None
    try:
        return normalise(bare)
    except BadName:
        return None
