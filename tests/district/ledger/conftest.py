"""A ledger with some leaves, and hands that can do what only the owner of the tables can."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from hornbook.district.ledger.actions import SYSTEM, Act, record, record_many
from hornbook.district.ledger.models import Leaf

Tamper = Callable[[str], None]


@pytest.fixture
def chain(db: None) -> list[Leaf]:
    return [
        record(actor=SYSTEM, verb="open", object=f"request {n}", detail={"n": n, "part": n / 3})
        for n in range(1, 6)
    ]


@pytest.fixture
def long_chain(db: None) -> int:
    """Enough leaves for two full tiles and an edge; how many."""
    return record_many(
        actor=SYSTEM, acts=(Act("open", f"request {n}", detail={"n": n}) for n in range(600))
    )


@pytest.fixture
def tamper(db: None) -> Tamper:
    """Run one statement with the triggers of a table switched off."""

    def run(statement: str) -> None:
        table = next(word for word in statement.split() if word.startswith("ledger_"))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(statement)
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return run
