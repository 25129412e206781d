"""Pieces of Envoy's configuration that every Envoy of ours has, as JSON values.

Paths are relative to ``run/``, where Envoy is started.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

from hornbook.instance import Settings
from hornbook.node.doh.h2 import MAX_STREAMS

MAX_CONNECTIONS = 4000  # of all clients
MAX_HEAP = 400 << 20  # octets
BUFFER = 32 << 10  # octets a connection and direction
EXTENSIONS = "type.googleapis.com/envoy.extensions."

Json = dict[str, Any]


def typed(kind: str, **fields: Any) -> Json:
    return {"@type": EXTENSIONS + kind, **fields}


def named(name: str, kind: str, **fields: Any) -> Json:
    return {"name": name, "typed_config": typed(kind, **fields)}


def text(pattern: str) -> Json:
    return {"text_format_source": {"inline_string": pattern}}


def own_admin(socket: str) -> Json:
    """Envoy's administration: a Unix socket for our user, nothing on the network."""
    return {"address": {"pipe": {"path": socket, "mode": 0o600}}}


def address(settings: Settings, port: int) -> Json:
    """Where a listener listens: on the instance's address."""
    everything = ipaddress.ip_address(settings.bind) == ipaddress.IPv6Address("::")
    at = {"address": settings.bind, "port_value": port, "ipv4_compat": everything}
    return {"socket_address": at}


def secrets(folder: Path) -> Json:
    """The file that tells Envoy its certificate; a rename in ``folder`` makes it look again."""
    pair = {
        "certificate_chain": {"filename": str(folder / "server.pem")},
        "private_key": {"filename": str(folder / "server.key")},
        "watched_directory": {"path": str(folder)},
    }
    kind = "transport_sockets.tls.v3.Secret"
    return {"resources": [typed(kind, name="server", tls_certificate=pair)]}


def believed(folder: Path, file: str) -> Json:
    """The file that tells Envoy whose client certificates count; renames in ``folder`` do, too.

    A connection with another certificate, or with none, comes to be all the same: what it is worth
    is decided where requests are judged.
    """
    context = {
        "trusted_ca": {"filename": str(folder / file)},
        "watched_directory": {"path": str(folder)},
        "trust_chain_verification": "ACCEPT_UNTRUSTED",
    }
    kind = "transport_sockets.tls.v3.Secret"
    return {"resources": [typed(kind, name="clients", validation_context=context)]}


def tls(alpn: list[str], secrets_file: str, clients_file: str = "") -> Json:
    """TLS with the district's own certificate; with ``clients_file`` it asks clients for theirs.

    Then no session is resumed: Envoy would not look at the certificate again.
    """
    own = [{"name": "server", "sds_config": _file(secrets_file)}]
    certificates: Json = {"tls_certificate_sds_secret_configs": own}
    if not clients_file:
        return tls_context(alpn, certificates)
    clients = {"name": "clients", "sds_config": _file(clients_file)}
    return tls_context(
        alpn,
        {**certificates, "validation_context_sds_secret_config": clients},
        disable_stateless_session_resumption=True,
        disable_stateful_session_resumption=True,
    )


def _file(name: str) -> Json:
    return {"path_config_source": {"path": f"./{name}"}, "resource_api_version": "V3"}


def tls_context(alpn: list[str], certificates: Json, **more: Any) -> Json:
    """TLS 1.2 or later towards clients; ``certificates`` says where those come from."""
    return named(
        "envoy.transport_sockets.tls",
        "transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context={
            "alpn_protocols": alpn,
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            **certificates,
        },
        **more,
    )


def cluster(name: str, socket: str, most: Json) -> Json:
    endpoint = {"endpoint": {"address": {"pipe": {"path": socket}}}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "circuit_breakers": {"thresholds": [most]},
    }


def trunk(name: str, socket: str) -> Json:
    """A process of ours behind HTTP/2 without a dynamic header table: see ``doh.hpack``."""
    protocol = {
        "hpack_table_size": 0,
        "max_concurrent_streams": MAX_STREAMS,
        "initial_stream_window_size": 65_535,
        "initial_connection_window_size": 16 << 20,
    }
    return {**cluster(name, socket, {"max_requests": 4 * MAX_STREAMS}), **_http2(protocol)}


def _http2(protocol: Json) -> Json:
    options = "upstreams.http.v3.HttpProtocolOptions"
    return {
        "typed_extension_protocol_options": {
            f"envoy.extensions.{options}": typed(
                options, explicit_http_config={"http2_protocol_options": protocol}
            )
        }
    }


def limits(heap: int) -> Json:
    """Refuse new connections and requests rather than grow (overload manager)."""
    full = "envoy.resource_monitors.fixed_heap"

    def action(name: str, share: float) -> Json:
        trigger = {"name": full, "threshold": {"value": share}}
        return {"name": f"envoy.overload_actions.{name}", "triggers": [trigger]}

    return {
        "refresh_interval": "0.25s",
        "resource_monitors": [
            named(
                "envoy.resource_monitors.global_downstream_max_connections",
                "resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                max_active_downstream_connections=MAX_CONNECTIONS,
            ),
            named(
                full, "resource_monitors.fixed_heap.v3.FixedHeapConfig", max_heap_size_bytes=heap
            ),
        ],
        "actions": [
            action("disable_http_keepalive", 0.85),
            action("stop_accepting_connections", 0.9),
            action("stop_accepting_requests", 0.95),
        ],
    }
