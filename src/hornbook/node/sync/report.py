"""How a node is, in a few plain facts: told to the console, and checked there field by field."""

from __future__ import annotations

import re
import time
from typing import Any

from hornbook import __version__
from hornbook.instance import Instance

MAX_REPORT = 16 * 1024  # octets
MAX_TEXT = 500  # characters of one field
FRESH_SECONDS = 10.0
_FOREIGN = re.compile("[\0\ud800-\udfff]")  # what a database cannot keep

# Name: the JSON type that it must have.
FIELDS: dict[str, type] = {
    "version": str,
    "name": str,
    "site": str,
    "ready": bool,
    "catalogue": str,
    "rulebook": str,
    "seating": str,
    "published_at": float,
    "answered": int,
    "blocked": int,
    "recorded": int,
    "record_lost": int,
    "problem": str,
}
_PARTS = ("catalogue", "rulebook", "seating")
_COUNTS = ("answered", "blocked", "recorded", "record_lost")


def make_report(instance: Instance, published_at: float | None, problem: str) -> dict[str, Any]:
    """What the node's own heartbeats say; the parts are those that the DNS server judges by."""
    settings = instance.settings()
    beats = {part: _fresh(instance, part) for part in ("dns", "notice")}
    silent = [f"{part} is silent" for part, beat in beats.items() if not beat]
    problems = [problem, *silent, *(str(beat.get("problem") or "") for beat in beats.values())]
    dns = beats["dns"]
    return read_report(
        {
            "version": __version__,
            "name": settings.node,
            "site": settings.site,
            "ready": all(beat.get("ready") for beat in beats.values()),
            "published_at": published_at,
            "problem": "; ".join(filter(None, problems))[:MAX_TEXT],
            **{field: (dns.get("parts") or {}).get(field) for field in _PARTS},
            **{field: dns.get(field) for field in _COUNTS},
        }
    )


def read_report(raw: Any) -> dict[str, Any]:
    """The fields of ``raw`` that are known and of the right type; everything else is dropped."""
    if not isinstance(raw, dict):
        return {}
    return {field: raw[field] for field, kind in FIELDS.items() if _fits(raw.get(field), kind)}


def _fits(value: Any, kind: type) -> bool:
    if kind is str:
        return isinstance(value, str) and len(value) <= MAX_TEXT and not _FOREIGN.search(value)
    if kind is bool or isinstance(value, bool):
        return type(value) is kind
    number = int | float if kind is float else int
    return isinstance(value, number) and 0 <= value < 2**53


def _fresh(instance: Instance, part: str) -> dict[str, Any]:
    beat = instance.heartbeat(part) or {}
    return beat if time.time() - beat.get("at", 0.0) < FRESH_SECONDS else {}
