"""Is it up? Read from the heartbeats in the data folder; nothing secret is told."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from hornbook.instance import Instance

FRESH_SECONDS = 10.0


@dataclass(frozen=True)
class Health:
    """One part in plain words. ``state`` is up, late or down; ``at`` its last sign of life."""

    part: str
    name: str
    purpose: str
    state: str
    at: datetime | None

    @property
    def words(self) -> str:
        return {"up": "Up", "late": "Not ready", "down": "Down"}[self.state]


_BEATING = (
    ("dns", "Filter", "Answers every question for a name, and keeps the record."),
    ("notice", "Notice page", "Tells people why a page is blocked, and takes their requests."),
    ("worker", "Helper", "Fetches requests, publishes changes, does the regular jobs."),
)


def health(instance: Instance, now: float | None = None) -> list[Health]:
    """The state of every part, the most important first."""
    now = time.time() if now is None else now
    beating = [_beating(instance, now, *part) for part in _BEATING]
    moment = datetime.fromtimestamp(now, UTC)
    here = Health(
        "console", "This site", "Shows the policy, the rules and the record.", "up", moment
    )
    state, at = ("up", moment) if database_answers() else ("down", None)
    stored = Health("postgres", "Database", "Keeps people, policy and rules.", state, at)
    return [*beating, here, stored]


def _beating(instance: Instance, now: float, part: str, name: str, purpose: str) -> Health:
    beat = instance.heartbeat(part)
    if beat is None:
        return Health(part, name, purpose, "down", None)
    fresh = now - beat["at"] < FRESH_SECONDS
    state = "down" if not fresh else "up" if beat.get("ready") else "late"
    return Health(part, name, purpose, state, datetime.fromtimestamp(beat["at"], UTC))


def all_up(parts: list[Health]) -> bool:
    return all(part.state == "up" for part in parts)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def readiness() -> dict[str, Any]:
    """``{"ready", "database", "migrations"}``: whether pages can be served right now."""
    database = database_answers()
    migrated = database and migrations_done()
    return {"ready": database and migrated, "database": database, "migrations": migrated}


def migrations_done() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def this_instance() -> Instance:
    found: Instance = settings.INSTANCE
    return found
