"""Keep what people ask for, on disk, until the console fetches it.

One file a request: ``spool/asks/<receipt>.json``, written by fsync and rename. Limits are per
client address (a /64 for IPv6, which is one household's or one device's network) and over all.
"""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hornbook.instance import to_json, write_atomically
from hornbook.kernel.explain import Explanation

PER_CLIENT = 5
WINDOW = 600.0  # seconds
MAX_WAITING = 5_000  # files nobody fetched: the console is down for long, or somebody floods
MAX_CLIENTS = 10_000
MAX_REASON = 1_000  # characters

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letters that look like figures


class TooMany(Exception):
    """This request is not kept; the message tells the person why and what to do."""


@dataclass(frozen=True)
class _Kept:
    at: float
    name: str
    receipt: str


class Box:
    """A folder of what people wrote, and what each of them wrote lately.

    ``most`` may be written by one in ten minutes; ``often`` and ``full`` tell people why no more
    is taken.
    """

    def __init__(
        self, folder: Path, most: int, often: str, full: str, clock: Callable[[], float]
    ) -> None:
        self._folder, self._most, self._often, self._full = folder, most, often, full
        self._clock = clock
        self._kept: OrderedDict[str, list[_Kept]] = OrderedDict()

    def receipt_of(self, who: str, name: str) -> str:
        """Of what they wrote about that name in the last ten minutes; "" for nothing."""
        return next((kept.receipt for kept in self._recent(who) if kept.name == name), "")

    def keep(self, who: str, name: str, facts: Mapping[str, object]) -> str:
        """Write it to the disk and return its receipt. Raises TooMany, OSError (disk)."""
        mine = self._recent(who)
        if len(mine) >= self._most:
            raise TooMany(self._often)
        self._folder.mkdir(parents=True, exist_ok=True)
        if sum(1 for _ in self._folder.glob("*.json")) >= MAX_WAITING:
            raise TooMany(self._full)
        receipt = new_receipt()
        write_atomically(self._folder / f"{receipt}.json", to_json({"receipt": receipt, **facts}))
        mine.append(_Kept(self._clock(), name, receipt))
        return receipt

    def _recent(self, who: str) -> list[_Kept]:
        """Of the last ten minutes; the longest idle are forgotten."""
        since = self._clock() - WINDOW
        mine = [kept for kept in self._kept.pop(who, []) if kept.at > since]
        self._kept[who] = mine
        while len(self._kept) > MAX_CLIENTS:
            self._kept.popitem(last=False)
        return mine


class AskDesk:
    """Takes requests. Asking for the same name again within ten minutes gives the same receipt."""

    def __init__(self, spool: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._box = Box(
            spool / "asks",
            PER_CLIENT,
            "You have asked for several sites. Please wait ten minutes.",
            "Requests cannot be taken now. Please ask a teacher or the office.",
            clock,
        )

    def ask(self, client: str, told: Explanation, reason: str) -> str:
        """Keep the request and return its receipt. Raises TooMany, OSError (disk)."""
        who = client_network(client)
        known = self._box.receipt_of(who, told.name)
        return known or self._box.keep(who, told.name, _facts(told, reason))


def new_receipt() -> str:
    """Ten characters that can be read out loud: ``K7QM-4XPD-2R``, 49 bits."""
    word = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{word[:4]}-{word[4:8]}-{word[8:]}"


def client_network(client: str) -> str:
    """The address itself for IPv4 (also mapped), its /64 for IPv6."""
    address = ipaddress.ip_address(client.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def facts_of(told: Explanation) -> dict[str, object]:
    """Who wrote, about which name, under which rule and clause."""
    return {
        "person": told.seat.person if told.seat else "",
        "site": told.seat.site if told.seat else "",
        "name": told.name,
        "rule": told.verdict.rule,
        "clause_version": told.verdict.clause,
    }


def _facts(told: Explanation, reason: str) -> dict[str, object]:
    return facts_of(told) | {
        "profile": told.profile,
        "reason": reason[:MAX_REASON],
        "category": told.verdict.category,
        "asked_at": datetime.now(UTC).isoformat(),
    }
