"""``hornbook profile``: what a managed device is told, so that it uses the proxy."""

from __future__ import annotations

import argparse
import base64
import json
import re

from hornbook.instance import Instance, InstanceError, Settings
from hornbook.node.partstore import PartStore, Watcher

HELP = "what devices are told: a PAC file, Chrome's policies"
PAC_TYPE = "application/x-ns-proxy-autoconfig"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]+\]")

# Help opens without the proxy where there is none; everything else waits for it.
_PAC = """function FindProxyForURL(url, host) {{
  var help = {help};
  var inside = {inside};
  function under(names) {{
    return names.some(function (name) {{ return host === name || dnsDomainIs(host, "." + name); }});
  }}
  if (isPlainHostName(host) || under(inside)) return "DIRECT";
  if (under(help)) return "{proxy}; DIRECT";
  return "{proxy}";
}}
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=("pac", "chrome"), help="a PAC file, or policies as JSON")
    parser.add_argument("--host", metavar="NAME", help="of the proxy (default: dns_name, or bind)")
    parser.add_argument(
        "--plain", action="store_true", help="without TLS to the proxy: on the own network only"
    )


def run(args: argparse.Namespace, instance: Instance) -> int:
    settings = instance.settings()
    host = args.host or settings.dns_name or settings.bind
    if not _HOST.fullmatch(host):
        raise InstanceError(f"“{host}” is no host. Give the proxy's name, --host proxy.example.")
    script = pac(settings, host, protected(instance), tls=not args.plain)
    print(script if args.kind == "pac" else json.dumps(chrome(script), indent=2))
    return 0


def protected(instance: Instance) -> list[str]:
    """The protected set of the rules in force; none before the first publication."""
    watcher = Watcher(PartStore(instance.parts))
    watcher.poll()
    return list(watcher.kernel.rulebook.notice.get("protected", ())) if watcher.kernel else []


def pac(settings: Settings, host: str, help_: list[str], *, tls: bool) -> str:
    """The script. Names under ``private_suffixes`` go straight, as do names without a dot."""
    return _PAC.format(
        help=json.dumps(help_),
        inside=json.dumps(sorted(name.lower().strip(".") for name in settings.private_suffixes)),
        proxy=f"{'HTTPS' if tls else 'PROXY'} {host}:{settings.ports.proxy}",
    )


def chrome(script: str) -> dict[str, object]:
    """Policies of Chrome, Edge and Chromium: the proxy alone decides, and no QUIC goes round it."""
    packed = base64.b64encode(script.encode()).decode()
    return {
        "ProxySettings": {
            "ProxyMode": "pac_script",
            "ProxyPacMandatory": True,
            "ProxyPacUrl": f"data:{PAC_TYPE};base64,{packed}",
        },
        "QuicAllowed": False,
    }
