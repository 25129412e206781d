"""The authority of the test's internet, and certificates of its origins, good and bad ones."""

from __future__ import annotations

import datetime
import itertools
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from hornbook.node.envoy.certificate import as_pem, distinguished, usage

DAY = datetime.timedelta(days=1)


class Pki:
    """``file`` holds the authority that origins' certificates lead to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._numbers = itertools.count()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = distinguished("The authority of the world")
        self.file = folder / "authority.pem"
        made = self._sign(
            self._name, self._key, [x509.BasicConstraints(True, 0), usage(signs=True)]
        )
        self.file.write_bytes(made)

    def context(
        self, *names: str, days: int = 30, self_signed: bool = False, newest: bool = True
    ) -> ssl.SSLContext:
        """A server with a certificate for ``names``; it ended when ``days`` is below 0."""
        key = ec.generate_private_key(ec.SECP256R1())
        hosts = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        signer = key if self_signed else None
        body = self._sign(distinguished(names[0]), key, [hosts], days=days, signer=signer)
        path = self._folder / f"{next(self._numbers)}.pem"
        path.write_bytes(body + as_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        if not newest:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extensions: list[x509.ExtensionType],
        days: int = 30,
        signer: ec.EllipticCurvePrivateKey | None = None,
    ) -> bytes:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if signer else self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 60 * DAY)
            .not_valid_after(now + days * DAY)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(signer or self._key, hashes.SHA256()).public_bytes(Encoding.PEM)
