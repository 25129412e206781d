"""Which questions flip, and which rows of the record these are.

Most drafts change lists or rules that hold all week: then every row of a profile and a name
flips, and nobody need ask what time it was. Only the others are joined with the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hornbook.district.activity.rehearsal.judging import Judged, Week
from hornbook.kernel.judge import Kernel
from hornbook.record.questions import seconds

if TYPE_CHECKING:
    from ibis.expr.types import Table

CHANGE = ("was", "becomes", "cites")
_PAIR = ("profile", "name")


def timed(table: Table, week: Week) -> Table:
    """The rows with ``case``: which slots of both rulebooks held at that minute."""
    import ibis

    if week.minutes is None:
        return table.mutate(case=ibis.literal(0, "int64"))
    minute = (seconds(table["at"]) // 60).cast("int64")
    clock = ibis.memtable(week.minutes)
    return table.mutate(minute=minute).inner_join(clock, "minute")


def flips_of(pairs: pa.Table, judged: Judged, before: Kernel, after: Kernel) -> pa.Table:
    """The questions that flip: profile, name, case, what changes (``CHANGE``), ``n`` rows.

    ``always`` says that the rows of this profile and name all flip, and alike.
    """
    old, new = before.rulebook.verdicts, after.rulebook.verdicts
    both = np.stack([judged.before, judged.after], axis=1)
    verdicts, which = np.unique(both, axis=0, return_inverse=True)
    told = {
        place: (old[b].action, new[a].action, new[a].clause or old[b].clause)
        for place, (b, a) in enumerate(verdicts.tolist())
        if b >= 0 and (old[b].action, old[b].clause) != (new[a].action, new[a].clause)
    }
    rows = np.flatnonzero(np.isin(which.ravel(), list(told)))
    kept = pairs.take(pa.array(rows, pa.int64())).select([*_PAIR, "case", "n"])
    words = [told[place] for place in which.ravel()[rows].tolist()]
    for place, name in enumerate(CHANGE):
        kept = kept.append_column(name, pa.array([word[place] for word in words], pa.utf8()))
    # The recorded action split some.
    whole = kept.group_by([*_PAIR, "case", *CHANGE]).aggregate([("n", "sum")])
    return _with_always(whole.rename_columns({"n_sum": "n"}), pairs)


def _with_always(flips: pa.Table, pairs: pa.Table) -> pa.Table:
    """Whether as many rows flip, in the same way, as there are of that profile and name."""
    same = pairs.filter(pc.is_in(pairs["name"], pc.unique(flips["name"])))
    there = same.group_by(list(_PAIR)).aggregate([("n", "sum")]).rename_columns({"n_sum": "there"})
    alike = flips.group_by([*_PAIR, *CHANGE]).aggregate([("n", "sum")])
    found = alike.join(there, list(_PAIR))
    always = pc.equal(found["n_sum"], found["there"])
    keys = found.select([*_PAIR, *CHANGE]).append_column("always", always)
    return flips.join(keys, [*_PAIR, *CHANGE])


def flipped(table: Table, flips: pa.Table, week: Week) -> Table:
    """The rows that flip: ``name``, ``site``, ``person`` and what changes."""
    import ibis

    columns = ["name", "site", "person", *CHANGE]
    whole = flips.filter(flips["always"]).select([*_PAIR, *CHANGE])
    whole = whole.group_by(whole.column_names).aggregate([])
    parts = [table.inner_join(ibis.memtable(whole), _PAIR).select(*columns)]
    timely = flips.filter(pc.invert(flips["always"])).select([*_PAIR, "case", *CHANGE])
    if timely.num_rows:
        some = table.semi_join(ibis.memtable(timely.select(["name"])), "name")
        joined = timed(some, week).inner_join(ibis.memtable(timely), [*_PAIR, "case"])
        parts.append(joined.select(*columns))
    return parts[0] if len(parts) == 1 else parts[0].union(parts[1])
