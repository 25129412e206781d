"""What a rewrite changes in a request that is seen: SafeSearch and YouTube's restricted modes.

In DNS such a host is answered as another one; inside HTTPS its maker's own switch is set, too, as
some programs keep addresses of their own. The facts are those of the makers, by the name that a
host is answered as (``filtering/data/safesearch.toml``), checked 2026-11-25.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from hornbook.kernel.names import from_wire
from hornbook.node.dns.rewrite import Other
from hornbook.node.proxy.asked import split_path

GOOGLE = "google.com"
ALLOWED_DOMAINS = "x-googapps-allowed-domains"


@dataclass(frozen=True)
class Switch:
    """``query``: what addresses under one of ``paths`` must hold; ``headers``: what is set."""

    query: dict[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ("/",)
    headers: dict[str, str] = field(default_factory=dict)


SWITCHES = {
    "forcesafesearch.google.com": Switch({"safe": "active"}, ("/search", "/images", "/imgres")),
    "strict.bing.com": Switch({"adlt": "strict"}, ("/search", "/images", "/videos")),
    "safe.duckduckgo.com": Switch({"kp": "1"}),
    "safesearch.pixabay.com": Switch({"safesearch": "1"}, ("/images", "/videos")),
    "restrict.youtube.com": Switch(headers={"youtube-restrict": "Strict"}),
    "restrictmoderate.youtube.com": Switch(headers={"youtube-restrict": "Moderate"}),
}


def changes(host: str, path: str, other: Other | None, domains: tuple[str, ...]) -> dict[str, str]:
    """Fields to set in the request; ``:path`` where its address changes.

    ``domains``: only accounts of these may sign in to Google's services; empty for all.
    """
    found: dict[str, str] = {}
    switch = SWITCHES.get(from_wire(other.name)) if other and other.name else None
    if switch:
        found |= switch.headers
        if switch.query and split_path(path)[0].startswith(switch.paths):
            found[":path"] = with_query(path, switch.query)
    if domains and (host == GOOGLE or host.endswith("." + GOOGLE)):
        found[ALLOWED_DOMAINS] = ",".join(domains)
    return found


def depends_on_path(other: Other | None) -> bool:
    """Whether :func:`changes` may say another thing for another page of the same host."""
    switch = SWITCHES.get(from_wire(other.name)) if other and other.name else None
    return bool(switch and switch.query)


def with_query(path: str, wanted: dict[str, str]) -> str:
    """The path with these parameters, whatever it said of them before."""
    before, query = split_path(path)
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in wanted]
    return f"{before}?{urlencode([*kept, *wanted.items()])}"
