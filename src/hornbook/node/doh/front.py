"""``python -m hornbook.node.doh.front --data DIR``: run Envoy in front of DoH and DoT."""

from __future__ import annotations

import sys

from hornbook.node.doh import config
from hornbook.node.envoy.front import Kind, serve

CONFIG_FILE = "envoy-config.json"  # run/envoy.json is the heartbeat
KIND = Kind(
    part="envoy",
    what="DoH and DoT are",
    mark="hornbook.node.doh",
    config_file=CONFIG_FILE,
    secrets_file=config.SECRETS_FILE,
    admin=config.ADMIN_SOCKET,
    stats=".doh.",
    bootstrap=config.bootstrap,
    ports=("doh", "dot"),
)

if __name__ == "__main__":
    sys.exit(serve(KIND, __doc__))
