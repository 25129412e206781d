"""The district's authority for what the proxy looks into, and the certificates that it signs.

``inspection/ca.pem`` with ``ca.key`` (0600) is made at first start and trusted by managed devices
alone. ``next.pem`` is the one that comes after it, until all devices trust that, too. Whoever has
a key can pretend to be any site to these devices: it never leaves the folder.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from hornbook.instance import Instance, InstanceError
from hornbook.node.envoy.certificate import as_pem, builder, distinguished, usage, write_secret

FOLDER = "inspection"
CA_YEARS = 5
LEAF_DAYS = 30  # what a stolen leaf is good for; made anew long before
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Authority:
    """Signs for one name at a time, all with one key that lives as long as this process."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    leaf_key: ec.EllipticCurvePrivateKey

    @property
    def mark(self) -> str:
        """Tells one authority from another: the begin of its fingerprint."""
        return fingerprint(self.certificate)[:16]

    def leaf(self, name: str) -> tuple[bytes, bytes]:
        """PEM of the certificate with its authority, and of its key; about half a millisecond."""
        public = self.leaf_key.public_key()
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        made = (
            builder(distinguished(name), self.certificate.subject, public, LEAF_DAYS)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        chain = made.public_bytes(_PEM) + self.certificate.public_bytes(_PEM)
        return chain, as_pem(self.leaf_key)


def settle(instance: Instance) -> Authority:
    """The authority in force, made where there is none. Raises InstanceError."""
    folder = instance.folder(FOLDER, 0o700)
    with instance.lock(FOLDER):
        _finish_swap(folder)
        if not (folder / "ca.pem").exists():
            _make(folder, "ca")
        return _read(folder)


def paths(instance: Instance) -> tuple[Path, Path]:
    """Where the certificates in force and to come stand."""
    folder = instance.folder(FOLDER, 0o700)
    return folder / "ca.pem", folder / "next.pem"


def prepare_next(instance: Instance) -> x509.Certificate:
    """Make the authority that comes after the one in force; it signs nothing yet."""
    settle(instance)
    folder = instance.folder(FOLDER, 0o700)
    with instance.lock(FOLDER):
        if not (folder / "next.pem").exists():
            _make(folder, "next")
        return load(folder / "next.pem")


def put_next_in_force(instance: Instance) -> x509.Certificate:
    """Let the one that waits sign from now on; the old key is destroyed, its certificate kept."""
    folder = instance.folder(FOLDER, 0o700)
    with instance.lock(FOLDER):
        if not (folder / "next.pem").exists():
            raise InstanceError("No authority waits. Make one first: hornbook ca rotate")
        old = load(folder / "ca.pem")
        retired = folder / f"retired-{fingerprint(old)[:16]}.pem"
        write_secret(retired, old.public_bytes(_PEM), 0o644)
        (folder / "next.key").replace(folder / "ca.key")
        _finish_swap(folder)
        return load(folder / "ca.pem")


def _finish_swap(folder: Path) -> None:
    """The key goes first: a certificate that waits without one belongs to the key in force."""
    if (folder / "next.pem").exists() and not (folder / "next.key").exists():
        (folder / "next.pem").replace(folder / "ca.pem")


def load(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InstanceError(f"The authority {path} cannot be read: {error}.") from error


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, hexadecimal: what device managers show."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _read(folder: Path) -> Authority:
    certificate = load(folder / "ca.pem")
    try:
        secret = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        if not isinstance(secret, ec.EllipticCurvePrivateKey):
            raise ValueError("it is no key of an elliptic curve")
        if secret.public_key() != certificate.public_key():
            raise ValueError("it belongs to another certificate")
    except (OSError, ValueError, TypeError) as error:
        raise InstanceError(
            f"The key {folder / 'ca.key'} cannot be used: {error}. Put the right one back from a "
            "backup, or remove the folder to have a new authority made, which devices must then "
            "be given."
        ) from error
    return Authority(certificate, secret, ec.generate_private_key(ec.SECP256R1()))


def _make(folder: Path, stem: str) -> None:
    secret = ec.generate_private_key(ec.SECP256R1())
    made_on = datetime.datetime.now(datetime.UTC)
    name = distinguished(f"District filter authority {made_on:%Y-%m-%d}")
    made = (
        builder(name, name, secret.public_key(), 365 * CA_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    write_secret(folder / f"{stem}.key", as_pem(secret))
    write_secret(folder / f"{stem}.pem", made.public_bytes(_PEM), 0o644)
