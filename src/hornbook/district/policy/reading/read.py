"""One call from a file to a checked draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hornbook.district.policy.reading.blocks import Block, PolicyRefused, full_text
from hornbook.district.policy.reading.dates import Reading, has_unread_date, read_revisions
from hornbook.district.policy.reading.draft import (
    ClauseDraft,
    Cut,
    Draft,
    check_nothing_lost,
    passages_of,
)
from hornbook.district.policy.reading.files import Source, read_source
from hornbook.district.policy.reading.keys import KeyMaker
from hornbook.district.policy.reading.layout import Unit, lay_out
from hornbook.district.policy.reading.matching import FormerClause
from hornbook.district.policy.reading.proposing import cut_by_verbs, name
from hornbook.district.policy.reading.table import Row, cut_by_table, read_table


@dataclass(frozen=True)
class Known:
    """What is stored already. ``foreign`` maps a key of another policy to that policy's title."""

    former: Sequence[FormerClause] = ()
    own: Sequence[str] = ()
    foreign: dict[str, str] | None = None


def read_policy(
    source: Source, *, known: Known | None = None, table: Path | None = None, title: str = ""
) -> Draft:
    """The draft of a source that ``files.read_source`` read.

    Raises PolicyRefused, naming place and remedy, when no clause can be read, when the key
    table does not fit, or when a single word would be lost.
    """
    known = known or Known()
    units = lay_out(source.blocks)
    named = _apply(units, read_table(table), known) if table else _propose(units, known)
    passages = passages_of(units, [(clause.key, cut) for clause, cut in named])
    check_nothing_lost(source.original, passages)
    revisions, warnings = _dates(units)
    return Draft(
        title=title or _title(source.blocks),
        text=full_text(source.blocks),
        passages=passages,
        clauses=tuple(clause for clause, _ in named),
        revisions=revisions,
        warnings=(*source.warnings, *warnings),
    )


Named = list[tuple[ClauseDraft, Cut]]


def _propose(units: Sequence[Unit], known: Known) -> Named:
    cuts = cut_by_verbs(units, known.former)
    if not any(cut.force not in (None, "definition") for cut in cuts):
        raise PolicyRefused(
            "no sentence says must, shall, should, may or the like, so this does not read as a "
            "policy. If it is one, cut it with --keys FILE.csv"
        )
    keys = KeyMaker(known.foreign or (), known.own, [(c.key, c.section) for c in known.former])
    return list(zip(name(cuts, keys, known.former), cuts, strict=True))


def _apply(units: Sequence[Unit], rows: Sequence[Row], known: Known) -> Named:
    for row in rows:
        if row.key in (known.foreign or {}):
            raise PolicyRefused(
                f"key table, {row}: the key belongs to the policy "
                f"“{(known.foreign or {})[row.key]}”. Choose another"
            )
    plains = {(c.key, c.official, c.lead): c.plain for c in known.former}
    return [(_from_row(row, cut, plains), cut) for row, cut in cut_by_table(units, rows)]


def _from_row(row: Row, cut: Cut, plains: dict[tuple[str, str, str], str]) -> ClauseDraft:
    plain = row.plain or plains.get((row.key, cut.official, cut.lead), "")
    return ClauseDraft(
        row.key, cut.first.section, cut.lead, cut.official, row.force, row.holder, plain
    )


def _dates(units: Iterable[Unit]) -> tuple[tuple[tuple[Reading, ...], ...], list[str]]:
    closing = [unit for unit in units if unit.kind == "closing"]
    warnings = [
        f"{unit.where}: no date is understood in “{unit.text}”"
        for unit in closing
        if has_unread_date(unit.text)
    ]
    try:
        return tuple(read_revisions(unit.text for unit in closing)), warnings
    except ValueError as error:
        raise PolicyRefused(f"{error}. Mend the date in the text") from error


def _title(blocks: Sequence[Block]) -> str:
    return next((block.text for block in blocks if block.kind == "title"), "")


__all__ = ["Known", "Source", "read_policy", "read_source"]
