"""Loops that numba compiles, once, and keeps beside their source.

Compiled loops are an addition: everything that they answer is answered without them too, only
slower. So modules that hold such loops are loaded where speed is wanted, and not by all.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def available() -> bool:
    """Whether this machine has numba."""
    return importlib.util.find_spec("numba") is not None


def compiled(function: F) -> F:
    """The function as machine code. Other threads go on while it runs.

    It gets numbers, arrays and named tuples of these, raises nothing and makes no object.
    """
    import numba

    made: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast("F", made)


def within(function: F) -> F:
    """The same for a piece of compiled functions: it becomes part of each that calls it.

    What is handed to it, however large a tuple, is then not copied.
    """
    import numba

    made: Any = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)(function)
    return cast("F", made)
