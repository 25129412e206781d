"""The authority for devices: made once, of use only whole, and no authority for pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from hornbook.instance import Instance, InstanceError
from hornbook.node.devices import issuing


def test_it_is_made_once_and_signs_for_clients_only(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    made = issuing.settle(instance)
    assert issuing.settle(instance).certificate == made.certificate
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    one = issuing.issue(made, "LAP-7", ends_at)
    one.certificate.verify_directly_issued_by(made.certificate)
    for certificate in (made.certificate, one.certificate):
        purpose = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(purpose) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert one.certificate.not_valid_after_utc == ends_at
    assert len(one.fingerprint) == 32


def test_what_does_not_fit_together_is_told_with_its_remedy(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    issuing.settle(instance)
    key = tmp_path / "devices" / "ca.key"
    other = issuing.settle(Instance(tmp_path / "other"))
    for body in (b"no key", issuing.Identity(other.certificate, other.key).pem()):
        key.write_bytes(body)
        with pytest.raises(InstanceError, match="Put the right"):
            issuing.settle(instance)
    for name in ("ca.key", "ca.pem"):
        (tmp_path / "devices" / name).unlink()
    assert issuing.settle(instance).certificate == issuing.trusted(instance)[0]
    assert len(issuing.trusted(instance)) == 2


def test_the_list_of_whom_we_believe_is_made_again_where_it_is_lost(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    made = issuing.settle(instance)
    (tmp_path / "devices" / issuing.TRUSTED).unlink()
    assert issuing.settle(instance).certificate == made.certificate
    assert issuing.trusted(instance) == [made.certificate]
