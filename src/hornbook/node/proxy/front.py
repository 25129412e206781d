"""``python -m hornbook.node.proxy.front --data DIR``: run Envoy as the proxy."""

from __future__ import annotations

import sys

from hornbook.node.envoy.front import Kind, serve
from hornbook.node.proxy import config
from hornbook.node.proxy.trust import trust

KIND = Kind(
    part="proxy-envoy",
    what="The proxy is",
    mark="hornbook.node.proxy",
    config_file="proxy-envoy-config.json",
    secrets_file=config.SECRETS_FILE,
    admin=config.ADMIN_SOCKET,
    stats=".proxy.",
    bootstrap=config.bootstrap,
    ports=("proxy",),
    files=trust,
)

if __name__ == "__main__":
    sys.exit(serve(KIND, __doc__))
