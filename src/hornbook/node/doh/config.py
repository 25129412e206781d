"""Envoy's configuration, as one JSON value.

Envoy ends TLS, speaks HTTP/1.1 and HTTP/2 with strangers under tight limits, and hands on only
requests for the DNS, each with the address that it really saw. Its administration is a Unix
socket in ``run/``; nothing of it is on the network. It logs no requests: paths hold tokens.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

from hornbook.instance import Settings
from hornbook.node.doh.h2 import MAX_STREAMS
from hornbook.node.doh.hpack import CLIENT_HEADER
from hornbook.node.doh.request import PATH

DOH_SOCKET, DOT_SOCKET = "doh.sock", "dot.sock"  # where the backend listens
ADMIN_SOCKET = "envoy.sock"
SECRETS_FILE = "envoy-tls.json"
MAX_CONNECTIONS = 4000  # of all clients
MAX_HEAP = 400 << 20  # octets
BUFFER = 32 << 10  # octets a connection and direction
_EXTENSIONS = "type.googleapis.com/envoy.extensions."
_DROPPED = (  # nobody behind Envoy reads them, and a client must not be able to fake them
    *("user-agent", "accept", "accept-encoding", "accept-language", "cookie", "authorization"),
    *("x-forwarded-for", "x-forwarded-proto", "x-request-id", "origin", "referer"),
)

Json = dict[str, Any]


def bootstrap(settings: Settings, *, heap: int = MAX_HEAP) -> Json:
    """The whole configuration. Paths are relative to ``run/``."""
    return {
        "node": {"id": settings.node, "cluster": "hornbook"},
        "admin": {"address": {"pipe": {"path": ADMIN_SOCKET, "mode": 0o600}}},
        "static_resources": {
            "listeners": [_doh(settings), _dot(settings)],
            "clusters": [_doh_cluster(), _dot_cluster()],
        },
        "overload_manager": _limits(heap),
    }


def secrets(folder: Path) -> Json:
    """The file that tells Envoy its certificate; a rename in ``folder`` makes it look again."""
    pair = {
        "certificate_chain": {"filename": str(folder / "server.pem")},
        "private_key": {"filename": str(folder / "server.key")},
        "watched_directory": {"path": str(folder)},
    }
    kind = "transport_sockets.tls.v3.Secret"
    return {"resources": [_typed(kind, name="server", tls_certificate=pair)]}


def _typed(kind: str, **fields: Any) -> Json:
    return {"@type": _EXTENSIONS + kind, **fields}


def _named(name: str, kind: str, **fields: Any) -> Json:
    return {"name": name, "typed_config": _typed(kind, **fields)}


def _listener(settings: Settings, port: int, alpn: list[str], filters: list[Json]) -> Json:
    everything = ipaddress.ip_address(settings.bind) == ipaddress.IPv6Address("::")
    address = {"address": settings.bind, "port_value": port, "ipv4_compat": everything}
    return {
        "name": alpn[0],
        "address": {"socket_address": address},
        "per_connection_buffer_limit_bytes": BUFFER,
        "listener_filters_timeout": "5s",
        "filter_chains": [
            {
                "transport_socket": _tls(alpn),
                "transport_socket_connect_timeout": "5s",
                "filters": filters,
            }
        ],
    }


def _tls(alpn: list[str]) -> Json:
    file = {"path_config_source": {"path": f"./{SECRETS_FILE}"}, "resource_api_version": "V3"}
    return _named(
        "envoy.transport_sockets.tls",
        "transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context={
            "alpn_protocols": alpn,
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            "tls_certificate_sds_secret_configs": [{"name": "server", "sds_config": file}],
        },
    )


def _doh(settings: Settings) -> Json:
    return _listener(settings, settings.ports.doh, ["h2", "http/1.1"], [_http()])


def _http() -> Json:
    return _named(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="doh",
        server_name="hornbook",
        generate_request_id=False,
        use_remote_address=True,
        skip_xff_append=True,
        normalize_path=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        max_request_headers_kb=12,  # a GET with a message of 4096 octets has 5.4 kB
        request_headers_timeout="5s",
        request_timeout="10s",
        stream_idle_timeout="15s",
        drain_timeout="1s",
        common_http_protocol_options={
            "idle_timeout": "60s",
            "max_connection_duration": "3600s",
            "max_headers_count": 64,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        http2_protocol_options={
            "max_concurrent_streams": 100,
            "initial_stream_window_size": 65_535,
            "initial_connection_window_size": 1 << 20,
        },
        http_filters=[
            _named(
                "envoy.filters.http.router",
                "filters.http.router.v3.Router",
                suppress_envoy_headers=True,
                dynamic_stats=False,
            )
        ],
        route_config=_routes(),
    )


def _routes() -> Json:
    """Only DNS paths go on; Envoy answers 404 to all others. The client's address is ours."""
    seen = {
        "header": {
            "key": CLIENT_HEADER,
            "value": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%",
        },
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }
    route = {"cluster": "doh", "timeout": "10s"}
    return {
        "request_headers_to_add": [seen],
        "request_headers_to_remove": list(_DROPPED),
        "virtual_hosts": [
            {
                "name": "dns",
                "domains": ["*"],
                "routes": [{"match": {"path_separated_prefix": PATH}, "route": route}],
            }
        ],
    }


def _dot(settings: Settings) -> Json:
    """TLS off, the SNI kept for the PROXY header, the stream passed on."""
    inspector = _named(
        "envoy.filters.listener.tls_inspector",
        "filters.listener.tls_inspector.v3.TlsInspector",
    )
    keep = {
        "object_key": "hornbook.sni",
        "factory_key": "envoy.string",
        "shared_with_upstream": "ONCE",
        "format_string": _text("%REQUESTED_SERVER_NAME%"),
    }
    filters = [
        _named(
            "envoy.filters.network.set_filter_state",
            "filters.network.set_filter_state.v3.Config",
            on_new_connection=[keep],
        ),
        _named(
            "envoy.filters.network.tcp_proxy",
            "filters.network.tcp_proxy.v3.TcpProxy",
            stat_prefix="dot",
            cluster="dot",
            idle_timeout="60s",
            max_downstream_connection_duration="3600s",
        ),
    ]
    return {
        **_listener(settings, settings.ports.dot, ["dot"], filters),
        "listener_filters": [inspector],
    }


def _text(pattern: str) -> Json:
    return {"text_format_source": {"inline_string": pattern}}


def _cluster(name: str, socket: str, most: Json) -> Json:
    endpoint = {"endpoint": {"address": {"pipe": {"path": socket}}}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "circuit_breakers": {"thresholds": [most]},
    }


def _doh_cluster() -> Json:
    """HTTP/2 without a dynamic header table: see ``hpack``."""
    protocol = {
        "hpack_table_size": 0,
        "max_concurrent_streams": MAX_STREAMS,
        "initial_stream_window_size": 65_535,
        "initial_connection_window_size": 16 << 20,
    }
    options = "upstreams.http.v3.HttpProtocolOptions"
    return {
        **_cluster("doh", DOH_SOCKET, {"max_requests": 4 * MAX_STREAMS}),
        "typed_extension_protocol_options": {
            f"envoy.extensions.{options}": _typed(
                options, explicit_http_config={"http2_protocol_options": protocol}
            )
        },
    }


def _dot_cluster() -> Json:
    name = {"type": 2, "format_string": _text("%FILTER_STATE(hornbook.sni:PLAIN)%")}
    raw = _named("envoy.transport_sockets.raw_buffer", "transport_sockets.raw_buffer.v3.RawBuffer")
    return {
        **_cluster("dot", DOT_SOCKET, {"max_connections": MAX_CONNECTIONS}),
        "transport_socket": _named(
            "envoy.transport_sockets.upstream_proxy_protocol",
            "transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
            config={"version": "V2", "added_tlvs": [name]},
            transport_socket=raw,
        ),
    }


def _limits(heap: int) -> Json:
    """Refuse new connections and requests rather than grow (overload manager)."""
    full = "envoy.resource_monitors.fixed_heap"

    def action(name: str, share: float) -> Json:
        trigger = {"name": full, "threshold": {"value": share}}
        return {"name": f"envoy.overload_actions.{name}", "triggers": [trigger]}

    return {
        "refresh_interval": "0.25s",
        "resource_monitors": [
            _named(
                "envoy.resource_monitors.global_downstream_max_connections",
                "resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                max_active_downstream_connections=MAX_CONNECTIONS,
            ),
            _named(
                full, "resource_monitors.fixed_heap.v3.FixedHeapConfig", max_heap_size_bytes=heap
            ),
        ],
        "actions": [
            action("disable_http_keepalive", 0.85),
            action("stop_accepting_connections", 0.9),
            action("stop_accepting_requests", 0.95),
        ],
    }
