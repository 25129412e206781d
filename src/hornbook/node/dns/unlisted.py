"""What names in no list look like, for the record: P(adult) of each, away from the answers.

Runs where rows are made, on the journal's thread. A name is scored once and then remembered,
so that the same names all day cost a look-up. A score marks a row; it blocks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hornbook.scan.unseen import WIDTH, Model, shipped

REMEMBERED = 50_000  # names

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


class Scorer:
    """Scores with ``model``, the shipped one unless told; it is loaded at the first use."""

    def __init__(self, model: Callable[[], Model] = shipped) -> None:
        self._model = model
        self._known: dict[str, float] = {}

    @property
    def version(self) -> str:
        return self._model().version

    def scores(
        self, names: pa.Array[Any], octets: NDArray[np.uint8], length: I64, rows: I64
    ) -> F32:
        """P(adult) float32 (len(rows),) of the names in ``rows``.

        ``names`` are all names as text, ``octets`` the same in wire form one behind the other,
        ``length`` int64 of each with its root octet.
        """
        distinct: Any = pc.dictionary_encode(names.take(pa.array(rows, pa.int64())))
        texts = distinct.dictionary.to_pylist()
        code = distinct.indices.to_numpy()
        found = np.array([self._known.get(text, -1.0) for text in texts], np.float32)
        new = np.flatnonzero(found < 0)
        if len(new):
            first = rows[np.unique(code, return_index=True)[1][new]]
            found[new] = self._score(octets, np.cumsum(length) - length, length, first)
            self._remember([texts[place] for place in new.tolist()], found[new])
        return np.asarray(found.take(code), np.float32)

    def _score(self, octets: NDArray[np.uint8], begins: I64, length: I64, rows: I64) -> F32:
        size = length[rows]
        place = np.arange(min(int(size.max()), WIDTH))
        at = np.minimum(begins[rows, None] + place, len(octets) - 1)
        return np.asarray(self._model().probability(octets[at], size), np.float32)

    def _remember(self, names: list[str], scores: F32) -> None:
        if len(self._known) + len(names) > REMEMBERED:
            self._known.clear()
        self._known.update(zip(names, scores.tolist(), strict=True))
