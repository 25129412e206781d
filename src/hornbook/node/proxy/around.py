"""What a single request shows of going around the filter, whatever its site is called."""

from __future__ import annotations

import re

from hornbook.node.proxy.asked import Asked

_DNS_MESSAGE = "application/dns-message"  # RFC 8484
_DNS_PATH = re.compile(r"/(?:dns-query|resolve)\?(?:[^#]*&)?(?:dns|name)=")
# Paths of web proxies that anybody can set up under any name: CGIProxy, Glype, PHProxy, CroxyProxy,
# Ultraviolet, Scramjet, Rammerhead, and the transports that these have (bare server, wisp).
_WEB_PROXY = re.compile(
    r"/(?:nph-proxy\.(?:cgi|pl)|browse\.php\?(?:.*&)?u=|index\.php\?(?:.*&)?q=aHR0c"
    r"|(?:~/)?uv/(?:service/|uv\.(?:bundle|handler|config|sw))|scramjet/|rammerhead|bare/v[123]/|wisp/$)"
    r"|[?&]__cpo=",
    re.I,
)


def shows_way_around(asked: Asked) -> bool:
    return not asked.tunnel and (asks_dns(asked) or is_web_proxy(asked.path))


def asks_dns(asked: Asked) -> bool:
    """A question for a DNS service over HTTPS, in either form."""
    told = asked.kind.lower(), asked.accept.lower()
    return any(_DNS_MESSAGE in one for one in told) or bool(_DNS_PATH.match(asked.path))


def is_web_proxy(path: str) -> bool:
    return bool(_WEB_PROXY.search(path))
