"""Envoy's configuration, as one JSON value.

Envoy ends TLS, speaks HTTP/1.1, HTTP/2 and, over QUIC, HTTP/3 with strangers under tight limits,
and hands on only requests for the DNS, each with the address that it really saw. Its
administration is a Unix socket in ``run/``; nothing of it is on the network. It logs no requests:
paths hold tokens.
"""

from __future__ import annotations

from hornbook.instance import Settings
from hornbook.node.doh.hpack import CLIENT_HEADER
from hornbook.node.doh.request import PATH
from hornbook.node.envoy.shapes import (
    BUFFER,
    MAX_CONNECTIONS,
    MAX_HEAP,
    Json,
    address,
    cluster,
    limits,
    named,
    own_admin,
    text,
    tls,
    trunk,
)

DOH_SOCKET, DOT_SOCKET = "doh.sock", "dot.sock"  # where the backend listens
ADMIN_SOCKET = "envoy.sock"
SECRETS_FILE = "envoy-tls.json"
LONGEST = "10s"  # that a request may take, from its first octet to the last of its answer
_DROPPED = (  # nobody behind Envoy reads them, and a client must not be able to fake them
    *("user-agent", "accept", "accept-encoding", "accept-language", "cookie", "authorization"),
    *("x-forwarded-for", "x-forwarded-proto", "x-request-id", "origin", "referer"),
)


def bootstrap(settings: Settings, *, heap: int = MAX_HEAP, http3: bool = True) -> Json:
    """The whole configuration. Paths are relative to ``run/``.

    ``http3`` also listens on the UDP port of the same number, and says so to who asks over TCP.
    """
    listeners = [_doh(settings, http3=http3), _dot(settings)]
    return {
        "node": {"id": settings.node, "cluster": "hornbook"},
        "admin": own_admin(ADMIN_SOCKET),
        "static_resources": {
            "listeners": [*listeners, *([_doh3(settings)] if http3 else [])],
            "clusters": [trunk("doh", DOH_SOCKET), _dot_cluster()],
        },
        "overload_manager": limits(heap),
    }


def _listener(settings: Settings, port: int, alpn: list[str], filters: list[Json]) -> Json:
    return {
        "name": alpn[0],
        "address": address(settings, port),
        "per_connection_buffer_limit_bytes": BUFFER,
        "listener_filters_timeout": "5s",
        "filter_chains": [
            {
                "transport_socket": tls(alpn, SECRETS_FILE),
                "transport_socket_connect_timeout": "5s",
                "filters": filters,
            }
        ],
    }


def _doh(settings: Settings, *, http3: bool) -> Json:
    alt = f'h3=":{settings.ports.doh}"; ma=86400' if http3 else ""
    return _listener(settings, settings.ports.doh, ["h2", "http/1.1"], [_http(alt=alt)])


def _doh3(settings: Settings) -> Json:
    """The same over QUIC. Without 0-RTT: what may be replayed tells when it is asked again."""
    found = _listener(settings, settings.ports.doh, ["h3"], [_http(codec="HTTP3")])
    found["address"]["socket_address"]["protocol"] = "UDP"
    (chain,) = found["filter_chains"]
    common = chain["transport_socket"]["typed_config"]["common_tls_context"]
    least = {"tls_minimum_protocol_version": "TLSv1_3"}
    chain["transport_socket"] = named(
        "envoy.transport_sockets.quic",
        "transport_sockets.quic.v3.QuicDownstreamTransport",
        downstream_tls_context={"common_tls_context": {**common, "tls_params": least}},
        enable_early_data=False,
    )
    del chain["transport_socket_connect_timeout"], found["listener_filters_timeout"]
    quic = {"max_concurrent_streams": 100}
    return {
        **found,
        "udp_listener_config": {
            "quic_options": {"quic_protocol_options": quic, "idle_timeout": "60s"},
            "downstream_socket_config": {"prefer_gro": True},
        },
    }


def _http(*, codec: str = "AUTO", alt: str = "") -> Json:
    return named(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="doh",
        codec_type=codec,
        server_name="hornbook",
        generate_request_id=False,
        use_remote_address=True,
        skip_xff_append=True,
        max_request_headers_kb=12,  # a GET with a message of 4096 octets has 5.4 kB
        # One clock a request, for all of it: Envoy sets each of its others anew with every frame,
        # which took a fifth of its time.
        stream_idle_timeout="0s",
        stream_flush_timeout=LONGEST,  # runs only where a client does not take its answer
        drain_timeout="1s",
        common_http_protocol_options={
            "idle_timeout": "60s",
            "max_connection_duration": "3600s",
            "max_stream_duration": LONGEST,
            "max_headers_count": 64,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        http2_protocol_options={
            "max_concurrent_streams": 100,
            "initial_stream_window_size": 65_535,
            "initial_connection_window_size": 1 << 20,
        },
        http_filters=[
            named(
                "envoy.filters.http.router",
                "filters.http.router.v3.Router",
                suppress_envoy_headers=True,
                dynamic_stats=False,
            )
        ],
        route_config=_routes(alt),
    )


def _routes(alt: str) -> Json:
    """Only DNS paths go on; Envoy answers 404 to all others. The client's address is ours.

    ``alt`` tells where the same is to be had over HTTP/3 (RFC 7838), empty for nowhere.
    """
    seen = _header(CLIENT_HEADER, "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%")
    route = {"cluster": "doh", "timeout": "0s"}  # see max_stream_duration
    return {
        "request_headers_to_add": [seen],
        "request_headers_to_remove": list(_DROPPED),
        "response_headers_to_add": [_header("alt-svc", alt)] if alt else [],
        "virtual_hosts": [
            {
                "name": "dns",
                "domains": ["*"],
                "routes": [{"match": {"path_separated_prefix": PATH}, "route": route}],
            }
        ],
    }


def _header(key: str, value: str) -> Json:
    return {
        "header": {"key": key, "value": value},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }


def _dot(settings: Settings) -> Json:
    """TLS off, the SNI kept for the PROXY header, the stream passed on."""
    inspector = named(
        "envoy.filters.listener.tls_inspector",
        "filters.listener.tls_inspector.v3.TlsInspector",
    )
    keep = {
        "object_key": "hornbook.sni",
        "factory_key": "envoy.string",
        "shared_with_upstream": "ONCE",
        "format_string": text("%REQUESTED_SERVER_NAME%"),
    }
    filters = [
        named(
            "envoy.filters.network.set_filter_state",
            "filters.network.set_filter_state.v3.Config",
            on_new_connection=[keep],
        ),
        named(
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


def _dot_cluster() -> Json:
    name = {"type": 2, "format_string": text("%FILTER_STATE(hornbook.sni:PLAIN)%")}
    raw = named("envoy.transport_sockets.raw_buffer", "transport_sockets.raw_buffer.v3.RawBuffer")
    return {
        **cluster("dot", DOT_SOCKET, {"max_connections": MAX_CONNECTIONS}),
        "transport_socket": named(
            "envoy.transport_sockets.upstream_proxy_protocol",
            "transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
            config={"version": "V2", "added_tlvs": [name]},
            transport_socket=raw,
        ),
    }
