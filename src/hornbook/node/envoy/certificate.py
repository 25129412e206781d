"""The certificate for DoH, DoT and the proxy: the district's own files, else one that we make.

``tls/server.pem`` (the certificate and those that lead to its root) and ``tls/server.key`` are
used as they are when there is no ``tls/ca.key``. Else they are ours: a certificate authority
``tls/ca.pem``, made at first start and installed on the district's devices, signs a server
certificate that is made anew in time. Files are replaced by renaming; Envoy watches for that.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hornbook.instance import Instance, InstanceError, Settings, sync_folder

CA_YEARS = 10
SERVER_DAYS = 397  # what browsers take at most of a public authority
RENEW_DAYS = 30  # before its end
ORGANIZATION = "Hornbook"  # in the names of all that is ours

_DAY = datetime.timedelta(days=1)


def settle(instance: Instance, settings: Settings) -> Path:
    """The folder with ``server.pem`` and ``server.key``, both sound. Raises InstanceError.

    What is ours is made or renewed; what is the district's is only looked at.
    """
    folder = instance.folder("tls", 0o700)
    own = (folder / "ca.key").exists() or not (folder / "server.pem").exists()
    if own and not _is_good(folder, settings):
        _make_server(folder, settings, *_authority(folder))
    _check(folder)
    return folder


def names(settings: Settings) -> list[x509.GeneralName]:
    """What the certificate is good for."""
    addresses = {"127.0.0.1", "::1", settings.bind}
    found: list[x509.GeneralName] = [x509.DNSName("localhost")]
    for text in sorted(addresses):
        address = ipaddress.ip_address(text)
        if not address.is_unspecified:
            found.append(x509.IPAddress(address))
    name = settings.dns_name.lower().rstrip(".")
    return found + ([x509.DNSName(name), x509.DNSName(f"*.{name}")] if name else [])


def _is_good(folder: Path, settings: Settings) -> bool:
    """Whether our own certificate has the right names and is not about to end."""
    try:
        found = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
        said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    return list(said) == names(settings) and found.not_valid_after_utc - _now() > RENEW_DAYS * _DAY


def _check(folder: Path) -> None:
    certificate, key = folder / "server.pem", folder / "server.key"
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        secret = serialization.load_pem_private_key(key.read_bytes(), None)
        if found.public_key() != secret.public_key():
            raise ValueError("the key belongs to another certificate")
        if found.not_valid_after_utc < _now():
            raise ValueError(f"it ended on {found.not_valid_after_utc:%Y-%m-%d}")
    except (OSError, ValueError, TypeError) as error:
        raise InstanceError(
            f"The certificate {certificate} with {key} cannot be used: {error}. "
            "Put a good pair there, or remove both to have one made."
        ) from error


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate, key = folder / "ca.pem", folder / "ca.key"
    if certificate.exists() and key.exists():
        secret = serialization.load_pem_private_key(key.read_bytes(), None)
        if not isinstance(secret, ec.EllipticCurvePrivateKey):
            raise InstanceError(f"{key} is not the key that was made here; remove it.")
        return x509.load_pem_x509_certificate(certificate.read_bytes()), secret
    secret = ec.generate_private_key(ec.SECP256R1())
    name = distinguished("District DNS authority")
    made = (
        builder(name, name, secret.public_key(), 365 * CA_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .sign(secret, hashes.SHA256())
    )
    write_secret(key, as_pem(secret))
    write_secret(certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return made, secret


def _make_server(
    folder: Path, settings: Settings, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey
) -> None:
    secret = ec.generate_private_key(ec.SECP256R1())
    subject = distinguished(settings.dns_name or "localhost")
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    made = (
        builder(subject, ca.subject, secret.public_key(), SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(names(settings)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs=False), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(issuer, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    chain = made.public_bytes(serialization.Encoding.PEM)
    write_secret(folder / "server.key", as_pem(secret))
    write_secret(folder / "server.pem", chain + ca.public_bytes(serialization.Encoding.PEM), 0o644)


def builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    until: int | datetime.datetime,
) -> x509.CertificateBuilder:
    """What all certificates of ours have: a fresh serial number, good from yesterday on.

    ``until`` is their end, or in how many days that is.
    """
    end = _now() + until * _DAY if isinstance(until, int) else until
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - _DAY)  # a client's clock may be late
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def distinguished(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def as_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def write_secret(path: Path, body: bytes, mode: int = 0o600) -> None:
    """Replace a file; a key is never readable by others, not even for a moment."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
