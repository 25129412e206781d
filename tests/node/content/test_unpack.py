"""Bodies are unpacked up to a bound, and what cannot be unpacked says so."""

from __future__ import annotations

import gzip
import zlib

import pytest

from hornbook.node.content.unpack import Packed, unpacked

TEXT = b"the river runs to the sea " * 40


def raw(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "GZIP"),
        (zlib.compress(TEXT), "deflate"),
        (raw(TEXT), "deflate"),
    ],
    ids=["plain", "identity", "gzip", "zlib", "raw"],  # gzip's octets tell the time
)
def test_what_is_usual_is_unpacked(body: bytes, encoding: str) -> None:
    assert unpacked(body, encoding) == (TEXT, True)


def test_a_bomb_goes_off_no_further_than_the_bound() -> None:
    bomb = gzip.compress(bytes(50_000_000), 9)
    assert len(bomb) < 60_000
    found, whole = unpacked(bomb, "gzip", 100_000)
    assert (len(found), whole) == (100_000, False)
    assert unpacked(TEXT, "", 10) == (TEXT[:10], False)


def test_a_body_cut_short_gives_what_there_is() -> None:
    found, _ = unpacked(gzip.compress(TEXT)[:-12], "gzip")
    assert TEXT.startswith(found)


@pytest.mark.parametrize(
    ("body", "encoding", "why"),
    [
        (TEXT, "br", "packed with br"),
        (TEXT, "gzip, gzip", "packed with gzip, gzip"),
        (TEXT, "gzip", "broken"),
        (TEXT, "deflate", "broken"),
    ],
)
def test_what_cannot_be_unpacked_says_why(body: bytes, encoding: str, why: str) -> None:
    with pytest.raises(Packed, match=why):
        unpacked(body, encoding)
