"""Sealed things open with their key alone, and a new key changes nothing that was told."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.conduct.actions.reports import open_report
from hornbook.district.conduct.models import Envelope
from hornbook.district.conduct.rotating import rewrap, rotate
from hornbook.district.conduct.sealing import (
    VARIABLE,
    CannotOpen,
    Ring,
    new_envelope,
    new_line,
    seal,
    unseal,
)
from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.people.models import Person
from hornbook.instance import Instance, InstanceError
from tests.district.conduct.conftest import ANSWERS, Sent

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_what_is_sealed_opens_only_where_it_belongs(plain: bytes, here: str, there: str) -> None:
    sealed = seal(KEY, plain, here)
    assert unseal(KEY, sealed, here) == plain
    if here != there:
        with pytest.raises(CannotOpen):
            unseal(KEY, sealed, there)


@given(st.binary(min_size=1, max_size=60), st.integers(0, 10_000))
def test_one_changed_octet_is_noticed(plain: bytes, at: int) -> None:
    sealed = bytearray(seal(KEY, plain, "x"))
    sealed[at % len(sealed)] ^= 1
    with pytest.raises(CannotOpen):
        unseal(KEY, bytes(sealed), "x")


@pytest.mark.parametrize("text", ["", "a", "a:b", "a:" + "A" * 40, ":" + "A" * 44])
def test_a_bad_key_is_named_by_its_place(text: str) -> None:
    with pytest.raises(InstanceError, match="here"):
        Ring.read(text, "here")


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    assert Ring.of(instance) == Ring.of(instance)
    assert stat.S_IMODE((tmp_path / "secrets" / "reports.keys").stat().st_mode) == 0o600


@pytest.mark.django_db
def test_the_environment_may_hold_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = new_line(), new_line()
    monkeypatch.setenv(VARIABLE, old)
    envelope, data_key = new_envelope(Ring.of(Instance(tmp_path)))
    monkeypatch.setenv(VARIABLE, f"{old} {new}")
    assert rewrap(Ring.of(Instance(tmp_path)), actor=SYSTEM) == 1
    monkeypatch.setenv(VARIABLE, new)
    envelope.refresh_from_db()
    assert Ring.of(Instance(tmp_path)).unwrap(envelope) == data_key


@pytest.mark.django_db
def test_after_a_rotation_the_new_key_opens_and_the_old_one_does_not(
    send: Callable[..., Sent], principal: Person
) -> None:
    sent = send()
    before = Ring.of(settings.INSTANCE)
    done = rotate(settings.INSTANCE, actor=SYSTEM)
    assert (done.before, done.envelopes) == (before.current, Envelope.objects.count())
    sent.report.envelope.refresh_from_db()
    with pytest.raises(CannotOpen, match="not here"):
        before.unwrap(sent.report.envelope)
    assert open_report(sent.report, actor=principal).what == ANSWERS["what"]


@pytest.mark.django_db
def test_a_missing_key_is_named_and_nothing_changes(
    send: Callable[..., Sent], tmp_path: Path
) -> None:
    sent = send()
    with pytest.raises(CannotOpen, match=sent.report.envelope.key_id):
        rewrap(Ring.of(Instance(tmp_path)), actor=SYSTEM)
    assert Envelope.objects.get(pk=sent.report.envelope_id).key_id == sent.report.envelope.key_id
