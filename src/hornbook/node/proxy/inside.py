"""Inside a tunnel that is looked into: a listener of Envoy's own, which no network reaches.

A CONNECT that is told so leads here instead of to its origin. TLS ends with a certificate that is
made for the name that the client asks for (``mint``); each request is asked about like one
outside; what is open goes on by TLS of our own, whose certificate is verified strictly. Who opened
the tunnel and for what comes along as filter state of the connection.
"""

from __future__ import annotations

from hornbook.node.content import config as content
from hornbook.node.envoy.shapes import Json, named, text, tls_context, trunk
from hornbook.node.proxy.manager import CHUNK, ask_filter, manager, plain, straight

CLUSTER = "inside"
LISTENER = "inside"
MINT_SOCKET = "mint.sock"
TRUST_FILE = "proxy-trust.pem"  # whom we believe; written at start
STATE = "hornbook.told"  # as in ask.lua

# Hashable, and with a mark of each tunnel in it: else Envoy gives all connections to a cluster the
# filter state of the first, as long as that is open.
KEEP: Json = {
    "object_key": STATE,
    "factory_key": "envoy.hashable_string",
    "shared_with_upstream": "TRANSITIVE",
    "skip_if_empty": True,
    "format_string": {**text("%DYNAMIC_METADATA(hornbook:told)%"), "omit_empty_values": True},
}


def bootstrap() -> Json:
    """What the whole configuration needs for it: the mint, and listeners of its own."""
    mint = {"envoy_grpc": {"cluster_name": "mint"}}
    return {
        "bootstrap_extensions": [
            named(
                "envoy.bootstrap.internal_listener",
                "bootstrap.internal_listener.v3.InternalListener",
            )
        ],
        "dynamic_resources": {
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "transport_api_version": "V3",
                "grpc_services": [mint],
            }
        },
    }


def listener(*, closed: bool) -> Json:
    """TLS with a minted certificate, or plain HTTP; what is neither is closed."""
    inspector = named(
        "envoy.filters.listener.tls_inspector",
        "filters.listener.tls_inspector.v3.TlsInspector",
    )
    secured = {
        "name": "tls",
        "filter_chain_match": {"transport_protocol": "tls"},
        "transport_socket": _minted(),
        "transport_socket_connect_timeout": "10s",
        "filters": [_http("inside", secure=True, closed=closed)],
    }
    bare = {"name": "plain", "filters": [_http("inside-plain", secure=False, closed=closed)]}
    return {
        "name": LISTENER,
        "internal_listener": {},
        "per_connection_buffer_limit_bytes": CHUNK,
        "listener_filters_timeout": "10s",
        "continue_on_listener_filters_timeout": False,
        "listener_filters": [inspector],
        "filter_chains": [secured, bare],
    }


def clusters() -> list[Json]:
    """Into the listener, to the mint, and to origins by TLS."""
    return [
        _into(),
        trunk("mint", MINT_SOCKET),
        trunk(content.CLUSTER, content.SOCKET),
        _secure(
            "secure", {"auto_config": {"http_protocol_options": {}, "http2_protocol_options": {}}}
        ),
        _secure("secure-1", plain()),
    ]


def _minted() -> Json:
    """Resumption must be off: a session would outlive the choice of its certificate."""
    by_name = named(
        "envoy.tls.certificate_mappers.sni",
        "transport_sockets.tls.cert_mappers.sni.v3.SNI",
        default_value="no-name",  # no name for a certificate, so the mint refuses it
    )
    source = {"resource_api_version": "V3", "initial_fetch_timeout": "5s", "ads": {}}
    selector = named(
        "envoy.tls.certificate_selectors.on_demand_secret",
        "transport_sockets.tls.cert_selectors.on_demand_secret.v3.Config",
        config_source=source,
        certificate_mapper=by_name,
    )
    return tls_context(
        ["h2", "http/1.1"],
        {"custom_tls_certificate_selector": selector},
        disable_stateless_session_resumption=True,
        disable_stateful_session_resumption=True,
    )


def _http(stats: str, *, secure: bool, closed: bool) -> Json:
    return manager(
        stats,
        filters=[ask_filter(inside=True), content.filter_(closed=closed)],
        routes=_routes(secure=secure),
        upgrades=("websocket",),
        use_remote_address=False,
    )


def _routes(*, secure: bool) -> list[Json]:
    """A web socket needs HTTP/1.1 to its origin; everything else takes what that prefers."""
    if not secure:
        return [_route("straight", {})]
    socket = {"headers": [{"name": "upgrade", "present_match": True}]}
    return [_route("secure-1", socket), _route("secure", {})]


def _route(cluster: str, more: Json) -> Json:
    match = {"prefix": "/", **more}
    route = {"cluster": cluster, "timeout": "0s"}
    return {
        "match": match,
        "route": route,
        "request_headers_to_add": [content.PLAIN],
        "typed_per_filter_config": content.HERE,
    }


def _into() -> Json:
    """Filter state that is shared goes along to the listener."""
    raw = named("envoy.transport_sockets.raw_buffer", "transport_sockets.raw_buffer.v3.RawBuffer")
    to = {"envoy_internal_address": {"server_listener_name": LISTENER}}
    endpoint = {"endpoint": {"address": to}}
    return {
        "name": CLUSTER,
        "type": "STATIC",
        "connect_timeout": "2s",
        "per_connection_buffer_limit_bytes": CHUNK,
        "load_assignment": {"cluster_name": CLUSTER, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "circuit_breakers": {"thresholds": [{"max_connections": 4096, "max_requests": 4096}]},
        "transport_socket": named(
            "envoy.transport_sockets.internal_upstream",
            "transport_sockets.internal_upstream.v3.InternalUpstreamTransport",
            transport_socket=raw,
        ),
    }


def _secure(name: str, speaks: Json) -> Json:
    """To origins by TLS: the name of the request must be in a certificate that we believe."""
    verified = {"upstream_http_protocol_options": {"auto_sni": True, "auto_san_validation": True}}
    return {
        **straight(name, {**verified, **speaks}),
        "transport_socket": named(
            "envoy.transport_sockets.tls",
            "transport_sockets.tls.v3.UpstreamTlsContext",
            common_tls_context={
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "validation_context": {"trusted_ca": {"filename": f"./{TRUST_FILE}"}},
            },
        ),
    }
