"""The PAC file: a script by which a browser decides whether a request goes by the proxy."""

from __future__ import annotations

import base64
import json

from hornbook.node.devices.facts import Facts
from hornbook.node.devices.names import BY_DNS

TYPE = "application/x-ns-proxy-autoconfig"

# Help opens without the proxy where there is none; everything else waits for it. The name that
# shows whose resolver a device asks must be looked up by the device itself.
_PAC = """function FindProxyForURL(url, host) {{
  var help = {help};
  var inside = {inside};
  function under(names) {{
    return names.some(function (name) {{ return host === name || dnsDomainIs(host, "." + name); }});
  }}
  if (isPlainHostName(host) || host === "{by_dns}" || under(inside)) return "DIRECT";
  if (under(help)) return "{proxy}; DIRECT";
  return "{proxy}";
}}
"""


def pac(facts: Facts) -> str:
    """The script. Names under ``inside`` go straight, as do names without a dot."""
    return _PAC.format(
        help=json.dumps(list(facts.help)),
        inside=json.dumps(list(facts.inside)),
        by_dns=BY_DNS,
        proxy=facts.proxy,
    )


def as_url(script: str) -> str:
    """The whole script in a ``data:`` address, for programs that take one."""
    return f"data:{TYPE};base64,{base64.b64encode(script.encode()).decode()}"
