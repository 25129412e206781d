#!/usr/bin/env python3
"""Check a Hornbook proof pack offline:  python3 verify.py PACK.zip [SEAL]  (Python 3.9 or newer)"""

import hashlib
import io
import json
import sys
import zipfile
from base64 import b64decode
from pathlib import Path


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def need(holds: object, words: object) -> None:
    if not holds:
        sys.exit(f"DOES NOT HOLD: {words}")


def root_of(index: int, last: int, node: bytes, path: list) -> bytes:  # type: ignore[type-arg]
    for beside in map(b64decode, path):  # RFC 9162, 2.1.3.2
        right = index & 1 or index == last
        node = sha(b"\1" + beside + node) if right else sha(b"\1" + node + beside)
        while right and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    return node if last == 0 else b""


need(len(sys.argv) in (2, 3), __doc__)
data = Path(sys.argv[1]).read_bytes()
seal = sha(data[:-64]).hex()
need(data[-64:] == seal.encode(), "the file was changed")
need(sys.argv[2:] in ([], [seal]), "this is another pack than the one of that seal")
pack = zipfile.ZipFile(io.BytesIO(data))
about = json.loads(pack.read("manifest.json"))
for one in about["files"]:
    need(sha(pack.read(one["name"])).hex() == one["sha256"], f"{one['name']} was changed")
need(len(pack.namelist()) == len(about["files"]) + 1, "a file was added")
note = pack.read("ledger/checkpoint.txt").decode().split("\n")
proofs = json.loads(pack.read("ledger/proofs.json"))
for one in proofs:
    said = json.dumps(one.get("leaf"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need("leaf" not in one or sha(said.encode()).hex() == one["hash"], f"leaf {one['no']} changed")
    leaf = sha(b"\0" + bytes.fromhex(one["hash"]))
    root = root_of(one["no"] - 1, int(note[1]) - 1, leaf, one["path"])
    need(root == b64decode(note[2]), f"leaf {one['no']} is not in the ledger")
print(f"HOLDS: {about['about']}, {len(about['files'])} files, {len(proofs)} proofs, seal {seal}")
