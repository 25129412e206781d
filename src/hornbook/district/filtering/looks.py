"""What a name in no list looks like, in words that a person can weigh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hornbook.kernel.names import to_wire
from hornbook.kernel.wires import Wires
from hornbook.scan.unseen import Model, shipped

STRICT = "0.001"  # false positives: the threshold above which a person is asked to look


@dataclass(frozen=True)
class Look:
    """What one name looks like. ``suspicious`` is true above the strict threshold."""

    name: str
    score: float
    scorer: str
    parts: list[tuple[str, float]]
    suspicious: bool

    @property
    def words(self) -> str:
        """“Not listed; the name looks like an adult site because of “porn”. Of 100 …”"""
        if not self.suspicious:
            return "Not listed; the name does not look like an adult site."
        return look_words(self.score, self.parts)


def look_words(score: float, parts: Sequence[Sequence[object]]) -> str:
    letters = ", ".join(f"“{letters}”" for letters, _ in parts)
    because = f" because of {letters}" if letters else ""
    return (
        f"Not listed; the name looks like an adult site{because}. "
        f"Of 100 unlisted names that look like this, about {max(1, round(score * 100))} are."
    )


def look_at(name: str, model: Model | None = None) -> Look:
    """Score one name (text form). Raises BadName for what is no domain name."""
    model = model or shipped()
    wire = to_wire(name)
    wires = Wires.pack([wire])
    score = float(model.probability(wires.data, wires.length)[0])
    return Look(name, score, model.version, model.explain(wire), score >= model.thresholds[STRICT])
