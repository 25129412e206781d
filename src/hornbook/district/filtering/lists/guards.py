"""Why one entry of a list is refused: names that cannot be, and names that would block too much."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import idna
import publicsuffixlist

from hornbook.kernel.names import BadName, normalise

# Host names in practice: letters, digits, "-" and "_", 63 bytes a label (RFC 1035 §2.3.4). A
# last label that begins with a digit is an IPv4 address to browsers (WHATWG URL, "ends in a
# number"). The length limit of 253 is looked at once, at the front.
NAME = rb"(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
CUT_AT = 128  # bytes; some makers store names in a field of that size
EXAMPLES = 3

REASONS = {
    "public-suffix": "public suffix: it would block everybody below it",
    "single-label": "single label: it would block a whole top-level domain",
    "ip-address": "IP address, not a name",
    "invalid-name": "not a valid name",
    "cut-name": f"name of exactly {CUT_AT} characters: cut off by its maker",
    "regexp": "regular expression: a name list cannot hold it",
    "keyword": "keyword: it would block every name that contains it",
    "include": "refers to another list: import that list too",
    "exception": "exception rule: make it a rule of the district",
    "not-plain": "not a plain ||name^ rule",
    "cosmetic": "cosmetic rule: it hides parts of pages",
    "not-a-block": "maps a name to a real address",
    "rewrite": "rewrites a name instead of blocking it",
}

_whole_name = re.compile(rb"(?!.{254})" + NAME).fullmatch
_single_label = re.compile(rb"[a-z0-9_-]{1,63}").fullmatch


@dataclass
class Tally:
    """How many lines were refused, by reason, with the first few as ``file:line: text``."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, where: str, text: bytes) -> None:
        self.counts[reason] += 1
        shown = self.examples.setdefault(reason, [])
        if len(shown) < EXAMPLES:
            shown.append(f"{where}: {text[:120].decode('utf-8', 'replace')}")

    def merge(self, other: Tally) -> None:
        self.counts.update(other.counts)
        for reason, shown in other.examples.items():
            mine = self.examples.setdefault(reason, [])
            mine.extend(shown[: EXAMPLES - len(mine)])


class Refuse(Exception):
    """One entry is refused; ``reason`` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


def listed_name(text: bytes) -> bytes:
    """The normalised name of an entry such as ``*.Example.COM.`` or ``bücher.example``.

    Raises Refuse with the reason. The guard against public suffixes is part of it.
    """
    name = _normal_form(text)
    if is_public_suffix(name):
        raise Refuse("public-suffix")
    return name


def listed_host(text: bytes) -> bytes:
    """The host of a path rule: as ``listed_name``, but an address or a public suffix may be it."""
    try:
        return _normal_form(text)
    except Refuse as refusal:
        if refusal.reason == "ip-address":
            return text.strip().lower()
        raise


def _normal_form(text: bytes) -> bytes:
    name = text.strip().lower().removeprefix(b"*.").removeprefix(b".").removesuffix(b".")
    if not name.isascii():
        name = _ascii_form(name)
    if not _whole_name(name):
        raise Refuse(_why_invalid(name))
    return name


def is_public_suffix(name: bytes) -> bool:
    """Whether blocking the name blocks the registrants below it (ICANN and private section)."""
    suffixes = public_suffixes()
    return name in suffixes.plain or (
        name.partition(b".")[2] in suffixes.wildcard_parents and name not in suffixes.exceptions
    )


@dataclass(frozen=True)
class PublicSuffixes:
    """Rules of the Public Suffix List (https://publicsuffix.org/list/): parents of ``*.`` rules
    are in ``plain`` too, because a block of the parent reaches every suffix below it."""

    plain: frozenset[bytes]
    wildcard_parents: frozenset[bytes]
    exceptions: frozenset[bytes]


@cache
def public_suffixes() -> PublicSuffixes:
    """The list that the ``publicsuffixlist`` package carries."""
    text = Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8")
    lines = (line.split()[0] for line in text.splitlines() if line.strip())
    rules = [line for line in lines if not line.startswith("//")]
    wildcard = frozenset(_a_label(rule[2:]) for rule in rules if rule.startswith("*."))
    exceptions = frozenset(_a_label(rule[1:]) for rule in rules if rule.startswith("!"))
    plain = frozenset(_a_label(rule) for rule in rules if rule[0] not in "*!")
    return PublicSuffixes(plain | wildcard, wildcard, exceptions)


def _a_label(rule: str) -> bytes:
    return rule.encode() if rule.isascii() else idna.encode(rule, uts46=True)


def _ascii_form(name: bytes) -> bytes:
    """A name in UTF-8, or else in Latin-1, as A-labels."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode("latin-1")
    try:
        return normalise(text).encode()
    except BadName as error:
        raise Refuse("invalid-name") from error


def _why_invalid(name: bytes) -> str:
    if is_address(name):
        return "ip-address"
    return "single-label" if _single_label(name) else "invalid-name"


def is_address(text: bytes) -> bool:
    """Whether the text is an IPv4 or IPv6 address or network."""
    try:
        ipaddress.ip_network(text.decode("ascii").strip("[]"), strict=False)
    except ValueError:
        return False
    return True
