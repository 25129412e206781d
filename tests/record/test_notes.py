"""Signed pages of text, as other programs read and write them."""

from __future__ import annotations

import pytest

from hornbook.record.merkle import Tree, included, inclusion_path, leaf_hash
from hornbook.record.notes import BadNote, Checkpoint, Proof, Signer, Verifier, open_note

# The example of Go's golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)


@pytest.fixture
def signer() -> Signer:
    return Signer.new("district.example/ledger")


def test_a_note_that_go_signed_is_read() -> None:
    verifier = Verifier.parse(GO_KEY)
    assert str(verifier) == GO_KEY
    assert open_note(GO_NOTE, verifier).endswith("what your problem is.\n")


def test_keys_survive_being_written_down(signer: Signer) -> None:
    assert Signer.parse(str(signer)) == signer
    assert Verifier.parse(str(signer.verifier)) == signer.verifier
    assert str(signer) not in repr(signer)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY[:-4],
        GO_KEY.replace("+ARp", "+AR!"),
    ],
)
def test_a_damaged_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Verifier.parse(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_name_that_a_note_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(BadNote, match="cannot name a key"):
        Signer.new(name)


def test_a_checkpoint_is_signed_and_read(signer: Signer) -> None:
    tree = Tree([leaf_hash(b"a"), leaf_hash(b"b")])
    point = Checkpoint(signer.name, len(tree), tree.root())
    note = signer.sign(point.text)
    assert note.startswith("district.example/ledger\n2\n")
    assert Checkpoint.opened(note, signer.verifier) == point


def test_any_changed_letter_of_a_note_is_found(signer: Signer) -> None:
    note = signer.sign(Checkpoint(signer.name, 7, bytes(32)).text)
    for place in range(len(note)):
        changed = note[:place] + chr(ord(note[place]) ^ 1) + note[place + 1 :]
        with pytest.raises(BadNote):
            Checkpoint.opened(changed, signer.verifier)


def test_a_note_by_somebody_else_is_not_believed(signer: Signer) -> None:
    other = Signer.new(signer.name)
    note = other.sign(Checkpoint(signer.name, 7, bytes(32)).text)
    with pytest.raises(BadNote, match="not signed by"):
        open_note(note, signer.verifier)


def test_a_witness_may_sign_as_well(signer: Signer) -> None:
    text = Checkpoint(signer.name, 7, bytes(32)).text
    witness = Signer.new("witness.example").sign(text).splitlines()[-1]
    both = signer.sign(text) + witness + "\n"
    assert open_note(both, signer.verifier) == text


@pytest.mark.parametrize("size", ["", "-1", "07", "x", "²"])
def test_a_checkpoint_with_a_strange_size_is_refused(size: str) -> None:
    with pytest.raises(BadNote, match="size"):
        Checkpoint.parse(f"origin\n{size}\nAAAA\n")


def test_a_proof_is_a_text_that_proves(signer: Signer) -> None:
    tree = Tree(leaf_hash(bytes([n])) for n in range(11))
    note = signer.sign(Checkpoint(signer.name, 11, tree.root()).text)
    told = str(Proof(6, tuple(inclusion_path(tree.subtree, 6, 11)), note))
    assert told.startswith("c2sp.org/tlog-proof@v1\nindex 6\n")
    proof = Proof.parse(told)
    point = Checkpoint.opened(proof.checkpoint, signer.verifier)
    assert included(leaf_hash(b"\x06"), proof.index, point.size, proof.path, point.root)


@pytest.mark.parametrize("text", ["", "x\n\ny", "c2sp.org/tlog-proof@v1\n\nz", "\n\n"])
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Proof.parse(text)
