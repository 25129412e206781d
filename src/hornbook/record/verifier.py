#!/usr/bin/env python3
"""Check what a Hornbook ledger proves, with nothing but Python 3.9 or newer. Needs no network.

    python3 verifier.py KEY FILE…

KEY is the ledger's public key (name+hash+base64) or a file that holds it. FILE is a proof of one
leaf, a proof that an older checkpoint is a beginning of a newer one, or the folder of an export.
Formats: C2SP signed-note and tlog-proof. Trees: RFC 9162, 2.1. Signatures: RFC 8032, 5.1.
"""

from __future__ import annotations

import hashlib
import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def require(holds: object, words: str) -> None:
    if not holds:
        raise ValueError(words)


def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x, y = a[0] * b[1] + b[0] * a[1], a[1] * b[1] + a[0] * b[0]
    return x * pow(1 + t, -1, P) % P, y * pow(1 - t, -1, P) % P


def times(n: int, point: tuple[int, int]) -> tuple[int, int]:
    total = (0, 1)
    while n:
        total, point, n = (add(total, point) if n & 1 else total), add(point, point), n >> 1
    return total


def point_of(raw: bytes) -> tuple[int, int]:
    number = int.from_bytes(raw, "little")
    y, odd = number % 2**255, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    require(y < P and x * x % P == square and (x or not odd), "a key or signature is no point")
    return (x if x % 2 == odd else P - x), y


def signed(public: bytes, text: bytes, signature: bytes) -> bool:
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(r + public + text).digest(), "little") % Q
    base = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    right = add(point_of(r), times(k, point_of(public)))
    return len(signature) == 64 and s < Q and times(s, base) == right


def checkpoint(note: str, key: str) -> tuple[int, bytes]:
    """The size and the root of a checkpoint that the key signed."""
    name, _, encoded = key.split("+", 2)
    raw, (text, _, below) = b64decode(encoded), note.rpartition("\n\n")
    key_id = sha(name.encode(), b"\n", raw)[:4]
    lines = [line.split(" ") for line in below.splitlines()]
    found = [b64decode(line[2]) for line in lines if line[:2] == ["—", name]]
    mine = [one[4:] for one in found if one[:4] == key_id]
    require(mine, "it is signed by another key")
    require(signed(raw[1:], f"{text}\n".encode(), mine[0]), "the checkpoint was changed")
    return int(text.split("\n")[1]), b64decode(text.split("\n")[2])


def climb(index: int, last: int, first: bytes, path: list[bytes]) -> tuple[bytes, bytes]:
    """The roots of the older and of the newer tree to which the path leads."""
    old = new = first
    for beside in path:
        require(last > 0, "the path is too long")
        if index & 1 or index == last:
            old, new = sha(b"\1", beside, old), sha(b"\1", beside, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = sha(b"\1", new, beside)
        index, last = index >> 1, last >> 1
    require(last == 0, "the path is too short")
    return old, new


def check_leaf(told: dict[str, Any], key: str) -> str:
    head, _, note = told["proof"].partition("\n\n")
    _, index, *path = (line for line in head.split("\n") if not line.startswith("extra "))
    leaf, at, (size, root) = told["leaf"], int(index.split(" ")[1]), checkpoint(note, key)
    body = json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    require(0 <= at < size and leaf["no"] == at + 1, "the proof is for another leaf")
    found = climb(at, size - 1, sha(b"\0", sha(body.encode())), [b64decode(one) for one in path])
    require(found[1] == root, "this leaf is not in the ledger")
    words = " ".join(str(leaf[name]) for name in ("at", "actor", "verb", "object"))
    return f"leaf {leaf['no']} of {size} is in the ledger: {words}"


def check_growth(told: dict[str, Any], key: str) -> str:
    (old, before), (size, root) = checkpoint(told["old"], key), checkpoint(told["new"], key)
    path, index, last = [b64decode(one) for one in told["path"]], old - 1, size - 1
    path = path if old & (old - 1) and old < size else [before, *path]
    require(0 < old <= size and path, "the older checkpoint is no beginning of the newer one")
    while index & 1 or index == last > 0:
        index, last = index >> 1, last >> 1
    require(climb(index, last, path[0], path[1:]) == (before, root), "the past was changed")
    return f"the ledger of {old} leaves is the beginning of that of {size}"


def check(path: Path, key: str) -> str:
    if path.is_file():
        told = json.loads(path.read_text("utf-8"))
        return (check_leaf if "leaf" in told else check_growth)(told, key)
    proof, manifest = json.loads((path / "proof.json").read_bytes()), path / "manifest.json"
    said, digest = check_leaf(proof, key), proof["leaf"]["detail"]["manifest"]
    require(sha(manifest.read_bytes()).hex() == digest, "manifest.json was changed")
    for one in json.loads(manifest.read_bytes())["files"]:
        found = sha((path / one["name"]).read_bytes()).hex()
        require(found == one["sha256"], f"{one['name']} was changed")
    return f"every file is as it was exported; {said}"


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    given = Path(sys.argv[1])
    verifier_key = given.read_text("utf-8").strip() if given.is_file() else sys.argv[1]
    for name in sys.argv[2:]:
        try:
            print(f"{name}: holds: {check(Path(name), verifier_key)}")
        except (ValueError, LookupError, OSError, TypeError) as error:
            sys.exit(f"{name}: DOES NOT HOLD: {error}")
