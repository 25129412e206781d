"""What a leaf is, to the octet: its canonical text, its hash, and how many are written at once."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from typing import Any

from hornbook.district.ledger.models import Leaf

GENESIS = "0" * 64
_PLAIN = frozenset({str, int, bool, type(None)})
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(leaf: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, no spaces, UTF-8 (RFC 8785 in spirit)."""
    return _encode(leaf).encode()


def settle(value: Any) -> Any:
    """``value`` in the JSON types that PostgreSQL gives back exactly as it got them.

    jsonb keeps numbers as decimals: 1e22 would come back as a whole number and -0.0 as 0.0, so
    whole floats become integers first. Raises TypeError for anything that JSON has no type for,
    ValueError for a number that is not finite.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:  # asking for a Mapping in general takes longer than all the rest
        return {
            str(key): item if type(item) in _PLAIN else settle(item) for key, item in value.items()
        }
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a leaf cannot hold {value}")
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(key): settle(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [settle(item) for item in value]
    raise TypeError(f"a leaf holds JSON only, not {type(value).__name__}: {value!r}")


def leaf_hash(leaf: Leaf) -> str:
    """The SHA-256 of the canonical leaf, in hexadecimal."""
    return hashlib.sha256(canonical(leaf_body(leaf))).hexdigest()


def leaf_body(leaf: Leaf) -> dict[str, Any]:
    """Everything of a leaf but its own hash, in canonical types; ``at`` in UTC microseconds."""
    return {
        "no": leaf.no,
        "at": moment(leaf.at),
        "actor": leaf.actor,
        "verb": leaf.verb,
        "object": leaf.object,
        "clause_texts": leaf.clause_texts,
        "detail": leaf.detail,
        "prev": leaf.prev,
    }


def moment(at: datetime) -> str:
    """A time as leaves hold it: ISO 8601, UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Writer:
    """Makes leaves one behind the other, for one actor at one time, as rows of a COPY.

    The canonical text is put together from its encoded parts, which is several times as fast as
    encoding every leaf as a whole, and the same octets (a test holds both side by side).
    """

    def __init__(self, last: Leaf | None, actor: str, at: datetime) -> None:
        self.no, self.head = (last.no, last.hash) if last else (0, GENESIS)
        self._start = f'{{"actor":{quoted(actor)},"at":{quoted(moment(at))},"clause_texts":'
        self._row = f"{moment(at)}\t{_copied(actor)}"

    def row(
        self, verb: str, object: str, clause_texts: Iterable[str], detail: Mapping[str, Any]
    ) -> str:
        """The next leaf, a line of PostgreSQL's text format; ``detail`` is settled already."""
        texts = _encode(sorted(clause_texts)) if clause_texts else "[]"
        told = _encode_settled(detail)
        self.no += 1
        body = (
            f'{self._start}{texts},"detail":{told},"no":{self.no},"object":{quoted(object)},'
            f'"prev":"{self.head}","verb":{quoted(verb)}}}'
        )
        prev, self.head = self.head, hashlib.sha256(body.encode()).hexdigest()
        words = f"{_copied(verb)}\t{_copied(object)}\t{_copied(texts)}\t{_copied(told)}"
        return f"{self.no}\t{self._row}\t{words}\t{prev}\t{self.head}\n"


def _settled_encoder() -> Callable[[Any], str]:
    """``_encode`` for values that ``settle`` made: it need not look for circles.

    The standard library makes a new C encoder at every call, which for a small leaf costs more
    than the encoding; this one is made once.
    """
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _encode
    encoder = make(None, None, quoted, None, ":", ",", True, False, False)
    return lambda value: "".join(encoder(value, 0))


_encode_settled = _settled_encoder()


def _copied(text: str) -> str:
    """As COPY reads it back: backslashes and line breaks escaped."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text
