"""Make rows of the record for tests: sensible values, any column overridden."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from hornbook.record.schema import ACTIVITY, as_activity

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)

USUAL: dict[str, Any] = {
    "node": "node-1",
    "site": "maple",
    "person": "7b0e8d1e-0000-4000-8000-000000000001",
    "profile": "elementary",
    "client": "127.0.0.1",
    "proto": "udp",
    "name": "www.example.org",
    "qtype": 1,
    "action": "allow",
    "rule": "",
    "clause": "",
    "basis": "",
    "category": "",
    "set_id": 0,
    "slot": 0,
    "catalogue": "a" * 64,
    "rulebook": "b" * 64,
    "seating": "c" * 64,
    "unseen": -1.0,
    "scorer": "",
    "path": "",
    "note": "",
}
BLOCKED: dict[str, Any] = {
    "action": "block",
    "rule": "adult",
    "clause": "PRO-1@2",
    "basis": "cipa-minor",
    "category": "adult",
    "name": "bad.example",
}


def rows(count: int = 1, *, at: datetime = NOON, **columns: Any) -> pa.RecordBatch:
    """``count`` rows, one a second from ``at`` on; ``columns`` override the usual values."""
    values = USUAL | columns
    moments = [at + timedelta(seconds=number) for number in range(count)]
    arrays = {"at": moments} | {name: [value] * count for name, value in values.items()}
    plain = [
        pa.array(arrays[field.name], field.type.value_type)
        if pa.types.is_dictionary(field.type)
        else pa.array(arrays[field.name], field.type)
        for field in ACTIVITY
    ]
    return as_activity(pa.RecordBatch.from_arrays(plain, names=ACTIVITY.names))
