import pytest
from django.db import ProgrammingError, connection, transaction

from hornbook.district.ledger.actions import SYSTEM, record
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
        "TRUNCATE ledger_leaf",
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
