"""A record with a few rows of the fixed cast, written a few minutes ago."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from hornbook.district.activity.reading import lake_at
from hornbook.instance import Instance
from hornbook.record.segments import SegmentWriter
from tests.record.rows import BLOCKED, rows

Write = Callable[..., None]


@pytest.fixture
def instance(settings: Settings, tmp_path: Path) -> Instance:
    settings.INSTANCE = Instance(tmp_path)
    lake_at.cache_clear()
    return Instance(tmp_path)


@pytest.fixture
def write(instance: Instance) -> Write:
    """Seal one segment: ``write(3, minutes_ago=5, blocked=True, person=…, site=…)``."""

    def seal(
        number: int = 1, *, minutes_ago: float = 5, blocked: bool = False, **columns: Any
    ) -> None:
        at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        told = (BLOCKED | {"clause": "FILTER-1@1"} if blocked else {}) | columns
        told = {key: str(value) if key == "person" else value for key, value in told.items()}
        writer = SegmentWriter(instance.record, "node-1")
        writer.append(rows(number, at=at, **told))
        writer.close()

    return seal
