import pyarrow as pa
import pytest

from hornbook.record.schema import ACTIVITY, BadRows, as_activity
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
