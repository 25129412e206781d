"""A record with old and new rows of the fixed cast, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from hornbook.district.activity.reading import lake_at
from hornbook.district.people.models import Person, Role
from hornbook.instance import Instance
from hornbook.record.compaction import compactor
from hornbook.record.segments import SegmentWriter
from tests.district.conftest import MakePerson, Sites
from tests.record.rows import BLOCKED, rows

Write = Callable[..., None]


@pytest.fixture
def instance(settings: Settings, tmp_path: Path) -> Instance:
    settings.INSTANCE = Instance(tmp_path)
    lake_at.cache_clear()
    return Instance(tmp_path)


@pytest.fixture
def write(instance: Instance) -> Write:
    """Seal rows: ``write(3, days_ago=400, person=…, site=…, blocked=True)``; compact them."""

    def seal(number: int = 1, *, days_ago: float = 0, blocked: bool = False, **told: Any) -> None:
        at = datetime.now(UTC) - timedelta(days=days_ago, minutes=5)
        words = (BLOCKED | {"clause": "FILTER-1@1"} if blocked else {}) | told
        words = {key: str(value) if key == "person" else value for key, value in words.items()}
        writer = SegmentWriter(instance.record, "node-1")
        writer.append(rows(number, at=at, **words))
        writer.close()
        with compactor(instance.record) as lake:
            lake.compact(datetime.now(UTC) - timedelta(days=1))

    return seal


@pytest.fixture
def custodian(make_person: MakePerson, sites: Sites) -> Person:
    return make_person("Cora Keeper", Role.CUSTODIAN, sites.central)
