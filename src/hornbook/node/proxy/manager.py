"""What both sides of the proxy's Envoy have: how it speaks HTTP, asks, and goes to addresses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hornbook.node.envoy.shapes import Json, named, typed
from hornbook.node.notice.page import Page
from hornbook.node.protected import FILE, shipped

METADATA = "hornbook"  # as in ask.lua
CHUNK = 1 << 20  # octets that a connection may have waiting in one direction
_SCRIPT = Path(__file__).parent / "ask.lua"
_MANAGER = "filters.network.http_connection_manager.v3.HttpConnectionManager"
_OPTIONS = "upstreams.http.v3.HttpProtocolOptions"
_OURS = (  # what is between the client and us, and what Envoy adds: no origin's business
    *("proxy-authorization", "proxy-connection", "x-forwarded-for", "x-forwarded-proto"),
    *("x-request-id", "x-envoy-internal", "x-envoy-external-address"),
    *("x-envoy-original-dst-host", "x-envoy-decorator-operation"),  # Envoy lets these by
)
_AROUND = ("alt-svc",)  # would have a client try QUIC, which goes past a proxy


def manager(
    stats: str,
    *,
    filters: Sequence[Json],
    routes: Sequence[Json],
    upgrades: Sequence[str],
    use_remote_address: bool,
) -> Json:
    """One HTTP connection manager: its filters, then the router to ``routes``."""
    router = named(
        "envoy.filters.http.router",
        "filters.http.router.v3.Router",
        suppress_envoy_headers=True,
        dynamic_stats=False,
    )
    return named(
        "envoy.filters.network.http_connection_manager",
        _MANAGER,
        stat_prefix=stats,
        server_header_transformation="PASS_THROUGH",
        generate_request_id=False,
        use_remote_address=use_remote_address,
        skip_xff_append=True,
        max_request_headers_kb=64,
        request_headers_timeout="10s",
        stream_idle_timeout="300s",
        drain_timeout="1s",
        upgrade_configs=[{"upgrade_type": kind} for kind in upgrades],
        common_http_protocol_options={"idle_timeout": "300s", "max_headers_count": 128},
        http2_protocol_options={
            "allow_connect": "CONNECT" in upgrades,
            "max_concurrent_streams": 100,
            "initial_stream_window_size": CHUNK,
            "initial_connection_window_size": 4 * CHUNK,
        },
        access_log=[_log(_has("said")), _log(_has("row"))],
        local_reply_config={"mappers": _replies()},
        http_filters=[*filters, router],
        route_config={
            "request_headers_to_remove": list(_OURS),
            "response_headers_to_remove": list(_AROUND),
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": list(routes)}],
        },
    )


def _log(when: Json) -> Json:
    """Tells the backend, when a request ends, that it was answered from memory."""
    told = {"http_uri": {"uri": "http://hornbook/rows", "cluster": "verdict", "timeout": "2s"}}
    mark = "%DYNAMIC_METADATA(hornbook:row)%%DYNAMIC_METADATA(hornbook:said)%"
    return {
        "filter": when,
        **named(
            "envoy.access_loggers.open_telemetry",
            "access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig",
            http_service=told,
            disable_builtin_labels=True,
            body={"string_value": mark},
        ),
    }


def _has(key: str) -> Json:
    matcher = {"filter": METADATA, "path": [{"key": key}], "value": {"present_match": True}}
    return {"metadata_filter": {"matcher": matcher, "match_if_key_not_found": False}}


def _both(*filters: Json) -> Json:
    return {"and_filter": {"filters": list(filters)}}


def ask_filter(*, inside: bool, negotiates: bool = False) -> Json:
    return named(
        "envoy.filters.http.lua",
        "filters.http.lua.v3.Lua",
        default_source_code={"inline_string": script(inside=inside, negotiates=negotiates)},
    )


def script(*, inside: bool, negotiates: bool = False) -> str:
    """What runs in Envoy, with the page for when nobody can be asked."""
    page = Page({}).not_ready().body
    told = {"PROTECTED_FILE": FILE, "SHIPPED": "\n".join(shipped()), "NOT_READY": page}
    for name, holds in (("INSIDE", inside), ("NEGOTIATES", negotiates)):
        told[name] = "true" if holds else "false"
    found = _SCRIPT.read_text()
    for name, words in told.items():
        found = found.replace(f"@{name}@", words)
    return found


def _replies() -> list[Json]:
    """What is said when an origin's certificate is not good, or it cannot be reached."""
    failed: Json = {"response_flag_filter": {"flags": ["UF"]}}
    lost: Json = {"response_flag_filter": {"flags": ["UF", "UC", "UH", "UO", "URX"]}}
    untrusted = "upstream.transport_failure_reason.contains('CERTIFICATE_VERIFY_FAILED')"
    expression = "access_loggers.filters.cel.v3.ExpressionFilter"
    cel = named("envoy.access_loggers.extension_filters.cel", expression, expression=untrusted)
    return [
        _reply(_both(failed, {"extension_filter": cel}), Page({}).untrusted().body),
        _reply(lost, Page({}).silent().body),
    ]


def _reply(when: Json, page: str) -> Json:
    return {
        "filter": when,
        "status_code": 502,
        "body_format_override": {
            "text_format_source": {"inline_string": page.replace("%", "%%")},
            "content_type": "text/html; charset=utf-8",
        },
    }


def told(way: str) -> Json:
    """Matches what was told to go this way."""
    value = {"string_match": {"exact": way}}
    return {"filter": METADATA, "path": [{"key": "way"}], "value": value}


def straight(name: str, speaks: Json) -> Json:
    """To the address of the metadata, and to no other."""
    return {
        **outside(name, speaks),
        "type": "ORIGINAL_DST",
        "cleanup_interval": "60s",
        "original_dst_lb_config": {
            "metadata_key": {"key": METADATA, "path": [{"key": "address"}]},
        },
    }


def outside(name: str, speaks: Json) -> Json:
    """A cluster of origins that are spoken to in this way."""
    return {
        "name": name,
        "lb_policy": "CLUSTER_PROVIDED",
        "connect_timeout": "10s",
        "per_connection_buffer_limit_bytes": CHUNK,
        "circuit_breakers": {"thresholds": [{"max_connections": 4096, "max_requests": 4096}]},
        "typed_extension_protocol_options": {
            f"envoy.extensions.{_OPTIONS}": typed(
                _OPTIONS, common_http_protocol_options={"idle_timeout": "60s"}, **speaks
            )
        },
    }


def plain() -> Json:
    """HTTP/1.1, whatever goes on inside a tunnel."""
    return {"explicit_http_config": {"http_protocol_options": {}}}
