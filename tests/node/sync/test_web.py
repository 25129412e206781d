"""Over TLS: a console with a certificate of the district's authority, and one without."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hornbook.instance import Instance
from hornbook.node.sync.service import Sync
from hornbook.node.sync.sources import open_source
from tests.node.sync.conftest import TOKEN, Console


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "console")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "console.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_only_a_certificate_that_is_trusted_is_believed(
    tmp_path: Path, console: Console, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening = console.server.socket
    console.server.socket = context.wrap_socket(
        listening, server_side=True, do_handshake_on_connect=False
    )
    published = console.publish("adult.example")
    address = console.address.replace("http://", "https://")

    stranger = Sync(Instance(tmp_path / "stranger"), open_source(address, TOKEN))
    stranger.look()
    assert "certificate verify failed" in stranger.problem
    assert console.sent == []

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    node = Sync(Instance(tmp_path / "node-2"), open_source(address, TOKEN))
    node.look()
    assert (node.follower.store.current(), node.problem) == (published, "")
