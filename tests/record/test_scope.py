"""Out of hours and off campus nothing is recorded, or nobody's name: as the settings say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from hornbook.record.schema import ACTIVITY
from hornbook.record.scope import UNTOLD, BadScope, Scope, recordable
from tests.record.rows import rows

ZONE = "America/Chicago"
SCHOOL = {"hours": ["mon-fri 06:30-18:00"], "campus": ["10.0.0.0/8", "fd00::/8"]}
MONDAY = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)  # ten in the morning
EVENING = MONDAY + timedelta(hours=9)
SATURDAY = MONDAY + timedelta(days=5)


def kept(told: dict[str, Any], *each: pa.RecordBatch) -> list[tuple[str, str]]:
    """(person, client) of the rows that are recorded."""
    scope = Scope.read(SCHOOL | told)
    found = []
    for one in each:
        batch = recordable(one, ZONE, scope)
        assert batch.schema.equals(ACTIVITY)
        found += [(row["person"], row["client"]) for row in batch.to_pylist()]
    return found


def asked(at: datetime = MONDAY, client: str = "10.1.2.3") -> pa.RecordBatch:
    return rows(1, at=at, client=client, person="p", path="/diary")


def test_in_hours_and_on_campus_everything_is_recorded() -> None:
    told = {"off_hours": "none", "off_campus": "none"}
    assert kept(told, asked(), asked(client="fd00::1")) == [("p", "10.1.2.3"), ("p", "fd00::1")]


@pytest.mark.parametrize("at", [EVENING, SATURDAY])
@pytest.mark.parametrize(
    ("mode", "expected"), [("full", [("p", "10.1.2.3")]), ("anonymous", [("", "")]), ("none", [])]
)
def test_out_of_hours(at: datetime, mode: str, expected: list[tuple[str, str]]) -> None:
    assert kept({"off_hours": mode}, asked(at)) == expected


def test_who_is_not_named_has_no_page_either() -> None:
    told = Scope.read({"hours": ["mon-fri 06:30-18:00"], "off_hours": "anonymous"})
    for at, path in ((MONDAY, "/diary"), (EVENING, "")):
        found = recordable(asked(at), "UTC", told)
        assert found.column("path").to_pylist() == [path]


@pytest.mark.parametrize("client", ["192.0.2.7", "2001:db8::7", "not an address"])
def test_off_campus(client: str) -> None:
    assert kept({"off_campus": "anonymous"}, asked(client=client)) == [("", "")]
    assert kept({"off_campus": "none"}, asked(client=client)) == []


def test_the_lesser_of_two_holds() -> None:
    told = {"off_hours": "anonymous", "off_campus": "none"}
    assert kept(told, asked(EVENING, "192.0.2.7")) == []


def test_hours_follow_the_districts_clock() -> None:
    late = datetime(2026, 10, 5, 22, 59, tzinfo=UTC)  # 17:59 there
    told = {"off_hours": "none"}
    assert len(kept(told, asked(late), asked(late + timedelta(minutes=1)))) == 1


def test_a_mixed_batch_is_cut_row_by_row() -> None:
    batch = pa.Table.from_batches([asked(), asked(EVENING), asked()]).combine_chunks()
    told = {"off_hours": "anonymous"}
    assert kept(told, *batch.to_batches()) == [("p", "10.1.2.3"), ("", ""), ("p", "10.1.2.3")]


def test_without_settings_nothing_is_touched() -> None:
    batch = asked(EVENING, "192.0.2.7")
    assert recordable(batch, ZONE, Scope.read({})) is batch


def test_of_two_settings_the_lesser_holds_row_by_row() -> None:
    """The second looks at the address that the first leaves out."""
    evening = Scope.read(SCHOOL | {"off_hours": "anonymous"})
    away = Scope.read(SCHOOL | {"off_campus": "none"})
    for scopes in ((evening, away), (away, evening)):
        assert recordable(asked(EVENING), ZONE, *scopes).to_pylist()[0]["person"] == ""
        assert not recordable(asked(client="192.0.2.7"), ZONE, *scopes).num_rows


def test_untold_names_nobody_at_any_hour() -> None:
    row = recordable(asked(), ZONE, UNTOLD).to_pylist()[0]
    assert (row["person"], row["client"], row["name"] != "") == ("", "", True)


@pytest.mark.parametrize(
    "told",
    [
        {"hours": ["weekdays"]},
        {"hours": ["mon-fri 18:00-06:30"]},
        {"hours": ["fri-mon 06:00-07:00"]},
        {"campus": ["10.0.0.1/8"]},
        {"off_hours": "sometimes"},
        {"off_campus": 3},
        {"offhours": "none"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(BadScope, match="recording"):
        Scope.read(told)
