"""What a reading makes of a policy: passages, clauses, dates and warnings, checked for loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, NamedTuple

from hornbook.district.policy.reading.blocks import PolicyRefused, squeeze
from hornbook.district.policy.reading.dates import Reading
from hornbook.district.policy.reading.layout import Unit

PassageKind = Literal["title", "heading", "lead", "clause", "closing"]


@dataclass(frozen=True)
class Passage:
    """A stretch of the official text. ``clause`` is the key when ``kind`` is "clause"."""

    kind: PassageKind
    text: str
    clause: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        return asdict(self)


@dataclass(frozen=True)
class ClauseDraft:
    key: str
    section: str
    lead: str
    official: str
    force: str
    holder: str
    plain: str = ""


@dataclass(frozen=True)
class Draft:
    """``revisions`` are the readings of each revision that the text names, oldest first."""

    title: str
    text: str
    passages: tuple[Passage, ...]
    clauses: tuple[ClauseDraft, ...]
    revisions: tuple[tuple[Reading, ...], ...]
    warnings: tuple[str, ...] = ()


class Part(NamedTuple):
    """A stretch of one unit; ``begins`` when it is the unit's first."""

    unit: Unit
    text: str
    begins: bool


@dataclass
class Cut:
    """Consecutive stretches that make one clause; ``hint`` is the key of the former wording."""

    parts: list[Part] = field(default_factory=list)
    hint: str | None = None
    force: str | None = None
    holder: str | None = None

    @property
    def first(self) -> Unit:
        return self.parts[0].unit

    @property
    def lead(self) -> str:
        """The list's opening, when the clause begins its item and so continues the opening."""
        return self.first.lead if self.parts[0].begins else ""

    @property
    def official(self) -> str:
        """The clause's own words; only the mark of its first list item is left out."""
        return "".join(self._pieces()).lstrip()

    @property
    def written(self) -> str:
        """The words with every list mark that stood in the text."""
        mark = self.first.mark if self.parts[0].begins else ""
        return f"{mark} {self.official}" if mark else self.official

    def _pieces(self) -> Iterator[str]:
        for index, part in enumerate(self.parts):
            if index and part.begins:
                yield "\n" if part.unit.is_item else "\n\n"
                yield f"{part.unit.mark} {part.text}" if part.unit.mark else part.text
            else:
                yield f" {part.text}"


def passages_of(units: Iterable[Unit], named: Sequence[tuple[str, Cut]]) -> tuple[Passage, ...]:
    """Structure and clauses in the order of the text."""
    beginning: dict[int, list[tuple[str, Cut]]] = {}
    for key, cut in named:
        beginning.setdefault(id(cut.first), []).append((key, cut))
    passages: list[Passage] = []
    for unit in units:
        if unit.kind != "text":
            passages.append(Passage(unit.kind, unit.written))
        for key, cut in beginning.get(id(unit), ()):
            passages.append(Passage("clause", cut.written, key))
    return tuple(passages)


def check_nothing_lost(original: str, passages: Iterable[Passage]) -> None:
    """Raise PolicyRefused at the first place where the passages differ from the original."""
    made = squeeze("".join(passage.text for passage in passages))
    wanted = squeeze(original)
    if made == wanted:
        return
    place = next((i for i, (a, b) in enumerate(zip(made, wanted, strict=False)) if a != b), None)
    at = min(len(made), len(wanted)) if place is None else place
    raise PolicyRefused(
        f"the clauses would not equal the text: after “…{wanted[max(0, at - 30) : at]}” the text "
        f"reads “{wanted[at : at + 30]}”, the clauses “{made[at : at + 30]}”. Nothing was stored"
    )
