"""Signing the ledger, and proofs that leave the house."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from hornbook.district.ledger.actions import SYSTEM, record
from hornbook.district.ledger.keys import FILE, signer
from hornbook.district.ledger.models import Checkpoint, Leaf, Tile
from hornbook.district.ledger.proofs import Bundle, prove, prove_growth
from hornbook.district.ledger.tree import NotThere, make_checkpoint
from hornbook.instance import InstanceError
from hornbook.record import verifier
from hornbook.record.merkle import Tree, leaf_hash
from hornbook.record.notes import BadNote, Signer
from hornbook.record.notes import Checkpoint as Page
from tests.district.ledger.conftest import Tamper

pytestmark = pytest.mark.django_db


def check_offline(folder: Path, bundle: Bundle, key: str | None = None) -> tuple[int, str]:
    """What the stand-alone verifier says, run without our packages."""
    (folder / "bundle.json").write_text(json.dumps(bundle), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", verifier.__file__, key or str(signer().verifier), "bundle.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_signed_root_is_that_of_all_leaves(long_chain: int) -> None:
    page = Page.opened(make_checkpoint().note, signer().verifier)
    hashes = Leaf.objects.order_by("no").values_list("hash", flat=True)
    assert page.root == Tree(leaf_hash(bytes.fromhex(one)) for one in hashes).root()
    assert (page.size, Tile.objects.count()) == (600, 2)


def test_a_checkpoint_continues_the_last_one(long_chain: int) -> None:
    make_checkpoint()
    record(actor=SYSTEM, verb="open", object="one more")
    again = make_checkpoint()
    assert again == make_checkpoint()
    assert (Checkpoint.objects.count(), again.size) == (2, 601)


def test_the_key_is_closed_to_others(chain: list[Leaf]) -> None:
    make_checkpoint()
    mode = (settings.INSTANCE.root / "secrets" / FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_damaged_key_is_told_and_never_replaced(chain: list[Leaf]) -> None:
    make_checkpoint()
    path = settings.INSTANCE.root / "secrets" / FILE
    whole = path.read_text()
    path.write_text(whole.replace("ledger+", "ledgar+"))
    try:
        with pytest.raises(InstanceError, match="backup"):
            signer()
    finally:
        path.write_text(whole)


def test_an_empty_ledger_has_nothing_to_sign() -> None:
    with pytest.raises(NotThere):
        make_checkpoint()


def test_a_gap_is_never_signed(chain: list[Leaf], tamper: Tamper) -> None:
    tamper("DELETE FROM ledger_leaf WHERE no = 3")
    with pytest.raises(InstanceError, match="missing behind leaf 0"):
        make_checkpoint()


@pytest.mark.parametrize("no", [1, 256, 257, 600])
def test_a_proof_holds_offline(long_chain: int, tmp_path: Path, no: int) -> None:
    code, said = check_offline(tmp_path, prove(no))
    assert code == 0, said
    assert f"leaf {no} of 600 is in the ledger" in said


def test_a_new_leaf_is_proved_by_a_new_checkpoint(chain: list[Leaf]) -> None:
    make_checkpoint()
    leaf = record(actor=SYSTEM, verb="open", object="one more")
    assert "\n6\n" in prove(leaf.no)["proof"]


@pytest.mark.parametrize("change", ["actor", "detail", "no", "path", "root", "key"])
def test_a_lie_does_not_hold_offline(long_chain: int, tmp_path: Path, change: str) -> None:
    bundle, key = prove(7), None
    lines = bundle["proof"].split("\n")
    if change in ("actor", "detail", "no"):
        bundle["leaf"] |= {"actor": "Somebody else", "detail": {}, "no": 8}
    elif change == "path":
        lines[2], lines[3] = lines[3], lines[2]
    elif change == "root":
        at = lines.index("600")
        lines[at + 1] = "A" * 43 + "="
    else:
        key = str(Signer.new(signer().name).verifier)
    code, said = check_offline(tmp_path, bundle | {"proof": "\n".join(lines)}, key)
    assert code == 1
    assert "DOES NOT HOLD" in said


def test_growth_holds_offline(long_chain: int, tmp_path: Path) -> None:
    old = make_checkpoint().note
    for n in range(3):
        record(actor=SYSTEM, verb="open", object=f"more {n}")
    bundle = prove_growth(old)
    code, said = check_offline(tmp_path, bundle)
    assert code == 0, said
    assert "600 leaves is the beginning of that of 603" in said
    assert check_offline(tmp_path, prove_growth(make_checkpoint().note))[0] == 0
    bundle["path"] = bundle["path"][1:]
    assert check_offline(tmp_path, bundle)[0] == 1


def test_growth_from_a_page_that_is_not_ours_is_refused(chain: list[Leaf]) -> None:
    stranger = Signer.new(signer().name)
    with pytest.raises(BadNote):
        prove_growth(stranger.sign(Page(signer().name, 3, bytes(32)).text))
    with pytest.raises(NotThere):
        prove_growth(signer().sign(Page(signer().name, 999, bytes(32)).text))


def test_a_leaf_that_does_not_exist_is_told() -> None:
    with pytest.raises(NotThere, match="no leaf 7"):
        prove(7)


def test_the_verifier_is_short_and_needs_only_python() -> None:
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    body = source.split('"""')[2]
    code = [line for line in body.splitlines() if line.strip()]
    assert len(code) <= 100
    words = [line.split()[1] for line in code if line.startswith(("import ", "from "))]
    assert all(word in sys.stdlib_module_names or word == "__future__" for word in words)
