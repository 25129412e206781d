"""The two readings of a packet, the compiled one and the strict one, agree on every packet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hornbook.kernel.names import to_wire
from hornbook.node.dns import reading, wire
from hornbook.node.dns.columns import ROW, Columns
from tests.node.dns.packets import IN_A, MALFORMED, OPT, PLAIN, WITH_OPT, WWW, mutated, packet

LARGEST = 400


def agree(*packets: bytes) -> list[bool]:
    """Whether each packet is plain; fail where the two readings differ on it."""
    columns = Columns(64)
    columns.data[:] = 0x55  # left-overs of other packets
    for row, found in enumerate(packets):
        columns.put(row, found)
    return [is_plain(columns, row) for row in range(len(packets))]


def is_plain(columns: Columns, row: int) -> bool:
    packet, begin, starts = columns.packet(row), row * ROW, np.zeros(128, np.int64)
    plain = reading.question(columns.octets, columns.words, begin, len(packet), starts)
    if plain.labels == reading.ODD:
        return False
    query = wire.read_query(packet)
    assert not query.cookie
    assert packet[12 : plain.end - begin - 4] == query.name
    assert plain.end - begin == query.end + 4
    assert (plain.qtype, plain.limit) == (query.qtype, query.limit)
    assert plain.kind == {1: 0, 28: 1}.get(query.qtype, 2)
    assert plain.state == int(query.edns) + int(query.do)
    labels = [query.name[start - begin - 12] for start in starts[: plain.labels].tolist()]
    assert sum(labels) + len(labels) + 1 == len(query.name)
    return True


def test_usual_questions_are_plain() -> None:
    deep = to_wire(".".join("0123456789abcdef" * 2) + ".ip6.arpa")
    padded = OPT[:-1] + b"\x0c" + bytes.fromhex("000c0008 0011223344556677")
    usual = [
        packet(WWW),
        packet(WWW, counts=WITH_OPT, rest=OPT),
        packet(WWW, counts=WITH_OPT, rest=padded),
        packet(WWW.upper().replace(b"\x03", b"\x03"), b"\0\x41\0\1", flags=0x0130),
        packet(deep, b"\0\x0c\0\1"),
        packet(b"\0", b"\0\2\0\1"),
    ]
    assert agree(*usual) == [True] * len(usual)


def test_cookies_and_several_options_are_read_one_by_one() -> None:
    cookie, padding = bytes.fromhex("000a0008 0011223344556677"), bytes.fromhex("000c0000")
    options = (cookie, padding + cookie, padding + padding)
    rests = [OPT[:-1] + bytes([len(one)]) + one for one in options]
    assert agree(*(packet(WWW, counts=WITH_OPT, rest=rest) for rest in rests)) == [False] * 3


@pytest.mark.parametrize("name", MALFORMED)
def test_nothing_malformed_is_plain(name: str) -> None:
    assert agree(MALFORMED[name]) == [False]


@given(st.lists(st.one_of(PLAIN, mutated()), min_size=1, max_size=20))
@example([packet(b"\x3f" + b"a" * 63 + b"\0"), b"", packet(WWW)])
def test_whatever_comes_the_two_readings_agree(packets: list[bytes]) -> None:
    agree(*packets)


@given(st.one_of(mutated(), st.binary(max_size=LARGEST)))
def test_a_refusal_is_never_larger_than_its_packet(found: bytes) -> None:
    reply = refusal_of(found)
    assert len(reply) <= len(found)
    assert not reply or reply[:2] == found[:2]


def refusal_of(found: bytes) -> bytes:
    """What refuses a packet; empty when nothing does, or nothing is sent."""
    try:
        wire.read_query(found)
    except wire.Refusal as refusal:
        return refusal.reply
    return b""


REFUSALS = {
    "a header alone": wire.FORMERR,
    "two questions": wire.FORMERR,
    "a pointer to itself": wire.FORMERR,
    "two OPTs": wire.FORMERR,
    "any": wire.REFUSED,
    "a zone transfer": wire.REFUSED,
    "class chaos": wire.REFUSED,
    "an update": wire.NOTIMP,
    "a status": wire.NOTIMP,
}


@pytest.mark.parametrize(("name", "rcode"), REFUSALS.items())
def test_each_refusal_has_its_code(name: str, rcode: int) -> None:
    with pytest.raises(wire.Refusal) as caught:
        wire.read_query(MALFORMED[name])
    assert caught.value.reply[3] & 15 == rcode


def test_an_unknown_version_of_edns_is_badvers() -> None:
    with pytest.raises(wire.Refusal) as caught:
        wire.read_query(MALFORMED["EDNS version 1"])
    reply = caught.value.reply
    assert reply[3] & 15 == 0
    assert reply[-6] == 1  # the extended part of 16, RFC 6891 6.1.3


@pytest.mark.parametrize("name", ["empty", "shorter than a header", "a reply"])
def test_some_packets_deserve_no_answer(name: str) -> None:
    with pytest.raises(wire.Refusal) as caught:
        wire.read_query(MALFORMED[name])
    assert caught.value.reply == b""


@pytest.mark.parametrize(
    ("size", "limit"), [(0, 512), (512, 512), (1000, 1000), (1232, 1232), (65535, 1232)]
)
def test_the_size_of_a_reply_is_clamped(size: int, limit: int) -> None:
    opt = OPT[:3] + size.to_bytes(2, "big") + OPT[5:]
    assert wire.read_query(packet(WWW, IN_A, counts=WITH_OPT, rest=opt)).limit == limit
