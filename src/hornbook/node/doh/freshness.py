"""How long an HTTP cache may keep an answer (RFC 8484 5.1)."""

from __future__ import annotations

import struct
from functools import lru_cache

from hornbook.node.dns import wire

_REMEMBERED = 512  # octets: longer answers are read each time


def max_age(reply: bytes) -> int:
    """Seconds: the smallest TTL of all records, as RFC 2308 has it for negative answers.

    0 for an answer without records, such as a failure.
    """
    try:
        counts = wire.HEADER.unpack_from(reply)[2:]
        behind = wire.skip_name(reply, 12) + 4 if counts[0] else 12
        records, count = reply[behind:], sum(counts[1:])
        return (_known if len(records) <= _REMEMBERED else _smallest)(records, count)
    except (wire.BadMessage, struct.error):
        return 0


def _smallest(records: bytes, count: int) -> int:
    found = []
    at = 0
    for _ in range(count):
        at = wire.skip_name(records, at)
        rtype, _, ttl, length = wire.RECORD.unpack_from(records, at)
        at += wire.RECORD.size + length
        if rtype == wire.SOA:
            ttl = min(ttl, int.from_bytes(records[at - 4 : at], "big"))
        if rtype != wire.OPT:
            found.append(ttl)
    return min(found, default=0)


_known = lru_cache(maxsize=4096)(_smallest)  # blocked answers are the same behind every question
