"""How the candle loop is compiled: once, cached on disk, with C's rules for division."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """Compile a numeric function on first use; the machine code is kept in numba's cache.

    Every divisor is checked where it can be 0: Python's own check at each division makes the loop
    three times as slow.
    """
    return cast(_F, njit(cache=True, error_model="numpy")(function))
