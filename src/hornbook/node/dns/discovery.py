"""Names by which a device asks whether it may go around this server, and how it is told no.

A device must get an answer at once: without one it waits, or goes around after all.
"""

from __future__ import annotations

from hornbook.kernel.names import to_wire
from hornbook.kernel.rulebook import Verdict
from hornbook.node.devices.names import BY_DNS, PAGE, ZONE
from hornbook.node.dns import wire
from hornbook.node.dns.wire import EDE_BLOCKED, EDE_FORGED, is_under

# Firefox turns its own DoH on unless the first does not exist; Apple's devices use Private Relay
# unless the others do not exist (developer.apple.com, "Prepare your network for iCloud Private
# Relay").
CANARIES = frozenset(
    to_wire(name)
    for name in (
        "use-application-dns.net",
        "mask.icloud.com",
        "mask-h2.icloud.com",
        "mask-canary.icloud.com",
        "mask-api.icloud.com",
    )
)
# Served here and never forwarded (RFC 9462, 6.4): an upstream's word would lead to the upstream.
_RESOLVER = to_wire("resolver.arpa")
# A device finds out by these names who answers it (node/devices/names.py). Not for long: it may
# be elsewhere in a minute.
_OURS = to_wire(ZONE)
_HERE = frozenset(to_wire(name) for name in (BY_DNS, PAGE))
ANSWERS = (
    Verdict("block", answer="nxdomain", ede=EDE_BLOCKED),
    Verdict("block", answer="nodata", ede=EDE_BLOCKED),
    Verdict("rewrite", answer="notice", ede=EDE_FORGED, ttl=10),
    Verdict("rewrite", answer="nxdomain", ede=EDE_FORGED, ttl=10),
)
_NO_NAME, _NO_DATA, _IS_HERE, _NOT_HERE = range(4)
# What RFC 9606 lets a resolver tell of itself: the extended errors that it gives.
RESINFO = 261
_INFORMATION, _INFORMATION_TTL = b"exterr=3-4,14-17,22", 3600


def answer_to(name: bytes) -> int | None:
    """The place in ``ANSWERS`` for a name in wire form, lower case; None for all other names."""
    if name in CANARIES:
        return _NO_NAME
    if is_under(name, _OURS):
        return _IS_HERE if name in _HERE else _NOT_HERE
    return _NO_DATA if is_under(name, _RESOLVER) else None


def information(query: wire.Query) -> bytes | None:
    """What this resolver says of itself (RFC 9606), None for every other question."""
    if query.qtype != RESINFO or query.name.lower() != _RESOLVER:
        return None
    data = bytes([len(_INFORMATION)]) + _INFORMATION
    record = b"\xc0\x0c" + wire.RECORD.pack(RESINFO, wire.IN, _INFORMATION_TTL, len(data)) + data
    opt = wire.opt_record(query.do) if query.edns else b""
    head = wire.head(query, wire.NOERROR, 1, additionals=int(query.edns), extra=wire.AA)
    return head + query.question + record + opt
