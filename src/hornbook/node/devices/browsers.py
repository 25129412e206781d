"""Policies of Chrome, Edge, Chromium and Firefox: this filter alone decides, nothing goes round it.

Names and values: chromeenterprise.google/policies, learn.microsoft.com (Microsoft Edge policies),
firefox-admin-docs.mozilla.org.
"""

from __future__ import annotations

import json
from typing import Any

from hornbook.node.devices.facts import Facts
from hornbook.node.devices.pac import as_url, pac
from hornbook.node.envoy.certificate import ORGANIZATION as ISSUER

Policies = dict[str, object]


def chrome(facts: Facts) -> Policies:
    """For Chrome, ChromeOS and Chromium.

    ChromeOS puts a person or device into the address of DoH, hashed with the salt; where a
    browser cannot, the address with the site's token holds.
    """
    found = edge(facts)
    if facts.has_name and facts.salt and facts.group.identifier:
        found["DnsOverHttpsTemplatesWithIdentifiers"] = _template(facts, facts.group.identifier)
        found["DnsOverHttpsSalt"] = facts.salt
    return found


def edge(facts: Facts) -> Policies:
    """What Chromium's relatives have in common. QUIC and ECH would hide from a proxy."""
    found: Policies = {
        "ProxySettings": {
            "ProxyMode": "pac_script",
            "ProxyPacMandatory": True,
            "ProxyPacUrl": as_url(pac(facts)),
        },
        "QuicAllowed": False,
        "EncryptedClientHelloEnabled": False,
    }
    if facts.has_name:
        found["DnsOverHttpsMode"] = "secure"
        found["DnsOverHttpsTemplates"] = _template(facts, facts.token)
    if facts.kerberos:
        found["AuthServerAllowlist"] = facts.host
    if facts.certificates:
        found["AutoSelectCertificateForUrls"] = [_own_certificate(facts)]
    if facts.authorities:
        found["CACertificates"] = [authority.base64 for authority in facts.authorities]
    return found


def _own_certificate(facts: Facts) -> str:
    """Show the proxy the device's certificate without a question: no other site asks for it."""
    by = {"ISSUER": {"O": ISSUER}}
    return json.dumps({"pattern": f"https://{facts.host}:{facts.ports.proxy}", "filter": by})


def _template(facts: Facts, who: str) -> str:
    return facts.doh(who) + "{?dns}"


def firefox(facts: Facts) -> Policies:
    """``policies.json``. Certificates are files beside it; see its place in ``README.txt``."""
    policies: dict[str, Any] = {
        "Proxy": {
            "Mode": "autoConfig",
            "AutoConfigURL": as_url(pac(facts)),
            "UseProxyForDNS": True,
            "Locked": True,
        },
        "DisableEncryptedClientHello": True,
        "Preferences": {"network.http.http3.enable": {"Value": False, "Status": "locked"}},
        "Certificates": {
            "ImportEnterpriseRoots": True,
            "Install": [authority.file for authority in facts.authorities],
        },
    }
    if facts.kerberos:
        policies["Authentication"] = {
            "SPNEGO": [facts.host],
            "AllowProxies": {"SPNEGO": True},
            "Locked": True,
        }
    if facts.certificates:
        chosen = {"Value": "Select Automatically", "Status": "locked"}
        policies["Preferences"] |= {"security.default_personal_cert": chosen}
    if facts.has_name:
        policies["DNSOverHTTPS"] = {
            "Enabled": True,
            "ProviderURL": facts.doh(facts.token),
            "ExcludedDomains": list(facts.inside),
            "Fallback": False,
            "Locked": True,
        }
    return {"policies": policies}
