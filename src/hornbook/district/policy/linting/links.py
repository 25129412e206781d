"""Addresses in the words of a policy, judged without asking any machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from hornbook.district.policy.linting.model import DeadLink

_URL = re.compile(r"\bhttps?:/*[^\s<>“”\"']*|\bwww\.[^\s<>“”\"']+", re.I)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.I)
_PRIVATE = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".invalid")


def addresses(text: str) -> list[str]:
    """Every web address of the text, without the punctuation that follows it."""
    return [found.rstrip(".,;:!?)]}") for found in _URL.findall(text)]


def fault(url: str, dead: Iterable[DeadLink]) -> str | None:
    """What is wrong with the address, as far as one can tell offline; None: not checked further."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url.removeprefix('http:')}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "this is no web address"
    if not url.lower().startswith(("http://", "https://", "www.")) or port == 0:
        return "this is no web address"
    return next(_faults(host, parts.path, dead), None)


def _faults(host: str, path: str, dead: Iterable[DeadLink]) -> Iterator[str]:
    if _is_private(host):
        yield "only machines inside the District can open it"
    elif not _is_address(host) and not _HOST.fullmatch(host):
        yield "this is no web address"
    plain = f"{host.removeprefix('www.')}{path}".lower().rstrip("/")
    for link in dead:
        if plain == link.address:
            yield f"{link.what} (looked at on {link.checked_on:%-d %B %Y})"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_private(host: str) -> bool:
    if _is_address(host):
        return not ip_address(host).is_global
    return "." not in host.strip(".") or host.endswith(_PRIVATE) if host else False
