"""Names that exist on this filter only; who gets an answer is covered by it.

They stand under ``internal``, which is kept free for private use and never delegated (ICANN
board resolution 2024.07.29.06), so no other resolver answers for them.
"""

from __future__ import annotations

ZONE = "hornbook.internal"
#: The resolver answers for it, and devices go there without the proxy.
BY_DNS = f"dns.{ZONE}"
#: Only the proxy answers for it.
BY_PROXY = f"proxy.{ZONE}"
#: Only the proxy answers for it, inside a connection that it has opened.
INSIDE = f"inside.{ZONE}"
#: The check page itself, by either way.
PAGE = f"check.{ZONE}"

PATH = "/hornbook-check"
PAC_PATH = "/hornbook.pac"


def is_ours(host: str) -> bool:
    """Whether the filter itself answers for that host (normalised)."""
    return host == ZONE or host.endswith(f".{ZONE}")
