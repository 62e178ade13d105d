"""How unequally something is spread over people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def concentration(values: npt.ArrayLike, top: float) -> float:
    """Return the share of the total that the top part of people hold, ties split evenly.

    Parameters
    ----------
    values
        (n,) one number per person, such as clips made.
    top
        Part of the people, 0 to 1: .01 for the top percent.
    """
    ordered = np.sort(np.asarray(values, float))[::-1]
    total = ordered.sum()
    if ordered.size == 0 or total <= 0.0:
        return float("nan")
    cut = top * ordered.size
    whole = int(cut)
    part = ordered[:whole].sum()
    if whole < ordered.size:
        part += (cut - whole) * ordered[whole]
    return float(part / total)
