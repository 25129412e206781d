"""The score of an unlisted name: what it looks like, in columns, and why."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hornbook.kernel.names import to_wire
from hornbook.kernel.wires import Wires
from hornbook.scan import unseen

model = unseen.shipped()


def probability(*names: str) -> NDArray[np.float32]:
    wires = Wires.pack([to_wire(name) for name in names])
    return model.probability(wires.data, wires.length)


def test_a_name_that_says_so_scores_above_one_that_does_not() -> None:
    adult, school = probability("free-hardcore-porn-tube.net", "county-history-museum.org")
    assert adult > model.thresholds["0.01"] > school


def test_innocent_names_with_unlucky_letters_are_seldom_flagged() -> None:
    """Why a name alone never blocks: even the strict threshold takes Essex for something else."""
    names = "essex.ac.uk scunthorpe.gov.uk middlesexcc.edu mathexpressions.org assessment.org"
    flagged = (probability(*names.split()) > model.thresholds["0.001"]).sum()
    assert flagged <= 1


def test_a_name_scores_the_same_alone_and_in_any_batch() -> None:
    names = ["a.example", "a-much-longer-name-for-padding.with.many.labels.example", "xxx-tube.net"]
    alone = [probability(name)[0] for name in names]
    assert np.allclose(probability(*names), alone, atol=1e-6)


def test_octets_behind_a_name_and_case_are_not_part_of_it() -> None:
    wire = np.frombuffer(b"\x03FUN\x04site\x00garbage-xxx", np.uint8)[None, :]
    clean = np.frombuffer(b"\x03fun\x04site\x00", np.uint8)[None, :]
    assert model.scores(wire, np.array([10])) == model.scores(clean, np.array([10]))


@pytest.mark.parametrize("name", [b"\x00", b"\x01a\x00", b"\x3f" + b"a" * 63 + b"\x00"])
def test_very_short_and_long_names_get_a_score(name: bytes) -> None:
    data = np.frombuffer(name, np.uint8)[None, :]
    assert 0 <= model.probability(data, np.array([len(name)]))[0] <= 1


def test_a_digit_is_not_taken_for_a_label_length() -> None:
    text, _ = unseen.boundary_text(
        np.frombuffer(b"\x02a1\x011\x00", np.uint8)[None, :], np.array([6])
    )
    assert bytes(text[0]) == b".a1.1."


def test_the_explanation_names_the_weightiest_parts_once() -> None:
    parts = model.explain(to_wire("free-porn-tube.net"))
    assert parts
    assert any("porn" in gram or "tube" in gram or gram in "porntube" for gram, _ in parts)
    assert all(weight > 0 for _, weight in parts)


def test_a_changed_model_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = json.loads((unseen.FOLDER / "unseen.json").read_text())
    (tmp_path / "unseen.json").write_text(json.dumps(card))
    (tmp_path / "unseen.npz").write_bytes(b"not it")
    monkeypatch.setattr(unseen, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="not the file that its card describes"):
        unseen.shipped.__wrapped__()
