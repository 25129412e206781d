"""A configuration profile for iPad, iPhone and Mac: DNS over HTTPS, and the authorities to trust.

Payloads and keys: developer.apple.com/documentation/devicemanagement (DNSSettings,
CertificateRoot, CertificatePKCS12, TopLevel). Who signs it is the district's device management.
"""

from __future__ import annotations

import plistlib
from typing import Any

from hornbook.node.devices.facts import Authority, Facts

Payload = dict[str, Any]


def mobileconfig(facts: Facts, *, supervised: bool = False) -> bytes:
    """The profile as an XML property list.

    On supervised devices nobody can switch the settings off; others refuse a profile that says
    so.
    """
    content = [_authority(facts, authority) for authority in facts.authorities]
    if facts.has_name:
        content.append(_dns(facts, supervised=supervised))
    whole = {
        **_payload(facts, "Configuration", "profile", facts.title),
        "PayloadContent": content,
        "PayloadOrganization": facts.district or "School district",
        "PayloadDescription": "Looks names up by the filter of the district.",
        **({"PayloadRemovalDisallowed": True} if supervised else {}),
    }
    return plistlib.dumps(whole)


def identity_profile(facts: Facts, name: str, pkcs12: bytes, password: str) -> bytes:
    """A profile for one device: its certificate, with its key. As secret as the key itself."""
    what = f"identity.{name}"
    identity = {
        **_payload(facts, "com.apple.security.pkcs12", what, f"This device: {name}"),
        "PayloadCertificateFileName": "device.p12",
        "PayloadContent": pkcs12,
        "Password": password,
    }
    whole = {
        **_payload(facts, "Configuration", f"profile.{what}", f"Certificate of {name}"),
        "PayloadContent": [identity],
        "PayloadOrganization": facts.district or "School district",
        "PayloadDescription": "Shows the proxy of the district which device this is.",
    }
    return plistlib.dumps(whole)


def _dns(facts: Facts, *, supervised: bool) -> Payload:
    settings: Payload = {"DNSProtocol": "HTTPS", "ServerURL": facts.doh(facts.token)}
    if facts.address:
        settings["ServerAddresses"] = [facts.address]
    return {
        **_payload(facts, "com.apple.dnsSettings.managed", "dns", "DNS of the district"),
        "DNSSettings": settings,
        **({"ProhibitDisablement": True} if supervised else {}),
    }


def _authority(facts: Facts, authority: Authority) -> Payload:
    what = authority.file.removesuffix(".pem")
    return {
        **_payload(facts, "com.apple.security.root", what, authority.label),
        "PayloadCertificateFileName": f"{what}.cer",
        "PayloadContent": authority.der,
    }


def _payload(facts: Facts, kind: str, what: str, label: str) -> Payload:
    place = f"{facts.site or 'district'}.{facts.group.key}"
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"hornbook.{facts.host}.{place}.{what}",
        "PayloadUUID": facts.uuid(what),
        "PayloadDisplayName": label,
    }
