"""``python -m hornbook.node.doh.front --data DIR``: run Envoy in front of DoH and DoT."""

from __future__ import annotations

import socket
import sys

from hornbook.instance import Settings
from hornbook.node.doh import config
from hornbook.node.envoy.front import Kind, serve
from hornbook.node.envoy.shapes import Json

CONFIG_FILE = "envoy-config.json"  # run/envoy.json is the heartbeat


def bootstrap(settings: Settings) -> Json:
    """With HTTP/3 where its UDP port is free; else clients use HTTP/2, and the log says why."""
    return config.bootstrap(settings, http3=_is_udp_free(settings))


def _is_udp_free(settings: Settings) -> bool:
    bind, port = settings.bind, settings.ports.doh
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((bind, port))
        except OSError as error:
            print(
                f"hornbook {KIND.part}: no HTTP/3: UDP port {port} is taken ({error.strerror}). "
                "Free it, or choose another with --doh PORT.",
                file=sys.stderr,
                flush=True,
            )
            return False
    return True


KIND = Kind(
    part="envoy",
    what="DoH and DoT are",
    mark="hornbook.node.doh",
    config_file=CONFIG_FILE,
    secrets_file=config.SECRETS_FILE,
    admin=config.ADMIN_SOCKET,
    stats=".doh.",
    bootstrap=bootstrap,
    ports=("doh", "dot"),
)

if __name__ == "__main__":
    sys.exit(serve(KIND, __doc__))
