"""Points and weights for means over people whose tastes or means are normal."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

_Array = npt.NDArray[np.float64]


def normal_nodes(n: int) -> _Array:
    """Return the n points of the standard normal at which Gauss and Hermite take a mean."""
    return _gauss_hermite(n)[0]


def normal_weights(n: int) -> _Array:
    """Return the weights of these points; they sum to 1."""
    weights = _gauss_hermite(n)[1]
    return np.asarray(weights / weights.sum())


@cache
def _gauss_hermite(n: int) -> tuple[_Array, _Array]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    return nodes, weights
