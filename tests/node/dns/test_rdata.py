"""The data of a record has the shape of its type, or the answer is not kept."""

from __future__ import annotations

import struct

import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.node.dns import wire
from hornbook.node.dns.rdata import REST, SHAPES, check

GOOD = [
    ("A", "192.0.2.1"),
    ("NS", "ns.example."),
    ("CNAME", "www.example."),
    ("SOA", "ns.example. root.example. 1 7200 900 1209600 300"),
    ("PTR", "host.example."),
    ("HINFO", '"PC" "LINUX"'),
    ("MX", "10 mail.example."),
    ("TXT", '"v=spf1 -all" "more"'),
    ("RP", "person.example. text.example."),
    ("AFSDB", "1 db.example."),
    ("AAAA", "2001:db8::1"),
    ("SRV", "1 2 443 host.example."),
    ("NAPTR", '100 50 "s" "z3950" "" example.'),
    ("KX", "10 kx.example."),
    ("DNAME", "other.example."),
    ("DS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"),
    ("SSHFP", "2 1 123456789ABCDEF67890123456789ABCDEF67890"),
    ("RRSIG", "A 5 3 86400 20300101000000 20260101000000 2642 example. AAAA"),
    ("NSEC", "host.example. A MX RRSIG NSEC TYPE1234"),
    ("DNSKEY", "256 3 5 AQPSKmynfzW4"),
    ("TLSA", "0 0 1 D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971"),
    ("SMIMEA", "0 0 1 D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971"),
    ("NSEC3", "1 0 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG"),
    ("NSEC3PARAM", "1 0 12 aabbccdd"),
    ("CDS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"),
    ("CDNSKEY", "256 3 5 AQPSKmynfzW4"),
    ("OPENPGPKEY", "AQPSKmynfzW4"),
    ("NID", "10 0014:4fff:ff20:ee64"),
    ("L32", "10 10.1.2.0"),
    ("L64", "10 2001:0db8:1140:1000"),
    ("LP", "10 l64.example."),
    ("EUI48", "00-00-5e-00-53-2a"),
    ("EUI64", "00-00-5e-ef-10-00-00-2a"),
    ("URI", '10 1 "https://www.example/"'),
    ("SPF", '"v=spf1 -all"'),
    ("CAA", '0 issue "ca.example"'),
]
#: dnspython looks deeper into these: at lengths of digests and the letters of a tag.
_DEEPER = ("DS", "CDS", "CAA", "SSHFP", "TLSA", "SMIMEA")
DEEPER = set(map(dns.rdatatype.from_text, _DEEPER))


def message(kind: int, data: bytes) -> tuple[bytes, int]:
    """A reply with that one answer to a question for example., and where its data begins."""
    head = wire.HEADER.pack(1, 0x8180, 1, 1, 0, 0) + b"\x07example\0" + struct.pack("!HH", kind, 1)
    record = b"\xc0\x0c" + wire.RECORD.pack(kind, 1, 60, len(data))
    return head + record + data, len(head) + len(record)


def is_kept(kind: int, data: bytes) -> bool:
    whole, at = message(kind, data)
    try:
        check(whole, kind, at, len(whole))
    except wire.BadMessage:
        return False
    return True


@pytest.mark.parametrize(("kind", "text"), GOOD, ids=[kind for kind, _ in GOOD])
def test_what_is_true_to_its_type_is_kept(kind: str, text: str) -> None:
    rtype = dns.rdatatype.from_text(kind)
    data = dns.rdata.from_text(dns.rdataclass.IN, rtype, text).to_wire()
    assert data is not None
    assert is_kept(rtype, data)
    assert SHAPES[rtype] == (REST,) or not is_kept(rtype, data[:1])
    assert not is_kept(rtype, b"")


def test_every_shape_has_a_true_example() -> None:
    assert {dns.rdatatype.from_text(kind) for kind, _ in GOOD} == set(SHAPES)


PIECES = st.sampled_from([b"\xc0\x0c", b"\0", b"\x01a", b"\x04four", bytes(18), b"\xff"])
DATA = st.one_of(st.binary(max_size=40), st.lists(PIECES, max_size=5).map(b"".join))


@given(st.sampled_from(sorted(set(SHAPES) - DEEPER)), DATA)
def test_what_is_kept_can_be_read_by_others(kind: int, data: bytes) -> None:
    if is_kept(kind, data):
        dns.message.from_wire(message(kind, data)[0])


def test_two_that_a_fuzzer_found() -> None:
    """A text longer than its record, and a signature by nobody."""
    assert not is_kept(16, b"%hello")
    assert not is_kept(46, bytes(18) + b"\x8b\0a" + bytes(62))


def test_of_an_unknown_type_anything_is_kept() -> None:
    assert is_kept(65280, b"\xff\xc0")
