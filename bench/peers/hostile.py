"""A resolver that answers badly: ``python -m bench.peers.hostile PORT SEED``, until it is ended.

Some answers are good. The others are cut, changed, too large, for another question, with another
id, or do not come. What the node makes of them is what ``bench/fuzz.py`` looks at.
"""

from __future__ import annotations

import random
import socket
import struct
import sys

_HTTPS = bytes.fromhex("0001 00 0001 0003 02 6833 0005 0004 dead beef 0004 0004 c0000207")


def main(port: int, seed: int) -> None:
    chance = random.Random(seed)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(("127.0.0.1", port))
        while True:
            question, sender = sock.recvfrom(4096)
            reply = answer(question, chance)
            if reply:
                sock.sendto(reply, sender)


def answer(question: bytes, chance: random.Random) -> bytes:
    good = bytearray(_good(question, chance))
    kind = chance.random()
    if kind < 0.4:
        return bytes(good)
    if kind < 0.7:
        for _ in range(chance.randint(1, 6)):
            good[chance.randrange(2, len(good))] = chance.randrange(256)
        return bytes(good)
    if kind < 0.8:
        return bytes(good[: chance.randrange(len(good))])
    if kind < 0.85:
        return bytes(good[:12]) + chance.randbytes(chance.randrange(3000))
    if kind < 0.9:
        return chance.randbytes(2) + bytes(good[2:])
    return b"" if kind < 0.95 else bytes(good) + chance.randbytes(1400)


def _good(question: bytes, chance: random.Random) -> bytes:
    """Question with up to thirty records of some type; the OPT of the question is left out."""
    end = 12
    while end < len(question) and question[end]:
        end += question[end] + 1
    end = min(end + 5, len(question))
    records = b"".join(_record(chance) for _ in range(chance.choice((1, 1, 2, 5, 30))))
    count = records.count(b"\xc0\x0c")
    flags = chance.choice((0x8180, 0x8180, 0x8183, 0x8182, 0x8380))
    head = question[:2] + struct.pack("!HHHHH", flags, 1, count, 0, 0)
    return head + question[12:end] + records


def _record(chance: random.Random) -> bytes:
    rtype, data = chance.choice(
        (
            (1, b"\xc0\x00\x02\x07"),
            (28, bytes.fromhex("20010db8000000000000000000000007")),
            (5, b"\x03www\x05adult\x07example\0"),
            (5, b"\xc0\x0b"),
            (65, _HTTPS),
            (64, _HTTPS[:-3]),
            (16, b"\x05hello"),
            (46, bytes(18) + b"\0" + bytes(64)),
        )
    )
    return (
        b"\xc0\x0c"
        + struct.pack("!HHIH", rtype, 1, chance.choice((0, 60, 1 << 31)), len(data))
        + data
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
