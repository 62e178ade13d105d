"""Numbers handed to a public function: checked once, refused in one line."""

from __future__ import annotations

import datetime as dt
import math
import operator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.errors import ConfigError

Floats: TypeAlias = float | NDArray[np.float64]


def plain(value: Any) -> Any:
    """Return one value of numpy or pandas as Python's own; any other as it is.

    Examples
    --------
    >>> plain(np.int64(3)), plain(np.datetime64("2025-12-31", "ns"))
    (3, datetime.date(2025, 12, 31))
    """
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dt.datetime) and value == value and value.time() == dt.time():
        return value.date()  # a Timestamp of pandas; its NaT is unequal to itself
    return value


def as_whole(value: Any) -> int | None:
    """Return a whole number as Python's own, whoever's type it has; None if it is none.

    Examples
    --------
    >>> as_whole(np.int64(3)), as_whole(True), as_whole(3.0), as_whole("3")
    (3, None, None, None)
    """
    if isinstance(value, bool | np.bool_):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def in_range(
    name: str, value: Floats, low: float = -math.inf, high: float = math.inf, *, ends: str = "[]"
) -> Floats:
    """Return `value` as float or float64 array, or raise ConfigError with what is allowed.

    `ends` is written as an interval is: ``"(]"`` leaves out the low end.
    """
    if type(value) is float and (
        low < value < high or (ends == "[]" and low <= value <= high and math.isfinite(value))
    ):
        return value  # the plain case, many times a day, needs no array
    given = np.asarray(value, dtype=np.float64)
    above = given > low if ends[0] == "(" else given >= low
    below = given < high if ends[1] == ")" else given <= high
    good = above & below & np.isfinite(given)
    if not np.all(good):
        least = f"{'>' if ends[0] == '(' else '≥'} {low:g}"
        most = f"{'<' if ends[1] == ')' else '≤'} {high:g}" if math.isfinite(high) else "finite"
        raise ConfigError(
            f"{name} = {given[~good].flat[0]:g}: must be "
            f"{f'{least} and ' if math.isfinite(low) else ''}{most}. "
            "Correct it where it is set, or check its unit."
        )
    return given if given.ndim else float(given)
