"""The table that ``hornbook up`` prints: what runs where, how to sign in, what to try."""

from __future__ import annotations

import json
from typing import Any

from hornbook.instance import Instance, Settings
from hornbook.run.parts import beats

WELCOME = "welcome.json"


def save_welcome(instance: Instance, facts: dict[str, Any]) -> None:
    """Keep what the first start wants told: ``district``, ``accounts``, ``try_name``."""
    (instance.folder(".") / WELCOME).write_text(json.dumps(facts, indent=2) + "\n")


def started_table(instance: Instance, settings: Settings) -> str:
    path = instance.root / WELCOME
    welcome = json.loads(path.read_text()) if path.exists() else {}
    lines = ["", f"Hornbook is up: {welcome.get('district', 'a district without a name yet')}", ""]
    lines += _places(instance, settings)
    lines += _accounts(instance, welcome)
    lines += _things_to_try(settings, welcome)
    return "\n".join([*lines, "", "  Stop         Ctrl-C", ""])


def _places(instance: Instance, settings: Settings) -> list[str]:
    bind, ports = settings.bind, settings.ports
    tls = [
        f"  DoH          https://{_host(bind)}:{ports.doh}/dns-query",
        f"  DoT          {bind} port {ports.dot}",
    ]
    proxy = [f"  Proxy        http://{_host(bind)}:{ports.proxy}/ (for curl and browsers)"]
    return [
        f"  Console      http://{_host(bind)}:{ports.console}/",
        f"  DNS          {bind} port {ports.dns} (UDP and TCP)",
        *(tls if beats(instance, "envoy") else []),
        *(proxy if beats(instance, "proxy-envoy") else []),
        f"  Notice page  http://{_host(bind)}:{ports.notice}/",
        f"  Data         {instance.root}",
        "",
    ]


def _accounts(instance: Instance, welcome: dict[str, Any]) -> list[str]:
    accounts = welcome.get("accounts", [])
    if not accounts:
        return []
    width = max(len(email) for email, _ in accounts)
    lines = [
        f"  {'Sign in as' if n == 0 else '':12} {email:{width}}  {role}"
        for n, (email, role) in enumerate(accounts)
    ]
    whose = "   (for all of them)" if len(accounts) > 1 else ""
    return [*lines, f"  Password     {instance.secret('sample-password')}{whose}", ""]


def _things_to_try(settings: Settings, welcome: dict[str, Any]) -> list[str]:
    name = welcome.get("try_name")
    if not name:
        return [
            "  Next         hornbook import policy FILE, import roster PATH, import lists PATH",
        ]
    where = f"@{settings.bind} -p {settings.ports.dns}"
    return [
        f"  Try          dig {where} {name} A",
        f"               dig -b 127.0.0.4 {where} {name} A     (as a teacher)",
    ]


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address
