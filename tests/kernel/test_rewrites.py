"""A rewrite is for the listed host itself; names below it get what lies beneath."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hornbook.kernel import rulebook, seating
from hornbook.kernel.explain import explain
from hornbook.kernel.judge import Kernel
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Rulebook, Verdict, build_rulebook
from hornbook.kernel.seating import Seating
from tests.kernel.helpers import make_catalogue, store, wires

OPEN, SAFE, OPENED, GAMES = range(4)
HOST = "www.search.example"


def make_kernel(folder: Path) -> Kernel:
    """Everything is allowed by name under search.example, and its host searches safely."""
    lists = [
        ("safe", "safe", "rewrite", [HOST]),
        ("allow", "allow", "allow", ["search.example"]),
        ("games", "games", "topic", [f"play.{HOST}"]),
    ]
    found = make_catalogue(folder, lists)  # type: ignore[arg-type]
    matrix = np.zeros((1, 1, found.set_count), np.uint16)
    for number in range(1, found.set_count):
        held = found.categories(number)
        matrix[..., number] = SAFE if "safe" in held else GAMES if "games" in held else OPENED
    meta, arrays = build_rulebook(
        profiles=["student"],
        verdicts=[Verdict("allow"), Verdict("rewrite"), Verdict("allow", "a"), Verdict("block")],
        matrix=matrix,
        week=np.zeros(MINUTES_A_WEEK, np.uint8),
        time_zone="America/Chicago",
        notice={},
        catalogue_hash=found.hash,
        rewrites={"safe": {HOST: "safe.search.example"}},
        beneath={SAFE: OPENED},
    )
    book = store(folder, encode_part(rulebook.KIND, meta, arrays))
    rows = [("10.0.0.0/8", "", "student", "")]
    body = encode_part(seating.KIND, *seating.build_seating(rows, default_profile="student"))
    return Kernel(
        found,
        Rulebook(open_part(book, rulebook.KIND)),
        Seating(open_part(store(folder, body), seating.KIND)),
    )


def test_only_the_host_itself_is_rewritten(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path)
    names = (HOST, f"x.{HOST}", f"play.{HOST}", "search.example", "other.example")
    judged = kernel.judge(wires(*names), np.zeros(len(names), np.int32), 0)
    assert judged.verdict.tolist() == [SAFE, OPENED, GAMES, OPENED, OPEN]


def test_explain_counts_its_category_for_the_host_alone(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path)
    assert explain(kernel, HOST).categories == ("allow", "safe")
    assert explain(kernel, f"x.{HOST}").categories == ("allow",)
    assert explain(kernel, f"play.{HOST}").categories == ("games",)
