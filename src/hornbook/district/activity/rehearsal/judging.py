"""Judge distinct questions twice, by the parts in service and by a draft, as arrays."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from numpy.typing import NDArray

from hornbook.district.activity.rehearsal.draft import Draft, DraftError, applied
from hornbook.district.filtering.compiler.notice import notice_info
from hornbook.district.filtering.compiler.rulebook import compile_rulebook
from hornbook.district.filtering.compiler.rules import read_ruleset
from hornbook.district.filtering.publishing import draft_sources, store_of
from hornbook.instance import InstanceError
from hornbook.kernel.catalogue import KIND as CATALOGUE
from hornbook.kernel.catalogue import Catalogue
from hornbook.kernel.catalogue_build import build_catalogue
from hornbook.kernel.judge import Kernel, Mismatch
from hornbook.kernel.names import BadName, to_wire
from hornbook.kernel.parts import BadPart, Part, encode_part, open_part, part_hash
from hornbook.kernel.rulebook import KIND as RULEBOOK
from hornbook.kernel.rulebook import Rulebook
from hornbook.kernel.wires import Wires

CHUNK = 1 << 16  # questions judged at once
_PLAIN = r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*$"
_MINUTE = 60


@contextmanager
def both_kernels(draft: Draft, on: date) -> Iterator[tuple[Kernel, Kernel]]:
    """The kernel in service, and that of the draft; the draft's parts are gone afterwards.

    Raises InstanceError where nothing is published, DraftError where the draft cannot be.
    """
    with tempfile.TemporaryDirectory(prefix="hornbook-draft-") as name:
        yield _kernels(draft, on, Path(name))


def _kernels(draft: Draft, on: date, folder: Path) -> tuple[Kernel, Kernel]:
    store = store_of()
    current = store.current()
    if current is None:
        raise InstanceError("Nothing is published yet. Run “hornbook publish”, then rehearse.")
    try:
        before = store.load(current)
        catalogue = _catalogue(draft, before.catalogue, folder)
        body = compile_rulebook(
            applied(draft, read_ruleset(on)),
            sets=[frozenset(catalogue.categories(n)) for n in range(catalogue.set_count)],
            catalogue_hash=catalogue.hash,
            time_zone=settings.TIME_ZONE,
            notice=notice_info(settings.INSTANCE),
        )
        rulebook = Rulebook(_opened(folder, RULEBOOK, body))
        return before, Kernel(catalogue, rulebook, before.seating)
    except (BadPart, Mismatch, BadName, ValueError) as error:
        raise DraftError(f"The draft cannot be judged: {error}") from error


def _catalogue(draft: Draft, served: Catalogue, folder: Path) -> Catalogue:
    """The one in service, unless the draft changes lists: then one of its own, just for now."""
    if not draft.changes_lists:
        return served
    meta, arrays = build_catalogue(draft_sources(draft.names, draft.drop), seed=1)
    body = encode_part(CATALOGUE, meta, arrays)
    return Catalogue(_opened(folder, CATALOGUE, body))


def _opened(folder: Path, kind: str, body: bytes) -> Part:
    path = folder / kind
    path.write_bytes(body)
    return open_part(path, kind, part_hash(body))


@dataclass(frozen=True)
class Week:
    """Which slots of both rulebooks hold when: ``slots[k]`` are (before, after) of case ``k``.

    ``minutes`` maps minutes since 1970 to cases, as columns ``minute`` and ``case``; None where
    there is only one case.
    """

    slots: NDArray[np.intp]
    minutes: pa.Table | None


def week_of(before: Rulebook, after: Rulebook, since: datetime, until: datetime) -> Week:
    """The cases of a window: the wall clock of the district says which slots hold."""
    pairs = np.stack([before.week, after.week], axis=1)
    slots, case = np.unique(pairs, axis=0, return_inverse=True)
    if len(slots) == 1:
        return Week(slots.astype(np.intp), None)
    zone = settings_zone()
    first, last = int(since.timestamp()) // _MINUTE, int(until.timestamp()) // _MINUTE
    minutes = np.arange(first, last + 1)
    # Offsets change on whole quarter hours, so one look at the clock does for fifteen minutes.
    quarter, where = np.unique(minutes // 15, return_inverse=True)
    begins = [datetime.fromtimestamp(int(q) * 15 * _MINUTE, zone) for q in quarter]
    start = np.array([one.weekday() * 1440 + one.hour * 60 + one.minute for one in begins])
    of_week = (start[where] + minutes % 15) % 10080
    table = pa.table({"minute": minutes, "case": case.ravel()[of_week].astype(np.int64)})
    return Week(slots.astype(np.intp), table)


def settings_zone() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(settings.TIME_ZONE)


@dataclass
class Judged:
    """Distinct questions and what both say: index into each rulebook's verdicts; -1 not judged."""

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    unchecked: dict[str, int]


def judge_both(pairs: pa.Table, week: Week, before: Kernel, after: Kernel) -> Judged:
    """Judge each row of ``pairs`` (name, profile, case, n)."""
    names = _column(pairs, "name")
    known, profile = _profiles(_column(pairs, "profile"), before, after)
    plain = np.asarray(pc.match_substring_regex(names, _PLAIN).fill_null(False))
    plain &= np.asarray(pc.binary_length(names)) <= 253
    case = np.asarray(_column(pairs, "case"))
    count = np.asarray(_column(pairs, "n"))
    found = Judged(np.full(len(names), -1), np.full(len(names), -1), {})
    if (~known).any():
        reason = "their profile is in one of the rulebooks no more"
        found.unchecked[reason] = int(count[~known].sum())
    rows = np.flatnonzero(known & plain)
    for first in range(0, len(rows), CHUNK):
        some = rows[first : first + CHUNK]
        wires = _wires(names.take(pa.array(some)))
        _judge(found, wires, some, profile, week.slots[case[some]], (before, after))
    for row in np.flatnonzero(known & ~plain).tolist():
        try:
            wires = Wires.pack([to_wire(names[row].as_py())])
        except BadName:
            reason = "their name is none that can be asked"
            found.unchecked[reason] = found.unchecked.get(reason, 0) + int(count[row])
            continue
        some = np.array([row])
        _judge(found, wires, some, profile, week.slots[case[some]], (before, after))
    return found


def _judge(
    found: Judged,
    wires: Wires,
    rows: NDArray[np.intp],
    profile: NDArray[np.intp],
    slots: NDArray[np.intp],
    kernels: tuple[Kernel, Kernel],
) -> None:
    for which, (kernel, into) in enumerate(zip(kernels, (found.before, found.after), strict=True)):
        judged = kernel.judge_profiles(wires, profile[which][rows], slots[:, which])
        into[rows] = judged.verdict


def _wires(names: Any) -> Wires:
    text = "\n".join(names.to_pylist()) + "\n"
    return Wires.from_text(text.encode())


def _column(table: pa.Table, name: str) -> Any:
    return table.column(name).combine_chunks()


def _profiles(
    column: Any, before: Kernel, after: Kernel
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Whether both rulebooks know the profile, and its place in each, (2, n)."""
    encoded = pc.dictionary_encode(column)
    words, codes = encoded.dictionary.to_pylist(), np.asarray(encoded.indices)
    places = []
    for kernel in (before, after):
        place = {key: n for n, key in enumerate(kernel.rulebook.profiles)}
        places.append(np.array([place.get(word, -1) for word in words] or [0], np.intp)[codes])
    both = np.stack(places)
    known: NDArray[np.bool_] = np.all(both >= 0, axis=0)
    return known, both
