"""What runs: how each part is started, and how one sees that it serves."""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hornbook.instance import Instance, Settings

FRESH_SECONDS = 10.0


@dataclass(frozen=True)
class Part:
    """One process of the tree. ``healthy`` asks from outside whether it serves."""

    name: str
    argv: list[str]
    healthy: Callable[[], bool]


def node_parts(instance: Instance) -> list[Part]:
    """The parts that serve without a database: they start first and stop last."""
    return [
        Part(name, node_argv(instance, name), partial(serves, instance, name))
        for name in ("dns", "notice")
    ]


def doh_parts(instance: Instance) -> list[Part]:
    """DNS over HTTPS and TLS: what judges, and Envoy in front of it."""
    front = [sys.executable, "-m", "hornbook.node.doh.front", "--data", str(instance.root)]
    return [
        Part("doh", node_argv(instance, "doh"), partial(serves, instance, "doh")),
        Part("envoy", front, partial(beats, instance, "envoy")),
    ]


def proxy_parts(instance: Instance) -> list[Part]:
    """The proxy: what judges, and Envoy in front of it."""
    front = [sys.executable, "-m", "hornbook.node.proxy.front", "--data", str(instance.root)]
    return [
        Part("proxy", node_argv(instance, "proxy"), partial(serves, instance, "proxy")),
        Part("content", node_argv(instance, "content"), partial(serves, instance, "content")),
        Part("proxy-envoy", front, partial(beats, instance, "proxy-envoy")),
    ]


def sync_part(instance: Instance) -> Part:
    """What a node without a console has instead of one: it pulls the parts."""
    return Part("sync", node_argv(instance, "sync"), partial(beats, instance, "sync"))


def node_argv(instance: Instance, name: str) -> list[str]:
    return [sys.executable, "-m", f"hornbook.node.{name}", "--data", str(instance.root)]


def feeds_part(instance: Instance) -> Part:
    """RADIUS accounting and DHCP leases, where the settings name any."""
    argv = [sys.executable, "-m", "hornbook.district.people.feeds", "--data", str(instance.root)]
    return Part("feeds", argv, partial(beats, instance, "feeds"))


def district_parts(instance: Instance, settings: Settings) -> list[Part]:
    """The parts that need the database."""
    feeds = [feeds_part(instance)] if settings.radius_from or settings.dhcp_leases else []
    return [
        *feeds,
        Part(
            "console",
            console_argv(settings),
            partial(answers_http, settings.bind, settings.ports.console),
        ),
        Part(
            "worker",
            [sys.executable, "-m", "hornbook.district.worker"],
            partial(beats, instance, "worker"),
        ),
    ]


def console_argv(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "hornbook.district.wsgi:application"),
        *("--interface", "wsgi", "--host", settings.bind, "--port", str(settings.ports.console)),
        *("--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
    ]


def beats(instance: Instance, name: str) -> bool:
    """Whether the part's heartbeat is fresh and says that it serves."""
    beat = instance.heartbeat(name)
    return bool(beat and beat.get("ready") and time.time() - beat["at"] < FRESH_SECONDS)


def serves(instance: Instance, name: str) -> bool:
    """As :func:`beats`; before anything is published, a node serves by saying just that."""
    if beats(instance, name):
        return True
    beat = instance.heartbeat(name)
    fresh = bool(beat and time.time() - beat["at"] < FRESH_SECONDS)
    return fresh and not (instance.root / "parts" / "current.json").exists()


def answers_http(host: str, port: int, path: str = "/healthz") -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
