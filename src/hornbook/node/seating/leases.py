"""DHCP leases as the servers write them: which machine has which address, and until when.

dnsmasq (``dnsmasq.leases``), Kea (``kea-leases4.csv`` and ``kea-leases6.csv``, whose last line for
an address counts) and ISC dhcpd (``dhcpd.leases``, whose last block counts).
"""

from __future__ import annotations

import csv
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

FAR = 2**53  # Unix seconds: a lease without an end
_BLOCK = re.compile(r"lease\s+([0-9a-fA-F.:]+)\s*\{(.*?)\}", re.DOTALL)
_FIELD = re.compile(r"^\s*(hardware ethernet|ends|binding state)\s+(.*?);", re.MULTILINE)
_MAC = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Lease:
    """``mac`` is twelve small hexadecimal digits; ``ends`` is Unix time."""

    address: str
    mac: str
    ends: float


class NoLeases(ValueError):
    """The file is none of the three kinds; the message says what it looks like."""


def read_leases(text: str) -> dict[str, Lease]:
    """By address, the leases that a file tells. Lines that cannot be read are passed over.

    Raises NoLeases for a file that is of no kind that we know.
    """
    found: dict[str, Lease] = {}
    for address, mac, ends in _rows(text):
        try:
            key = str(ipaddress.ip_address(address))
        except ValueError:
            continue
        plain = re.sub(r"[-:. ]", "", mac.lower())
        found.pop(key, None)
        if ends > 0 and _MAC.fullmatch(plain):
            found[key] = Lease(key, plain, ends)
    return found


def _rows(text: str) -> Iterator[tuple[str, str, float]]:
    """(address, MAC, end); an end of 0 says that the lease is over."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        return iter(())
    if first.startswith("address,"):
        return _kea(text)
    if re.match(r"(duid )|(\d+ )", first):
        return _dnsmasq(text)
    if ("lease" in text and "{" in text) or first.startswith(("#", "authoring-byte-order")):
        return _isc(text)
    raise NoLeases(f"it begins with “{first[:40]}”, which no DHCP server that we know writes")


def _dnsmasq(text: str) -> Iterator[tuple[str, str, float]]:
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 4 and words[0].isdecimal():
            yield words[2], words[1].rpartition("-")[2] or words[1], float(words[0]) or FAR


def _kea(text: str) -> Iterator[tuple[str, str, float]]:
    for row in csv.DictReader(text.splitlines()):
        state = row.get("state") or "0"
        ends = row.get("expire") or "0"
        if ends.isdecimal():
            yield row.get("address") or "", row.get("hwaddr") or "", float(ends) * (state == "0")


def _isc(text: str) -> Iterator[tuple[str, str, float]]:
    for address, body in _BLOCK.findall(text):
        told = dict(_FIELD.findall(body))
        active = told.get("binding state", "active") == "active"
        mac = told.get("hardware ethernet", "")
        yield address, mac, _isc_end(told.get("ends", "never")) * active


def _isc_end(text: str) -> float:
    """``4 2026/09/24 12:00:00`` in UTC, ``epoch 1790000000; # …`` or ``never``."""
    words = text.split()
    try:
        if words[0] == "epoch":
            return float(words[1])
        if words[0] == "never":
            return FAR
        moment = datetime.strptime(" ".join(words[1:3]), "%Y/%m/%d %H:%M:%S")
        return moment.replace(tzinfo=UTC).timestamp()
    except (IndexError, ValueError):
        return 0.0
