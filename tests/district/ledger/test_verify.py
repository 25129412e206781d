"""Somebody with the keys of the database tampers; the chain tells where."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from hornbook.district.ledger import command
from hornbook.district.ledger.actions import GENESIS, SYSTEM, leaf_hash, record
from hornbook.district.ledger.models import Leaf
from hornbook.district.ledger.verify import verify
from hornbook.instance import Instance

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain() -> list[Leaf]:
    return [
        record(actor=SYSTEM, verb="open", object=f"request {n}", detail={"n": n, "part": n / 3})
        for n in range(1, 6)
    ]


@contextmanager
def triggers_off() -> Iterator[None]:
    """What only the owner of the table can do."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_leaf DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE ledger_leaf ENABLE TRIGGER USER")


def tamper(statement: str) -> None:
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_empty_ledger_holds() -> None:
    found = verify()
    assert (found.leaves, found.head, found.broken) == (0, GENESIS, None)


def test_an_untouched_chain_holds(chain: list[Leaf]) -> None:
    found = verify()
    assert (found.leaves, found.head, found.broken) == (5, chain[-1].hash, None)


@pytest.mark.parametrize(
    "change",
    [
        "verb = 'close'",
        "actor = 'Somebody else'",
        "object = 'request 9'",
        "at = at + interval '1 microsecond'",
        "clause_texts = '[\"PRO-1@1\"]'",
        "detail = jsonb_set(detail, '{n}', '7')",
        "hash = repeat('a', 64)",
    ],
)
def test_any_change_of_a_leaf_is_named_at_that_leaf(chain: list[Leaf], change: str) -> None:
    tamper(f"UPDATE ledger_leaf SET {change} WHERE no = 3")  # noqa: S608
    found = verify()
    assert found.broken is not None
    assert (found.broken.no, found.leaves, found.head) == (3, 2, chain[1].hash)


def test_a_removed_leaf_leaves_a_gap_that_is_named(chain: list[Leaf]) -> None:
    tamper("DELETE FROM ledger_leaf WHERE no = 2")
    found = verify()
    assert found.broken is not None
    assert found.broken.no == 2
    assert "missing" in found.broken.reason


def test_a_leaf_that_was_rewritten_with_its_own_hash_breaks_the_next(chain: list[Leaf]) -> None:
    leaf = Leaf.objects.get(no=3)
    leaf.verb = "close"
    with triggers_off():
        Leaf.objects.filter(no=3).update(verb="close", hash=leaf_hash(leaf))
    found = verify()
    assert found.broken is not None
    assert found.broken.no == 4


def run_command(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    code = command.run(parser.parse_args(words), Instance.at())
    return code, capsys.readouterr().out


def test_the_command_says_how_many_and_the_head(
    chain: list[Leaf], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run_command(capsys)
    assert code == 0
    assert "5 leaves" in out
    assert chain[-1].hash in out


def test_the_command_ends_with_one_and_names_the_broken_leaf(
    chain: list[Leaf], capsys: pytest.CaptureFixture[str]
) -> None:
    tamper("UPDATE ledger_leaf SET verb = 'close' WHERE no = 3")
    code, out = run_command(capsys, "--json")
    found = json.loads(out)
    assert code == 1
    assert found["ok"] is False
    assert found["broken"]["no"] == 3
