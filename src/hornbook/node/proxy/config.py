"""What Envoy is told to be the proxy, as one JSON value.

It speaks HTTP/1.1, HTTP/2 and either of them over TLS on one port, asks for each request, and
connects to the address that it is told: it looks up no names itself, but those of the protected
set when nobody can be asked. Who asked and what was said travels as metadata inside Envoy. It logs
no requests; the rows of the record are written by whoever is asked.
"""

from __future__ import annotations

from hornbook.instance import Settings
from hornbook.node.content import config as content
from hornbook.node.dns.upstreams import choose_upstreams
from hornbook.node.envoy.shapes import (
    MAX_HEAP,
    Json,
    address,
    limits,
    named,
    own_admin,
    text,
    tls,
    trunk,
)
from hornbook.node.proxy import inside, peek
from hornbook.node.proxy.manager import (
    CHUNK,
    ask_filter,
    manager,
    outside,
    plain,
    straight,
    told,
)

SOCKET = "proxy.sock"  # where the backend listens
ADMIN_SOCKET = "proxy-envoy.sock"
SECRETS_FILE = "proxy-tls.json"
CLIENTS_FILE = "proxy-clients.json"  # whose certificates count


def bootstrap(settings: Settings, *, heap: int = MAX_HEAP) -> Json:
    """The whole configuration. Paths are relative to ``run/``."""
    closed = bool(settings.content_closed)
    return {
        "node": {"id": settings.node, "cluster": "hornbook"},
        "admin": own_admin(ADMIN_SOCKET),
        "static_resources": {
            "listeners": [
                _listener(settings),
                inside.listener(closed=closed),
            ],
            "clusters": [
                trunk("verdict", SOCKET),
                trunk(peek.CLUSTER, peek.SOCKET),
                straight("straight", plain()),
                _protected(settings),
                *inside.clusters(),
            ],
        },
        "overload_manager": limits(heap),
        **inside.bootstrap(),
    }


def _listener(settings: Settings) -> Json:
    """TLS is told from plain HTTP by its first octets, so one port serves both."""
    inspector = named(
        "envoy.filters.listener.tls_inspector",
        "filters.listener.tls_inspector.v3.TlsInspector",
    )
    clients = CLIENTS_FILE if settings.proxy_certificates else ""
    numbered = [_numbered()] if settings.kerberos_keytab else []
    plain = {"filters": [*numbered, _http(settings)]}
    secured = {
        **plain,
        "filter_chain_match": {"transport_protocol": "tls"},
        "transport_socket": tls(["h2", "http/1.1"], SECRETS_FILE, clients),
        "transport_socket_connect_timeout": "5s",
    }
    return {
        "name": "proxy",
        "address": address(settings, settings.ports.proxy),
        "per_connection_buffer_limit_bytes": CHUNK,
        "listener_filters_timeout": "10s",
        "continue_on_listener_filters_timeout": False,
        "listener_filters": [inspector],
        "filter_chains": [secured, plain],
    }


def _numbered() -> Json:
    """Each connection has a number that none had before; ``ask.lua`` knows it by that."""
    number = {
        "object_key": "hornbook.connection",
        "factory_key": "envoy.string",
        "format_string": text("%CONNECTION_ID%"),
    }
    return named(
        "envoy.filters.network.set_filter_state",
        "filters.network.set_filter_state.v3.Config",
        on_new_connection=[number],
    )


def _http(settings: Settings) -> Json:
    """Outside: clients speak to the proxy, also CONNECT."""
    keep = named(
        "envoy.filters.http.set_filter_state",
        "filters.http.set_filter_state.v3.Config",
        on_request_headers=[inside.KEEP],
    )
    lookup = named(
        "envoy.filters.http.dynamic_forward_proxy",
        "filters.http.dynamic_forward_proxy.v3.FilterConfig",
        dns_cache_config=_names(settings),
    )
    return manager(
        "proxy",
        filters=[
            ask_filter(inside=False, negotiates=bool(settings.kerberos_keytab)),
            peek.filter_(),
            content.filter_(closed=bool(settings.content_closed)),
            keep,
            lookup,
        ],
        routes=_routes(),
        upgrades=("CONNECT", "websocket"),
        use_remote_address=True,
    )


def _routes() -> list[Json]:
    """Straight on, unless the answer named another way."""
    protected = told("protected")
    return [
        _tunnel(inside.CLUSTER, told("inside")),
        _tunnel("protected", protected),
        _plain("protected", protected),
        {**_tunnel("straight", told("peek")), "typed_per_filter_config": peek.HERE},
        _tunnel("straight"),
        {
            **_plain("straight", told("scan")),
            "request_headers_to_add": [content.PLAIN],
            "typed_per_filter_config": content.HERE,
        },
        _plain("straight"),
    ]


def _tunnel(to: str, *when: Json) -> Json:
    upgrade = {"upgrade_type": "CONNECT", "connect_config": {}}
    route = {"cluster": to, "timeout": "0s", "idle_timeout": "3600s", "upgrade_configs": [upgrade]}
    return {"match": {"connect_matcher": {}, "dynamic_metadata": list(when)}, "route": route}


def _plain(to: str, *when: Json) -> Json:
    match = {"prefix": "/", "dynamic_metadata": list(when)}
    return {"match": match, "route": {"cluster": to, "timeout": "0s"}}


def _protected(settings: Settings) -> Json:
    kind = "clusters.dynamic_forward_proxy.v3.ClusterConfig"
    return {
        **outside("protected", plain()),
        "cluster_type": named(
            "envoy.clusters.dynamic_forward_proxy",
            kind,
            dns_cache_config=_names(settings),
            allow_insecure_cluster_options=True,  # TLS is between client and origin
        ),
    }


def _names(settings: Settings) -> Json:
    """The upstream resolvers of the node that are asked by UDP, else those of the machine."""
    found = choose_upstreams(settings.upstreams, settings.bind, settings.ports.dns)
    resolvers = [
        {"socket_address": {"address": one.address, "port_value": one.port}}
        for one in found
        if one.how == "udp"
    ]
    return {
        "name": "protected",
        "dns_lookup_family": "V4_PREFERRED",
        "max_hosts": 256,
        "dns_query_timeout": "9s",  # a dead resolver or two come before one that answers
        "typed_dns_resolver_config": named(
            "envoy.network.dns_resolver.cares",
            "network.dns_resolver.cares.v3.CaresDnsResolverConfig",
            resolvers=resolvers,
            dns_resolver_options={"no_default_search_domain": True},
            query_timeout_seconds=1,
            query_tries=2,
        ),
    }
