"""What follows the question in a reply to a blocked name."""

from __future__ import annotations

import pytest

from hornbook.kernel.rulebook import Verdict
from hornbook.node.dns import wire
from hornbook.node.dns.tails import KINDS, PER_VERDICT, STATES, Notice, Tails, make_tail

NOTICE = Notice("192.0.2.80", "2001:db8::80", "http://192.0.2.80:8080/")
BLOCK = Verdict("block", "no-adult", "PRO-1@1", "cipa", answer="notice", ede=15)


@pytest.mark.parametrize("url", [NOTICE.url, "http://" + "x" * 500])
def test_no_reply_to_a_blocked_name_is_ever_truncated(url: str) -> None:
    for kind in range(KINDS):
        for state in range(STATES):
            body = make_tail(BLOCK, kind, state, Notice("192.0.2.80", "2001:db8::80", url), 60).body
            assert 12 + 255 + 4 + len(body) <= wire.SMALLEST_UDP


def test_without_an_address_of_a_family_there_is_no_data() -> None:
    tail = make_tail(BLOCK, 1, 0, Notice("192.0.2.80", "", NOTICE.url), 60)
    assert (tail.rcode, tail.answers, tail.authorities) == (wire.NOERROR, 0, 1)


def test_the_ttl_is_the_smaller_of_rule_and_limit() -> None:
    patient = Verdict("block", clause="PRO-1@1", answer="notice", ttl=300)
    for limit, ttl in ((15, 15), (3600, 300)):
        assert Tails([patient], NOTICE, limit).tail(0, 0, 0).body[6:10] == ttl.to_bytes(4, "big")


def test_columns_and_single_tails_say_the_same() -> None:
    tails = Tails([Verdict("allow"), BLOCK], NOTICE, 60)
    assert len(tails.columns.length) == 2 * PER_VERDICT
    for place in range(PER_VERDICT):
        kind, state = divmod(place, STATES)
        assert tails.columns.length[PER_VERDICT + place] == len(tails.tail(1, kind, state).body)
