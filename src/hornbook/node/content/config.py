"""What Envoy is told so that it shows answers to the content stage."""

from __future__ import annotations

from hornbook.node.content.words import NAMESPACE
from hornbook.node.envoy.shapes import EXTENSIONS, Json, named

SOCKET = "content.sock"
CLUSTER = "content"
WITHIN = "8s"  # for one message; a picture takes 50 ms, a queue of them more
_FILTER = "envoy.filters.http.ext_proc"
_KIND = "filters.http.ext_proc.v3"
_NOTHING: Json = {
    "request_header_mode": "SKIP",
    "response_header_mode": "SKIP",
    "request_body_mode": "NONE",
    "response_body_mode": "NONE",
    "request_trailer_mode": "SKIP",
    "response_trailer_mode": "SKIP",
}


def processor(name: str, cluster: str, timeout: str, **more: object) -> Json:
    """A filter that asks ``cluster`` about nothing, but on routes with ``here``."""
    return named(
        name,
        f"{_KIND}.ExternalProcessor",
        grpc_service={"envoy_grpc": {"cluster_name": cluster}, "timeout": timeout},
        processing_mode=_NOTHING,
        metadata_options={"forwarding_namespaces": {"untyped": [NAMESPACE]}},
        **more,
    )


def here(name: str, **modes: str) -> Json:
    """For a route: what that filter shows there."""
    kind = f"{EXTENSIONS}{_KIND}.ExtProcPerRoute"
    return {name: {"@type": kind, "overrides": {"processing_mode": {**_NOTHING, **modes}}}}


def filter_(*, closed: bool) -> Json:
    """The filter. ``closed``: what nobody could look at stays closed.

    On routes with ``HERE`` the head of each answer is shown, and its body where the process asks
    for it.
    """
    return processor(
        _FILTER,
        CLUSTER,
        "30s",
        failure_mode_allow=not closed,
        message_timeout=WITHIN,
        allow_mode_override=True,
        response_attributes=["request.host", "request.path", "response.code_details"],
    )


#: For routes whose answers are looked at. What has no route, as Envoy's answer to what is no
#: clean request, must not wait for anybody: its connection ends at once.
HERE = here(_FILTER, response_header_mode="SEND")

#: So that bodies can be read; an origin that packs otherwise all the same is not looked at.
PLAIN: Json = {
    "header": {"key": "accept-encoding", "value": "gzip"},
    "append_action": "OVERWRITE_IF_EXISTS",
}
