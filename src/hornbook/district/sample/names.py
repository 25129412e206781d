"""Invented people. The same seed gives the same names; nobody real is meant."""

from __future__ import annotations

from importlib import resources
from itertools import product
from random import Random


def people(count: int, seed: int) -> list[tuple[str, str]]:
    """That many different (given, family) names.

    Raises ValueError when there are not so many (about 12,000).
    """
    every = list(product(_words("given"), _words("family")))
    return Random(seed).sample(every, count)  # noqa: S311  (not a secret)


def _words(kind: str) -> list[str]:
    folder = resources.files("hornbook.district.sample")
    return (folder / f"{kind}.txt").read_text(encoding="utf-8").split()
