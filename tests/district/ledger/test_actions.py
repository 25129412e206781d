import pytest
from django.db import ProgrammingError, connection, transaction

from hornbook.district.ledger.actions import SYSTEM, Act, Actor, record, record_many
from hornbook.district.ledger.leaves import leaf_hash
from hornbook.district.ledger.models import Leaf, Opening

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


HARD_TEXTS = [
    "plain",
    'a "quoted\\" word',
    "line\nbreak\ttab\r",
    "Ünïcode ’ 🦉",
    "\\N",
    "\\.",
    "\x01\x7f",
]


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_many_leaves_at_once_are_the_same_leaves(text: str) -> None:
    detail = {"b": text, "a": [1, None, {text: 0.5}]}
    acts = [Act(text[:80], text, ["B-1@2", "A-1@1"], detail), Act("try", "a")]
    assert record_many(actor=Actor(text), acts=acts) == 2
    first, second = Leaf.objects.order_by("no")
    assert (first.actor, first.verb, first.object, first.detail) == (text, text, text, detail)
    assert [leaf.hash for leaf in (first, second)] == [leaf_hash(first), leaf_hash(second)]
    assert second.prev == first.hash
    assert record(actor=SYSTEM, verb="try", object="b").prev == second.hash


def test_many_leaves_keep_what_opens_them() -> None:
    record_many(actor=SYSTEM, acts=[Act("try", str(n), sealed={"n": n}) for n in range(3)])
    assert list(Opening.objects.order_by("leaf").values_list("leaf", "value")) == [
        (1, 0),
        (2, 1),
        (3, 2),
    ]
