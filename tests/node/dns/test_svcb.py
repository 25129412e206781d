"""HTTPS records lose what leads past the filter; dnspython and RFC 9460's vectors are the judge."""

from __future__ import annotations

import dns.rdata
import dns.rdtypes.IN.HTTPS
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.node.dns import svcb
from hornbook.node.dns.incoming import is_private
from hornbook.node.dns.wire import BadMessage


def cut(text: str, *, quic_closed: bool = True) -> str | None:
    """The record's parameters before and after, in presentation form; the target is the root."""
    before = dns.rdata.from_text("IN", "HTTPS", f"1 . {text}").to_wire()
    assert before is not None
    after = svcb.cut(before[3:], quic_closed=quic_closed, is_private=is_private)
    if after is None:
        return None
    found = before[:3] + after
    return dns.rdata.from_wire("IN", "HTTPS", found, 0, len(found)).to_text()[len("1 .") :].strip()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('alpn="h2" ipv4hint="192.0.2.1"', 'alpn="h2" ipv4hint="192.0.2.1"'),
        ('alpn="h3,h2" port="8443" ech="AAT+DQAA"', 'alpn="h2" port="8443"'),
        ('alpn="h3,h3-29,h2"', 'alpn="h2"'),
        ('alpn="h3"', ""),
        ('alpn="h3" no-default-alpn', None),
        ('mandatory="alpn,ech" alpn="h2" ech="AAT+DQAA"', 'mandatory="alpn" alpn="h2"'),
        ('mandatory="alpn" alpn="h3"', ""),
        ('ipv4hint="192.0.2.1,10.0.0.1" ipv6hint="fd00::1"', ""),
        # RFC 9460, appendix D.2
        ('port="53"', 'port="53"'),
        ('key667="hello"', 'key667="hello"'),
        ('ipv6hint="2001:db8::1,2001:db8::53:1"', 'ipv6hint="2001:db8::1,2001:db8::53:1"'),
        (
            'alpn="h2,h3-19" mandatory="ipv4hint,alpn" ipv4hint="192.0.2.1"',
            'mandatory="alpn,ipv4hint" alpn="h2" ipv4hint="192.0.2.1"',
        ),
    ],
)
def test_what_is_left(before: str, after: str | None) -> None:
    assert cut(before) == after


def test_where_quic_is_open_h3_stays() -> None:
    assert cut('alpn="h3,h2" ech="AAT+DQAA"', quic_closed=False) == 'alpn="h3,h2"'


@pytest.mark.parametrize(
    "params",
    [
        "0001",
        "000100",
        "00010003036832",
        "00040003c00002",
        "000300020035000300020035",  # a key twice: RFC 9460, appendix D.3
        "000300020035000100030268",
        "0001000100",
        "00000001ff",
    ],
)
def test_what_breaks_the_rules_is_refused(params: str) -> None:
    with pytest.raises(BadMessage):
        svcb.cut(bytes.fromhex(params), quic_closed=True, is_private=is_private)


@given(st.binary(max_size=80))
def test_any_octets_are_cut_or_refused(params: bytes) -> None:
    try:
        found = svcb.cut(params, quic_closed=True, is_private=is_private)
    except BadMessage:
        return
    assert found is None or (len(found) <= len(params) and svcb.ECH not in svcb.read(found))
