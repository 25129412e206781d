import pyarrow as pa
import pytest

from hornbook.record.schema import ACTIVITY, BadRows, as_activity, columns_of
from tests.record.rows import rows


def test_plain_strings_become_the_columns_of_the_record() -> None:
    batch = rows(2, name="a.example")
    assert batch.schema.equals(ACTIVITY)
    assert batch.column("name").to_pylist() == ["a.example", "a.example"]


def test_a_missing_column_is_named() -> None:
    batch = rows()
    with pytest.raises(BadRows, match="columns are"):
        as_activity(batch.select(["at", "node"]))


def test_a_null_is_refused_with_the_column_that_has_it() -> None:
    batch = rows()
    position = ACTIVITY.names.index("client")
    with pytest.raises(BadRows, match="client has 1 nulls"):
        as_activity(batch.set_column(position, "client", pa.array([None], pa.utf8())))


def test_a_value_too_large_for_its_column_is_refused() -> None:
    position = ACTIVITY.names.index("slot")
    with pytest.raises(BadRows, match="slot"):
        as_activity(rows().set_column(position, "slot", pa.array([300], pa.int64())))


def test_every_column_says_what_it_holds() -> None:
    assert all(b"doc" in (field.metadata or {}) for field in ACTIVITY)


def test_rows_of_the_first_version_get_the_later_columns() -> None:
    first = rows(2).select(columns_of(1))
    assert "unseen" not in first.schema.names
    now = as_activity(first)
    assert now.schema.equals(ACTIVITY)
    assert now.column("unseen").to_pylist() == [-1.0, -1.0]
    second = as_activity(rows(2, unseen=0.5).select(columns_of(2)))
    assert (
        second.select(["unseen", "path", "note"]).to_pylist()
        == [{"unseen": 0.5, "path": "", "note": ""}] * 2
    )
