"""Take rows out for good: past their triggers, with a fingerprint of what was there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pgtrigger
from django.db import connection
from django.db.models import Model, QuerySet

Rows = QuerySet[Any]


class Erased:
    """What went so far: how many rows, and the SHA-256 of them as the database prints them."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def take(self, *sets: Rows) -> None:
        """Destroy these rows, set by set; those that others point to come last."""
        for found in sets:
            keys = list(found.order_by("pk").values_list("pk", flat=True))
            if keys:
                self._print(found.model, keys)
                with pgtrigger.ignore(*_triggers(found.model)):
                    found.model._base_manager.filter(pk__in=keys).delete()
                self.rows += len(keys)

    def _print(self, model: type[Model], keys: list[Any]) -> None:
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT t::text FROM {table} t WHERE id = ANY(%s) ORDER BY id",  # noqa: S608
                [keys],
            )
            for (row,) in cursor:
                self._digest.update(f"{model._meta.db_table} {row}\n".encode())


def _triggers(model: type[Model]) -> list[str]:
    found: Sequence[pgtrigger.Trigger] = getattr(model._meta, "triggers", ())
    return [f"{model._meta.label}:{trigger.name}" for trigger in found]
