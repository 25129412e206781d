"""What to do on Windows, to read and to copy from: PowerShell, group policy, registry.

Policies and values: learn.microsoft.com (DnsClient ADMX: DoHPolicy 3 is “require”, “Secure DNS
Client over HTTPS”, Internet Settings).
"""

from __future__ import annotations

from hornbook.node.devices.facts import Facts

_UNKNOWN = "ADDRESS-OF-THE-FILTER"

_HEAD = """{title}
Windows 11 and Windows Server 2022, in a PowerShell window of an administrator.
Chrome, Edge and Firefox take their own files (chrome.json, edge.json, firefox/policies.json).

"""
_TRUST = """{number}. Trust the filter's authorities
   By group policy: Computer Configuration, Policies, Windows Settings, Security Settings,
   Public Key Policies, Trusted Root Certification Authorities, Import. By hand:

{commands}

"""
_DNS = """{number}. Look names up by the filter, over HTTPS only
   First the server and its template, then the interface, then the rule that nothing else is asked:

   Add-DnsClientDohServerAddress -ServerAddress {address} -DohTemplate "{doh}" `
     -AllowFallbackToUdp $False -AutoUpgrade $True
   Get-NetAdapter -Physical | Set-DnsClientServerAddress -ServerAddresses {address}
   reg add "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DNSClient" /v DoHPolicy ^
     /t REG_DWORD /d 3 /f

   The same with netsh:
   netsh dns add encryption server={address} dohtemplate={doh} autoupgrade=yes udpfallback=no

   By group policy: Computer Configuration, Administrative Templates, Network, DNS Client,
   “Configure DNS over HTTPS (DoH) name resolution” (or “encrypted name resolution”): Require.
{address_note}
"""
_PROXY = """{number}. Use the proxy
   For all users of the machine, by a PAC file that the filter serves:

   reg add "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings" ^
     /v ProxySettingsPerUser /t REG_DWORD /d 0 /f
   reg add "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings" ^
     /v AutoConfigURL /t REG_SZ /d {pac} /f

   Programs of Windows read it over plain HTTP, so use it on the district's own network.

"""
_CHECK = """{number}. Look whether it works
   Open {check} in a browser. To undo: remove the values above.
"""


def notes(facts: Facts) -> str:
    """The whole file."""
    steps = [(_TRUST, bool(facts.authorities)), (_DNS, facts.has_name), (_PROXY, True)]
    chosen = [text for text, wanted in steps if wanted] + [_CHECK]
    told = _told(facts)
    return _HEAD.format(**told) + "".join(
        text.format(number=number, **told) for number, text in enumerate(chosen, start=1)
    )


def _told(facts: Facts) -> dict[str, str]:
    unknown = f"   {_UNKNOWN} is the IP address by which devices reach {facts.host}.\n"
    return {
        "title": facts.title,
        "commands": "\n".join(
            f"   certutil -addstore -f Root {authority.file}" for authority in facts.authorities
        ),
        "address": facts.address or _UNKNOWN,
        "address_note": "" if facts.address else unknown,
        "doh": facts.doh(facts.token),
        "pac": facts.pac_url,
        "check": facts.check_url,
    }
