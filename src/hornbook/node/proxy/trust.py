"""Whom the proxy believes when it looks into sites: authorities of the machine and the district."""

from __future__ import annotations

import ssl
from pathlib import Path

from hornbook.instance import InstanceError, Settings
from hornbook.node.proxy.inside import TRUST_FILE

_BEGIN = b"-----BEGIN CERTIFICATE-----"


def trust(settings: Settings) -> dict[str, bytes]:
    """``run/proxy-trust.pem``. Raises InstanceError for a file that holds no certificate."""
    found = [*_of_the_machine(), *(_read(path) for path in settings.proxy_trusts)]
    if not found:
        raise InstanceError(
            "This machine knows no certificate authority, so nothing could be looked into safely. "
            "Install its package “ca-certificates”, or name a file in proxy_trusts."
        )
    return {TRUST_FILE: b"\n".join(found)}


def _of_the_machine() -> list[bytes]:
    """Those of OpenSSL's default file, else of its folder."""
    known = ssl.get_default_verify_paths()
    if known.cafile:
        return [_read(known.cafile)]
    der = ssl.create_default_context().get_ca_certs(binary_form=True)
    return [ssl.DER_cert_to_PEM_cert(one).encode() for one in der]


def _read(path: str) -> bytes:
    try:
        body = Path(path).read_bytes()
        if _BEGIN not in body:
            raise ValueError("it holds no certificate in PEM")
    except (OSError, ValueError) as error:
        raise InstanceError(
            f"The authorities in {path} cannot be read: {error}. Mend the file, or take it out of "
            "proxy_trusts in instance.json."
        ) from error
    return body
