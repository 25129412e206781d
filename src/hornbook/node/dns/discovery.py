"""Names by which a device asks whether it may go around this server, and how it is told no.

A device must get an answer at once: without one it waits, or goes around after all.
"""

from __future__ import annotations

from hornbook.kernel.names import to_wire
from hornbook.kernel.rulebook import Verdict
from hornbook.node.dns.wire import EDE_BLOCKED, is_under

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
ANSWERS = (
    Verdict("block", answer="nxdomain", ede=EDE_BLOCKED),
    Verdict("block", answer="nodata", ede=EDE_BLOCKED),
)
_NO_NAME, _NO_DATA = range(2)


def answer_to(name: bytes) -> int | None:
    """The place in ``ANSWERS`` for a name in wire form, lower case; None for all other names."""
    if name in CANARIES:
        return _NO_NAME
    return _NO_DATA if is_under(name, _RESOLVER) else None
