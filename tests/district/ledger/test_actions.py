import pytest
from django.db import ProgrammingError, connection, transaction

from hornbook.district.ledger.actions import SYSTEM, leaf_hash, record
from hornbook.district.ledger.models import Leaf

pytestmark = pytest.mark.django_db


def test_a_leaf_follows_the_one_before_it() -> None:
    first = record(actor=SYSTEM, verb="try", object="a")
    second = record(actor=SYSTEM, verb="try", object="b")
    assert second.prev == first.hash


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_leaf SET verb = 'x'",
        "DELETE FROM ledger_leaf",
        "TRUNCATE ledger_leaf CASCADE",
    ],
)
def test_the_database_refuses_to_change_the_past(statement: str) -> None:
    record(actor=SYSTEM, verb="try", object="a")
    with (
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Leaf.objects.count() == 1


@pytest.mark.parametrize(
    "value",
    [1e22, -0.0, 2.0, 0.1, 1e-7, 1.5e300, 10**40, (1, 2), {"b": None, "a": [True]}, "Ünïcode ’"],
)
def test_a_leaf_hashes_the_same_after_the_database_had_it(value: object) -> None:
    leaf = record(actor=SYSTEM, verb="try", object="a", detail={"value": value})
    assert leaf_hash(Leaf.objects.get(no=leaf.no)) == leaf.hash


@pytest.mark.parametrize(
    ("value", "error"), [(float("nan"), ValueError), (object(), TypeError), (b"x", TypeError)]
)
def test_what_json_cannot_hold_is_refused_before_anything_is_written(
    value: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        record(actor=SYSTEM, verb="try", object="a", detail={"deep": [value]})
    assert not Leaf.objects.exists()
