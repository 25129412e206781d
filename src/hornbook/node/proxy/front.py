"""``python -m hornbook.node.proxy.front --data DIR``: run Envoy as the proxy."""

from __future__ import annotations

import sys

from hornbook.instance import Instance, Settings, to_json
from hornbook.node.devices import issuing
from hornbook.node.envoy.front import Kind, serve
from hornbook.node.envoy.shapes import believed
from hornbook.node.proxy import config
from hornbook.node.proxy.trust import trust


def files_of(instance: Instance, settings: Settings) -> dict[str, bytes]:
    """Whom we believe: origins, and devices where these are asked for their certificates."""
    found = trust(settings)
    if settings.proxy_certificates:
        issuing.settle(instance)
        told = believed(instance.root / issuing.FOLDER, issuing.TRUSTED)
        found[config.CLIENTS_FILE] = to_json(told)
    return found


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
    files=files_of,
)

if __name__ == "__main__":
    sys.exit(serve(KIND, __doc__))
