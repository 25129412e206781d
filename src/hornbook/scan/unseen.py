"""What the name of an unlisted site looks like: P(adult) from character n-grams.

A name alone never blocks. The score marks the record, queues a page check and may ask for a
person's review; it says so in words that name the parts of the name that weighed most.

The model is a logistic regression over hashed n-grams (2 to 6 octets) of the wire name with
its label lengths folded into one boundary octet, so that it reads the same columns as the
batch kernel and needs no text. ``training/unseen.py`` makes it; ``bench/unseen.py`` measures
it; ``data/unseen.json`` says from what it was trained and how well it does.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZES = (2, 3, 4, 5, 6)
BITS = 20
BOUNDARY = ord(".")
WIDTH = 96  # octets that are read; the end of a longer name says little about its site
_MULTIPLIERS = np.array([2654435761, 2246822519, 3266489917, 668265263, 374761393], np.uint32)
_STEP = np.uint32(0x01000193)
FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Model:
    """``weights`` int8 (2**BITS,), the n-grams' parts of the score in units of ``scale``.

    ``slope`` and ``shift`` turn a score into log odds at the base rate that the card names.
    ``thresholds`` are probabilities by false-positive rate on the validation names.
    """

    version: str
    weights: NDArray[np.int8]
    scale: float
    bias: float
    slope: float
    shift: float
    thresholds: dict[str, float]
    card: dict[str, Any]

    def scores(self, data: NDArray[np.uint8], length: NDArray[np.integer[Any]]) -> NDArray[Any]:
        """Raw score float32 (n,) of wire names: ``data`` uint8 (n, width), ``length`` (n,)."""
        text, size = boundary_text(data, length)
        total = np.zeros(len(text), np.float32)
        count = np.zeros(len(text), np.float32)
        for index, inside in ngrams(text, size):
            total += np.where(inside, self.weights[index], 0).sum(axis=1, dtype=np.int32)
            count += inside.sum(axis=1)
        score = total * np.float32(self.scale) / np.sqrt(np.maximum(count, 1))
        return np.asarray(score + np.float32(self.bias), np.float32)

    def probability(
        self, data: NDArray[np.uint8], length: NDArray[np.integer[Any]]
    ) -> NDArray[Any]:
        """P(adult) float32 (n,), at the base rate of the card; 0.5 is *not* a threshold."""
        odds = self.scores(data, length) * self.slope + self.shift
        return np.asarray(1 / (1 + np.exp(-odds)), np.float32)

    def explain(self, wire: bytes, most: int = 3) -> list[tuple[str, float]]:
        """The letters of one name that speak most for *adult*, each with its part of the score.

        Every n-gram's part is shared among its octets; what lies well above the rest is told,
        the weightiest stretch first.
        """
        data = np.frombuffer(wire, np.uint8)[None, :]
        text, size = boundary_text(data, np.array([len(wire)]))
        grams = ngrams(text, size)
        count = sum(int(inside.sum()) for _, inside in grams)
        share = np.zeros(text.shape[1])
        for n, (index, inside) in zip(SIZES, grams, strict=True):
            part = np.where(inside[0], self.weights[index[0]], 0) * self.scale / count**0.5 / n
            for place in range(n):
                share[place : place + len(part)] += part
        return _stretches(bytes(text[0]).decode("latin-1"), share, most)


def _stretches(text: str, share: NDArray[np.float64], most: int) -> list[tuple[str, float]]:
    """Runs of letters whose share is above a third of the largest, heaviest first."""
    high = share > max(float(share.max()) / 3, 0.0)
    found = []
    for run in re.finditer("1+", "".join("01"[int(on)] for on in high)):
        letters = text[run.start() : run.end()].strip(".-")
        if len(letters) > 1:
            found.append((letters, round(float(share[run.start() : run.end()].sum()), 3)))
    return sorted(found, key=lambda item: -item[1])[:most]


def boundary_text(
    data: NDArray[np.uint8], length: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.uint8], NDArray[np.integer[Any]]]:
    """Wire names as ``.www.example.``: length octets and root become the boundary octet."""
    width = int(min(WIDTH, max(length.max(initial=1), 1)))
    text = data[:, :width].copy()
    text[_length_octets(data[:, :width])] = BOUNDARY
    upper = (text >= ord("A")) & (text <= ord("Z"))
    text[upper] |= 0x20
    return text, np.minimum(length, width)


def _length_octets(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where the length octets stand, bool (n, width), by a walk along the labels."""
    rows = np.arange(len(data))
    marks = np.zeros(data.shape, np.bool_)
    place = np.zeros(len(data), np.intp)
    while len(rows):
        marks[rows, place] = True
        step = data[rows, place].astype(np.intp)
        place = place + step + 1
        on = (step > 0) & (place < data.shape[1])
        rows, place = rows[on], place[on]
    return marks


def ngrams(
    text: NDArray[np.uint8], size: NDArray[np.integer[Any]]
) -> list[tuple[NDArray[np.uint32], NDArray[np.bool_]]]:
    """For each n of SIZES: hashed index uint32 (n_rows, places) and which places count."""
    octets = text.astype(np.uint32)
    rolling = octets
    places = np.arange(text.shape[1])
    found = []
    for n, multiplier in zip(SIZES, _MULTIPLIERS, strict=True):
        rolling = rolling[:, : max(text.shape[1] - n + 1, 0)] * _STEP
        rolling += octets[:, n - 1 : n - 1 + rolling.shape[1]]
        mixed = (rolling ^ (rolling >> np.uint32(15))) * multiplier
        inside = places[: rolling.shape[1]] + n <= size[:, None]
        found.append((mixed >> np.uint32(32 - BITS), inside))
    return found


@cache
def shipped() -> Model:
    """The model that comes with Hornbook. Raises ValueError when its file was changed."""
    card = json.loads((FOLDER / "unseen.json").read_text())
    body = (FOLDER / "unseen.npz").read_bytes()
    if hashlib.sha256(body).hexdigest() != card["sha256"]:
        raise ValueError(f"{FOLDER / 'unseen.npz'} is not the file that its card describes")
    with np.load(FOLDER / "unseen.npz") as arrays:
        weights = arrays["weights"]
    return Model(
        version=card["version"],
        weights=weights,
        scale=card["scale"],
        bias=card["bias"],
        slope=card["slope"],
        shift=card["shift"],
        thresholds=card["thresholds"],
        card=card,
    )
