"""Somebody outside keeps what we signed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from hornbook.district.ledger.actions import SYSTEM, record
from hornbook.district.ledger.jobs import EVERY, Signing
from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.models import Checkpoint, Leaf
from hornbook.district.ledger.witnesses import (
    WITNESSED,
    BadWitness,
    add_witness,
    end_witness,
    tell_witnesses,
)
from hornbook.district.mail.models import Letter
from hornbook.district.mail.sending import send_waiting
from hornbook.record.notes import Checkpoint as Page
from tests.district.mail.conftest import Postbox, postbox

__all__ = ["postbox"]

pytestmark = pytest.mark.django_db
ADDRESS = "auditor@county.test"


def page_in(body: str) -> str:
    """The signed page, cut out of a letter as a person would."""
    found = re.search(r"-----\n(.*?)-----\n", body.replace("\r\n", "\n"), re.DOTALL)
    assert found
    return found[1]


def test_a_letter_a_day_holds_the_signed_page(chain: list[Leaf]) -> None:
    add_witness(actor=SYSTEM, address=ADDRESS)
    signing, now = Signing(), timezone.now()
    assert signing.sign_if_due(now)
    record(actor=SYSTEM, verb="open", object="one more")
    assert signing.sign_if_due(now + EVERY / 2) is None
    assert signing.sign_if_due(now + EVERY)
    letter = Letter.objects.get()
    assert letter.to == ADDRESS
    assert Page.opened(page_in(letter.body), signer().verifier).size == 6
    assert Checkpoint.objects.count() == 2


def test_the_letters_own_leaf_does_not_make_another_letter(chain: list[Leaf]) -> None:
    add_witness(actor=SYSTEM, address=ADDRESS)
    signing, now = Signing(), timezone.now()
    signing.sign_if_due(now)
    assert Leaf.objects.order_by("-no")[0].verb == WITNESSED
    assert signing.sign_if_due(now + EVERY) is None


def test_nothing_new_signs_nothing() -> None:
    assert Signing().sign_if_due(timezone.now()) is None


def test_who_is_no_witness_any_more_gets_no_letter(chain: list[Leaf]) -> None:
    add_witness(actor=SYSTEM, address=ADDRESS)
    end_witness(actor=SYSTEM, address=ADDRESS)
    made = Signing().sign_if_due(timezone.now() + timedelta(days=1))
    assert made
    assert tell_witnesses(made) == 0
    with pytest.raises(BadWitness):
        end_witness(actor=SYSTEM, address=ADDRESS)
    with pytest.raises(BadWitness, match="no e-mail address"):
        add_witness(actor=SYSTEM, address="county auditor")


def test_the_letter_arrives_and_its_page_still_holds(chain: list[Leaf], postbox: Postbox) -> None:
    add_witness(actor=SYSTEM, address=ADDRESS)
    Signing().sign_if_due(timezone.now())
    send_waiting()
    ((to, message),) = postbox.letters
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    page = Page.opened(page_in(body.decode()), signer().verifier)
    assert (to, page.size) == (ADDRESS, 6)
