"""What Envoy is told to be the proxy, as one JSON value.

It speaks HTTP/1.1, HTTP/2 and either of them over TLS on one port, asks for each request, and
connects to the address that it is told: it looks up no names itself, but those of the protected
set when nobody can be asked. Who asked and what was said travels as metadata inside Envoy. It logs
no requests; the rows of the record are written by whoever is asked.
"""

from __future__ import annotations

from pathlib import Path

from hornbook.instance import Settings
from hornbook.node.dns.upstreams import choose_upstreams
from hornbook.node.envoy.shapes import (
    MAX_HEAP,
    Json,
    address,
    limits,
    named,
    own_admin,
    tls,
    trunk,
    typed,
)
from hornbook.node.notice.page import Page

SOCKET = "proxy.sock"  # where the backend listens
ADMIN_SOCKET = "proxy-envoy.sock"
SECRETS_FILE = "proxy-tls.json"
PROTECTED_FILE = "proxy-protected.txt"  # names, one a line, written by the backend
METADATA = "hornbook"  # as in ask.lua
CHUNK = 1 << 20  # octets that a connection may have waiting in one direction
_SCRIPT = Path(__file__).parent / "ask.lua"
_MANAGER = "filters.network.http_connection_manager.v3.HttpConnectionManager"
_OURS = (  # what is between the client and us, and what Envoy adds: no origin's business
    *("proxy-authorization", "proxy-connection", "x-forwarded-for", "x-forwarded-proto"),
    *("x-request-id", "x-envoy-internal", "x-envoy-external-address"),
)


def bootstrap(settings: Settings, *, heap: int = MAX_HEAP) -> Json:
    """The whole configuration. Paths are relative to ``run/``."""
    return {
        "node": {"id": settings.node, "cluster": "hornbook"},
        "admin": own_admin(ADMIN_SOCKET),
        "static_resources": {
            "listeners": [_listener(settings)],
            "clusters": [trunk("verdict", SOCKET), _straight(), _protected(settings)],
        },
        "overload_manager": limits(heap),
    }


def _listener(settings: Settings) -> Json:
    """TLS is told from plain HTTP by its first octets, so one port serves both."""
    inspector = named(
        "envoy.filters.listener.tls_inspector",
        "filters.listener.tls_inspector.v3.TlsInspector",
    )
    plain = {"filters": [_http(settings)]}
    secured = {
        **plain,
        "filter_chain_match": {"transport_protocol": "tls"},
        "transport_socket": tls(["h2", "http/1.1"], SECRETS_FILE),
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


def _http(settings: Settings) -> Json:
    return named(
        "envoy.filters.network.http_connection_manager",
        _MANAGER,
        stat_prefix="proxy",
        server_header_transformation="PASS_THROUGH",
        generate_request_id=False,
        use_remote_address=True,
        skip_xff_append=True,
        max_request_headers_kb=64,
        request_headers_timeout="10s",
        stream_idle_timeout="300s",
        drain_timeout="1s",
        upgrade_configs=[{"upgrade_type": "CONNECT"}, {"upgrade_type": "websocket"}],
        common_http_protocol_options={"idle_timeout": "300s", "max_headers_count": 128},
        http2_protocol_options={
            "allow_connect": True,
            "max_concurrent_streams": 100,
            "initial_stream_window_size": CHUNK,
            "initial_connection_window_size": 4 * CHUNK,
        },
        local_reply_config={"mappers": [_silent()]},
        http_filters=[
            named(
                "envoy.filters.http.lua",
                "filters.http.lua.v3.Lua",
                default_source_code={"inline_string": script()},
            ),
            named(
                "envoy.filters.http.dynamic_forward_proxy",
                "filters.http.dynamic_forward_proxy.v3.FilterConfig",
                dns_cache_config=_names(settings),
            ),
            named(
                "envoy.filters.http.router",
                "filters.http.router.v3.Router",
                suppress_envoy_headers=True,
                dynamic_stats=False,
            ),
        ],
        route_config=_routes(),
    )


def script() -> str:
    """What runs in Envoy, with the page for when nobody can be asked."""
    page = Page({}).not_ready().body
    found = _SCRIPT.read_text().replace("@PROTECTED_FILE@", PROTECTED_FILE)
    return found.replace("@NOT_READY@", page)


def _silent() -> Json:
    """What is said when an origin cannot be reached."""
    page = Page({}).silent()
    text = {"inline_string": page.body.replace("%", "%%")}
    return {
        "filter": {"response_flag_filter": {"flags": ["UF", "UC", "UH", "UO", "URX"]}},
        "status_code": page.status.value,
        "body_format_override": {
            "text_format_source": text,
            "content_type": "text/html; charset=utf-8",
        },
    }


def _routes() -> Json:
    ways = [("straight", "straight"), ("protected", "protected")]
    routes = [route for way, to in ways for route in (_tunnel(way, to), _plain(way, to))]
    return {
        "request_headers_to_remove": list(_OURS),
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}],
    }


def _tunnel(way: str, to: str) -> Json:
    upgrade = {"upgrade_type": "CONNECT", "connect_config": {}}
    route = {"cluster": to, "timeout": "0s", "idle_timeout": "3600s", "upgrade_configs": [upgrade]}
    return {"match": {"connect_matcher": {}, "dynamic_metadata": [_told(way)]}, "route": route}


def _plain(way: str, to: str) -> Json:
    route = {"cluster": to, "timeout": "0s"}
    return {"match": {"prefix": "/", "dynamic_metadata": [_told(way)]}, "route": route}


def _told(way: str) -> Json:
    value = {"string_match": {"exact": way}}
    return {"filter": METADATA, "path": [{"key": "way"}], "value": value}


def _straight() -> Json:
    """To the address of the metadata, and to no other."""
    return {
        **_outside("straight"),
        "type": "ORIGINAL_DST",
        "cleanup_interval": "60s",
        "original_dst_lb_config": {
            "metadata_key": {"key": METADATA, "path": [{"key": "address"}]},
        },
    }


def _protected(settings: Settings) -> Json:
    kind = "clusters.dynamic_forward_proxy.v3.ClusterConfig"
    return {
        **_outside("protected"),
        "cluster_type": named(
            "envoy.clusters.dynamic_forward_proxy",
            kind,
            dns_cache_config=_names(settings),
            allow_insecure_cluster_options=True,  # TLS is between client and origin
        ),
    }


def _outside(name: str) -> Json:
    options = "upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": name,
        "lb_policy": "CLUSTER_PROVIDED",
        "connect_timeout": "10s",
        "per_connection_buffer_limit_bytes": CHUNK,
        "circuit_breakers": {"thresholds": [{"max_connections": 4096, "max_requests": 4096}]},
        "typed_extension_protocol_options": {
            f"envoy.extensions.{options}": typed(
                options,
                common_http_protocol_options={"idle_timeout": "60s"},
                explicit_http_config={"http_protocol_options": {}},
            )
        },
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
        "typed_dns_resolver_config": named(
            "envoy.network.dns_resolver.cares",
            "network.dns_resolver.cares.v3.CaresDnsResolverConfig",
            resolvers=resolvers,
            dns_resolver_options={"no_default_search_domain": True},
        ),
    }
