"""Somebody with the keys of the database tampers; the chain tells where."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from hornbook.district.ledger import command
from hornbook.district.ledger.actions import SYSTEM, forget, record
from hornbook.district.ledger.leaves import GENESIS, leaf_hash
from hornbook.district.ledger.models import Leaf, Opening
from hornbook.district.ledger.tree import make_checkpoint
from hornbook.district.ledger.verify import verify
from hornbook.instance import Instance
from tests.district.ledger.conftest import Tamper

pytestmark = pytest.mark.django_db


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
def test_any_change_of_a_leaf_is_named_at_that_leaf(
    chain: list[Leaf], tamper: Tamper, change: str
) -> None:
    tamper(f"UPDATE ledger_leaf SET {change} WHERE no = 3")  # noqa: S608
    found = verify()
    assert found.broken is not None
    assert (found.broken.no, found.leaves, found.head) == (3, 2, chain[1].hash)


def test_a_removed_leaf_leaves_a_gap_that_is_named(chain: list[Leaf], tamper: Tamper) -> None:
    tamper("DELETE FROM ledger_leaf WHERE no = 2")
    found = verify()
    assert found.broken is not None
    assert found.broken.no == 2
    assert "missing" in found.broken.reason


def test_a_leaf_that_was_rewritten_with_its_own_hash_breaks_the_next(
    chain: list[Leaf], tamper: Tamper
) -> None:
    leaf = Leaf.objects.get(no=3)
    leaf.verb = "close"
    tamper(f"UPDATE ledger_leaf SET verb = 'close', hash = '{leaf_hash(leaf)}' WHERE no = 3")  # noqa: S608
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
    chain: list[Leaf], tamper: Tamper, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper("UPDATE ledger_leaf SET verb = 'close' WHERE no = 3")
    code, out = run_command(capsys, "--json")
    found = json.loads(out)
    assert code == 1
    assert found["ok"] is False
    assert found["broken"]["no"] == 3


# --- the tree beside the chain -----------------------------------------------------------------


def rewrite_all(tamper: Tamper, changed: int) -> None:
    """What somebody with the whole database does: change one leaf and chain all later ones anew."""
    leaves = list(Leaf.objects.order_by("no"))
    head = GENESIS
    for leaf in leaves:
        if leaf.no == changed:
            leaf.object = "request that nobody made"
        leaf.prev = head
        head = leaf.hash = leaf_hash(leaf)
    words = ", ".join(
        f"({leaf.no}, '{leaf.object}', '{leaf.prev}', '{leaf.hash}')" for leaf in leaves
    )
    tamper(
        "UPDATE ledger_leaf SET object = new.object, prev = new.prev, hash = new.hash "  # noqa: S608
        f"FROM (VALUES {words}) AS new (no, object, prev, hash) WHERE ledger_leaf.no = new.no"
    )


def test_signed_checkpoints_hold(long_chain: int) -> None:
    make_checkpoint()
    record(actor=SYSTEM, verb="open", object="one more")
    make_checkpoint()
    found = verify()
    assert (found.ok, found.leaves, found.checkpoints) == (True, long_chain + 1, 2)


def test_a_past_that_was_rewritten_as_a_whole_is_found_by_its_checkpoint(
    long_chain: int, tamper: Tamper
) -> None:
    make_checkpoint()
    rewrite_all(tamper, changed=300)
    found = verify()
    assert found.broken is None, "the chain alone cannot tell"
    assert not found.ok
    assert any("tile 0/1" in fault for fault in found.faults)
    assert any("changed after it was signed" in fault for fault in found.faults)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ledger_tile SET packed = set_bit(packed, 77, 1 - get_bit(packed, 77)) "
         "WHERE level = 0 AND index = 1", "tile 0/1 does not fit"),
        ("DELETE FROM ledger_tile WHERE level = 0 AND index = 0", "tile 0/0 is missing"),
        ("UPDATE ledger_checkpoint SET edge = set_bit(edge, 9, 1 - get_bit(edge, 9))", "edge"),
        ("UPDATE ledger_checkpoint SET note = replace(note, '600', '601')", "does not hold"),
        ("UPDATE ledger_checkpoint SET size = 599", "another tree"),
        ("DELETE FROM ledger_checkpoint", "tiles belong to no checkpoint"),
    ],
)  # fmt: skip
def test_whatever_is_changed_beside_the_leaves_is_named(
    long_chain: int, tamper: Tamper, statement: str, words: str
) -> None:
    make_checkpoint()
    tamper(statement)
    found = verify()
    assert found.broken is None
    assert any(words in fault for fault in found.faults), found.faults


def test_leaves_cut_off_after_they_were_signed_are_missed(
    chain: list[Leaf], tamper: Tamper
) -> None:
    make_checkpoint()
    tamper("DELETE FROM ledger_leaf WHERE no > 3")
    assert any("behind leaf 3 were removed" in fault for fault in verify().faults)


# --- sealed values -------------------------------------------------------------------------------


def sealed_leaf() -> Leaf:
    return record(
        actor=SYSTEM,
        verb="look",
        object="person 1",
        detail={"purpose": "safety"},
        sealed={"reason": "Stella was seen crying", "ages": [9, 10]},
    )


def test_what_was_sealed_is_not_in_the_leaf_but_opens_it() -> None:
    leaf = sealed_leaf()
    assert "Stella" not in json.dumps(leaf.detail)
    assert Opening.objects.get(leaf=leaf, name="reason").value == "Stella was seen crying"
    assert verify().ok


def test_lawful_deletion_leaves_the_ledger_whole() -> None:
    leaf = sealed_leaf()
    make_checkpoint()
    told = forget(actor=SYSTEM, leaf=leaf, reason="period over")
    assert told is not None
    assert told.detail["names"] == ["ages", "reason"]
    assert not Opening.objects.exists()
    assert verify().ok
    assert forget(actor=SYSTEM, leaf=leaf, reason="again") is None


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ledger_opening SET value = '\"all was well\"' WHERE name = 'reason'", "changed"),
        ("UPDATE ledger_opening SET salt = '\\x00' WHERE name = 'ages'", "leaf 1 was changed"),
        ("DELETE FROM ledger_opening WHERE name = 'ages'", "no leaf tells"),
    ],
)  # fmt: skip
def test_a_sealed_value_cannot_be_changed_or_lost_unseen(
    tamper: Tamper, statement: str, words: str
) -> None:
    sealed_leaf()
    tamper(statement)
    assert any(words in fault for fault in verify().faults)


# --- against a checkpoint that was kept elsewhere ------------------------------------------------


def test_an_old_checkpoint_holds_against_a_ledger_that_grew(
    long_chain: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "checkpoint"
    kept.write_text(make_checkpoint().note)
    record(actor=SYSTEM, verb="open", object="one more")
    code, out = run_command(capsys, "--against", str(kept))
    assert code == 0
    assert f"The first 600 leaves are those of {kept}" in out


def test_a_ledger_made_anew_fails_against_the_old_checkpoint(
    chain: list[Leaf],
    tamper: Tamper,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = tmp_path / "checkpoint"
    kept.write_text(make_checkpoint().note)
    tamper("DELETE FROM ledger_checkpoint")
    rewrite_all(tamper, changed=2)
    record(actor=SYSTEM, verb="open", object="one more")
    make_checkpoint()
    assert verify().ok, "from inside nothing is to be seen"
    code, out = run_command(capsys, "--against", str(kept), "--json")
    found = json.loads(out)
    assert code == 1
    assert found["ok"] is False
    assert "rewritten" in found["against"]["words"]
