"""Packets as hostile and broken clients send them."""

from __future__ import annotations

import struct

from hypothesis import strategies as st

from hornbook.kernel.names import to_wire

HEADER = struct.Struct("!HHHHHH")
OPT = bytes.fromhex("00 0029 04d0 00 00 0000 0000")
IN_A = b"\0\1\0\1"


def packet(
    name: bytes,
    tail: bytes = IN_A,
    *,
    flags: int = 0x0100,
    counts: tuple[int, int, int, int] = (1, 0, 0, 0),
    rest: bytes = b"",
) -> bytes:
    return HEADER.pack(0x1234, flags, *counts) + name + tail + rest


WWW = to_wire("www.adult.example")
WITH_OPT = (1, 0, 0, 1)
MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "shorter than a header": b"\x12\x34\x01\x00\x00",
    "a header alone": HEADER.pack(1, 0x0100, 1, 0, 0, 0),
    "a reply": packet(WWW, flags=0x8180),
    "no question": packet(b"", b"", counts=(0, 0, 0, 0)),
    "two questions": packet(WWW, rest=WWW + IN_A, counts=(2, 0, 0, 0)),
    "65535 questions": packet(WWW, counts=(65535, 0, 0, 0)),
    "a pointer to itself": packet(b"\xc0\x0c"),
    "a pointer forwards": packet(b"\x03www\xc0\xff"),
    "an extended label": packet(b"\x41www\x00"),
    "a label over the end": packet(b"\x3fwww"),
    "no end of the name": packet(b"\x03www\x05adult", b""),
    "a name of 256 octets": packet(b"\x3f" + b"a" * 63 + (b"\x3f" + b"a" * 63) * 3 + b"\0"),
    "no type": packet(WWW, b""),
    "half a class": packet(WWW, b"\0\1\0"),
    "bytes behind the question": packet(WWW, rest=b"rest"),
    "an answer in a question": packet(WWW, counts=(1, 1, 0, 0), rest=OPT),
    "half an OPT": packet(WWW, counts=WITH_OPT, rest=OPT[:7]),
    "an OPT that says too much": packet(WWW, counts=WITH_OPT, rest=OPT[:-1] + b"\xff"),
    "two OPTs": packet(WWW, counts=(1, 0, 0, 2), rest=OPT + OPT),
    "an OPT with a name": packet(WWW, counts=WITH_OPT, rest=b"\x01a" + OPT),
    "EDNS version 1": packet(WWW, counts=WITH_OPT, rest=OPT[:6] + b"\x01" + OPT[7:]),
    "any": packet(WWW, b"\0\xff\0\1"),
    "a zone transfer": packet(WWW, b"\0\xfc\0\1"),
    "class chaos": packet(to_wire("version.bind"), b"\0\x10\0\3"),
    "an update": packet(WWW, flags=0x2800),
    "a status": packet(WWW, flags=0x1000),
    "large rubbish": bytes(range(256)) * 5,
    "zeros": bytes(512),
}

PLAIN = st.builds(
    lambda labels, qtype, flags, opt, do: packet(
        b"".join(bytes([len(label)]) + label for label in labels) + b"\0",
        struct.pack("!HH", qtype, 1),
        flags=flags,
        counts=WITH_OPT if opt else (1, 0, 0, 0),
        rest=(OPT[:7] + (b"\x80" if do else b"\0") + OPT[8:]) if opt else b"",
    ),
    st.lists(st.binary(min_size=1, max_size=20), max_size=5),
    st.sampled_from([1, 28, 16, 65, 255, 0, 41]),
    st.sampled_from([0x0100, 0x0000, 0x0110, 0x0120]),
    st.booleans(),
    st.booleans(),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good question with some octets changed, cut off or added."""
    found = bytearray(draw(PLAIN))
    for _ in range(draw(st.integers(0, 3))):
        found[draw(st.integers(0, len(found) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, len(found)))
    return draw(st.sampled_from([bytes(found), bytes(found[:cut]), bytes(found) + b"\0" * 3]))
