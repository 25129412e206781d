"""The authority: made once, exported, rotated in two steps, its key never readable by others."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography import x509

from hornbook.cli import main
from hornbook.instance import Instance, InstanceError
from hornbook.node.proxy import authority


def told(root: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["ca", *words, "--data", str(root)]) == 0
    return capsys.readouterr().out


def test_it_is_made_once_and_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = told(tmp_path, capsys, "export")
    assert told(tmp_path, capsys, "export") == first
    told(tmp_path, capsys, "export", "--der", str(tmp_path / "ca.der"))
    assert (tmp_path / "ca.der").read_bytes() == ssl.PEM_cert_to_DER_cert(first)
    assert ((tmp_path / "inspection" / "ca.key").stat().st_mode & 0o777) == 0o600
    assert ((tmp_path / "inspection").stat().st_mode & 0o777) == 0o700
    assert "PRIVATE KEY" not in first


def test_it_rotates_in_two_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = told(tmp_path, capsys, "export")
    assert "It signs nothing yet" in told(tmp_path, capsys, "rotate")
    waits = told(tmp_path, capsys, "export", "--next")
    assert told(tmp_path, capsys, "export") == first != waits
    status = told(tmp_path, capsys, "status")
    assert "In force" in status
    assert "Waits" in status
    told(tmp_path, capsys, "rotate", "--now")
    assert told(tmp_path, capsys, "export") == waits
    assert "Retired" in told(tmp_path, capsys, "status")
    assert len(list((tmp_path / "inspection").glob("*.key"))) == 1
    assert main(["ca", "rotate", "--now", "--data", str(tmp_path)]) == 2


def test_an_interrupted_rotation_is_finished(tmp_path: Path) -> None:
    """The power went out when the key was in its place and the certificate was not."""
    instance = Instance(tmp_path)
    waits = authority.prepare_next(instance)
    folder = tmp_path / "inspection"
    (folder / "next.key").replace(folder / "ca.key")
    found = authority.settle(instance)
    assert found.certificate == waits
    assert not (folder / "next.pem").exists()


def test_a_key_of_another_certificate_is_refused_with_the_remedy(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    authority.settle(instance)
    authority.prepare_next(instance)
    folder = tmp_path / "inspection"
    (folder / "ca.key").write_bytes((folder / "next.key").read_bytes())
    with pytest.raises(InstanceError, match="it belongs to another certificate"):
        authority.settle(instance)


def test_a_leaf_is_for_one_name_and_ends_soon(tmp_path: Path) -> None:
    found = authority.settle(Instance(tmp_path))
    chain, _ = found.leaf("a.example")
    leaf, issuer = x509.load_pem_x509_certificates(chain)
    leaf.verify_directly_issued_by(issuer)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.example"]
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days <= 31
    basics = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basics.critical, basics.value.ca, basics.value.path_length) == (True, True, 0)
