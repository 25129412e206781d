"""Loops that numba compiles, once, and keeps beside their source.

Compiled loops are an addition: everything that they answer is answered without them too, only
slower. So modules that hold such loops are loaded where speed is wanted, and not by all.

What is kept holds for the sources of all rooms that have such loops. numba itself looks at the one
file that a function stands in; what it takes from others, functions as well as numbers, is in the
machine code too, and an upgrade that changes only those must not go on with the old.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
_ROOMS = ("kernel", "node/dns", "node/doh")


def available() -> bool:
    """Whether this machine has numba."""
    return importlib.util.find_spec("numba") is not None


def compiled(function: F) -> F:
    """The function as machine code. Other threads go on while it runs.

    It gets numbers, arrays and named tuples of these, raises nothing and makes no object.
    """
    return _made(function)


def within(function: F) -> F:
    """The same for a piece of compiled functions: it becomes part of each that calls it.

    What is handed to it, however large a tuple, is then not copied.
    """
    return _made(function, forceinline=True)


def _made(function: F, **how: Any) -> F:
    import numba

    made: Any = numba.njit(cache=True, nogil=True, error_model="numpy", **how)(function)
    made._cache._cache_file._source_stamp = sources()  # no name of numba's is public here
    return cast("F", made)


@cache
def sources() -> str:
    """The hash of all that the machine code is made of."""
    here, found = Path(__file__).parents[1], sha256()
    for room in _ROOMS:
        for file in sorted((here / room).glob("*.py")):
            found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
