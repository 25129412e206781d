"""The authority that signs what devices show the proxy, and certificates by it.

``devices/ca.pem`` with ``ca.key`` (0600) is no other authority of ours: no device trusts it, so who
steals it can pretend to be a device, but no site; and the proxy, which holds the key that devices
do trust, cannot make a device up. ``trusted.pem`` holds it and those before it, whose certificates
are good until they end or are revoked; their keys are destroyed.

A signature alone lets nobody in: a certificate counts as long as the seating knows its fingerprint.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID

from hornbook.instance import Instance, InstanceError
from hornbook.node.envoy.certificate import as_pem, builder, distinguished, usage, write_secret

FOLDER = "devices"
TRUSTED = "trusted.pem"
CA_YEARS = 10
_PEM = serialization.Encoding.PEM
# What Apple's and older systems read; the file is as secret as its password in any case.
_OLD = (
    serialization.PrivateFormat.PKCS12.encryption_builder()
    .kdf_rounds(50_000)
    .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
    .hmac_hash(hashes.SHA1())  # noqa: S303
)


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, which is kept nowhere here."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the certificate, as the seating knows it."""
        return self.certificate.fingerprint(hashes.SHA256())

    def pkcs12(self, name: str, password: str, *, old: bool = False) -> bytes:
        """For import into a device; ``old`` in the encryption that all systems read."""
        secret = password.encode()
        how = _OLD.build(secret) if old else serialization.BestAvailableEncryption(secret)
        return pkcs12.serialize_key_and_certificates(
            name.encode(), self.key, self.certificate, None, how
        )

    def pem(self) -> bytes:
        return self.certificate.public_bytes(_PEM) + as_pem(self.key)


def settle(instance: Instance) -> Authority:
    """The authority in force, made where there is none. Raises InstanceError."""
    folder = instance.folder(FOLDER, 0o700)
    with instance.lock(FOLDER):
        if not (folder / "ca.pem").exists():
            _make(folder)
        elif not (folder / TRUSTED).exists():  # brought back without it: Envoy would wait for ever
            _believe(folder, (folder / "ca.pem").read_bytes())
        return _read(folder)


def rotate(instance: Instance) -> Authority:
    """Another authority signs from now on; what the last one signed stays good until its end."""
    settle(instance)
    folder = instance.folder(FOLDER, 0o700)
    with instance.lock(FOLDER):
        _make(folder)
        return _read(folder)


def trusted(instance: Instance) -> list[x509.Certificate]:
    """All authorities whose certificates count, the newest first."""
    return x509.load_pem_x509_certificates((instance.root / FOLDER / TRUSTED).read_bytes())


def issue(authority: Authority, name: str, ends_at: datetime.datetime) -> Identity:
    """A certificate for a device or site of that name. Raises InstanceError."""
    if ends_at > authority.certificate.not_valid_after_utc:
        until = f"{authority.certificate.not_valid_after_utc:%Y-%m-%d}"
        raise InstanceError(
            f"The authority for devices ends on {until}, before the certificate would. "
            "Choose fewer days, or make another one: hornbook certificate rotate"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    made = (
        builder(distinguished(name), authority.certificate.subject, key.public_key(), ends_at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Identity(made, key)


def _read(folder: Path) -> Authority:
    try:
        certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("its key is no key of an elliptic curve")
        if key.public_key() != certificate.public_key():
            raise ValueError("its key belongs to another certificate")
    except (OSError, ValueError, TypeError) as error:
        raise InstanceError(
            f"The authority for devices in {folder} cannot be used: {error}. Put the right ca.pem "
            "and ca.key back from a backup, or remove both to have a new authority made."
        ) from error
    return Authority(certificate, key)


def _make(folder: Path) -> None:
    """First the list, then the key: what signs is believed already."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = distinguished(f"District devices {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M}")
    made = (
        builder(name, name, key.public_key(), 365 * CA_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    body = made.public_bytes(_PEM)
    _believe(folder, body)
    write_secret(folder / "ca.key", as_pem(key))
    write_secret(folder / "ca.pem", body, 0o644)


def _believe(folder: Path, newest: bytes) -> None:
    """Put one before those that are believed already and have not ended."""
    path, now = folder / TRUSTED, datetime.datetime.now(datetime.UTC)
    known = x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() else []
    kept = [one.public_bytes(_PEM) for one in known if one.not_valid_after_utc > now]
    write_secret(path, b"".join([newest, *kept]), 0o644)
