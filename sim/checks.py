"""Numbers handed to a public function: checked once, refused in one line."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.errors import ConfigError

Floats: TypeAlias = float | NDArray[np.float64]


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
