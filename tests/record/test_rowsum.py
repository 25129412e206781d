"""The row sum does not see order and sees everything else."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pytest

from hornbook.record.rowsum import RowSum, added
from tests.record.rows import BLOCKED, NOON, rows


def table(*batches: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches(list(batches))


ONE, TWO = rows(5, name="a.example"), rows(3, at=NOON + timedelta(hours=1), **BLOCKED)


def test_order_and_cutting_do_not_matter() -> None:
    there = RowSum().of(table(ONE, TWO))
    assert RowSum().of(table(TWO, ONE)) == there
    assert added(RowSum().of(table(ONE)), RowSum().of(table(TWO))) == there


@pytest.mark.parametrize(
    "changed",
    [
        table(ONE, TWO.slice(1)),
        table(ONE, TWO, TWO.slice(2)),
        table(ONE, TWO.slice(1), TWO.slice(1, 1)),
        table(ONE, rows(3, at=NOON + timedelta(hours=1), **(BLOCKED | {"person": "x"}))),
        table(ONE, rows(3, at=NOON + timedelta(hours=1), **(BLOCKED | {"unseen": 0.5}))),
        table(ONE, rows(3, at=NOON + timedelta(hours=1), **(BLOCKED | {"clause": ""}))),
    ],
    ids=["lost", "doubled", "exchanged", "other person", "other score", "no clause"],
)
def test_a_lost_doubled_or_changed_row_is_seen(changed: pa.Table) -> None:
    assert RowSum().of(changed) != RowSum().of(table(ONE, TWO))


def test_two_columns_that_exchange_their_values_are_seen() -> None:
    there = RowSum().of(table(rows(1, site="a", person="b")))
    assert RowSum().of(table(rows(1, site="b", person="a"))) != there


def test_nothing_sums_to_nothing() -> None:
    assert RowSum().of(table(ONE.slice(0, 0))) == 0
