"""Seal columns that lay open, where they stand: for migrations.

A table's triggers are taken off and put back as they were in the same transaction, because some of
them keep exactly these columns from ever changing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import product
from types import SimpleNamespace
from typing import Any

from django.conf import settings

from hornbook.district.conduct.models.sealed import Sealed, place_of
from hornbook.district.conduct.sealing import Ring, seal

_BATCH = 1000
_TRIGGERS = """
SELECT tgname, pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger') FROM pg_trigger
WHERE tgrelid = %s::regclass AND NOT tgisinternal
"""


def seal_columns(
    apps: Any, schema_editor: Any, app: str, found: Mapping[str, Mapping[str, Sealed]]
) -> None:
    """``found``: model → field → how it is sealed from now on. Text becomes octets."""
    with schema_editor.connection.cursor() as cursor:
        for name, fields in found.items():
            model = apps.get_model(app, name)
            table = f'"{model._meta.db_table}"'
            with _without_triggers(cursor, table, fields):
                for column, field in fields.items():
                    _as_octets(cursor, table, column)
                    _seal(cursor, model, column, field)


@contextmanager
def _without_triggers(cursor: Any, table: str, columns: Iterable[str]) -> Iterator[None]:
    cursor.execute(_TRIGGERS, [table])
    rows = cursor.fetchall()
    for name, _, _ in rows:
        cursor.execute(f'DROP TRIGGER "{name}" ON {table}')
    yield
    for name, made_by, comment in rows:
        for row, column in product(("old", "new"), columns):  # octets are not compared as text
            made_by = made_by.replace(f"({row}.{column})::text", f"{row}.{column}")
        cursor.execute(made_by.replace("%", "%%"))
        cursor.execute(f'COMMENT ON TRIGGER "{name}" ON {table} IS %s', [comment])


def _as_octets(cursor: Any, table: str, column: str) -> None:
    cursor.execute(
        "SELECT atttypid = 'bytea'::regtype FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attname = %s",
        [table, column],
    )
    if not cursor.fetchone()[0]:
        cursor.execute(
            f'ALTER TABLE {table} ALTER COLUMN "{column}" '
            f"TYPE bytea USING convert_to(\"{column}\", 'UTF8')"
        )


def _seal(cursor: Any, model: Any, column: str, field: Sealed) -> None:
    way = field.of.replace(".", "__") + "__" if field.of else ""
    asked = ("pk", f"{way}key", f"{way}envelope__key_id", f"{way}envelope__wrapped", column)
    rows = model.objects.order_by("pk").values_list(*asked)
    update = f'UPDATE "{model._meta.db_table}" SET "{column}" = %s WHERE id = %s'  # noqa: S608
    done: list[tuple[bytes, int]] = []
    ring = cache(lambda: Ring.of(settings.INSTANCE))  # an empty table asks for no key
    for pk, key, key_id, wrapped, plain in rows.iterator(_BATCH):
        if not (octets := bytes(plain)):
            continue
        envelope: Any = SimpleNamespace(key_id=key_id, wrapped=wrapped)
        place = place_of(model._meta.model_name, column, key)
        done.append((seal(ring().unwrap(envelope), octets, place), pk))
        if len(done) == _BATCH:
            cursor.executemany(update, done)
            done = []
    if done:
        cursor.executemany(update, done)
