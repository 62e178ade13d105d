"""How long people have been there, in groups: narrow ones while novelty wears off, wide ones after.

Each night a part 1/width of a group passes into the next, so that the mean time in a group is its
width; within a group all are as one of its ages (visits: as the mean of its ages).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: Days since the start at which groups begin; the last one has no end. One begins at
#: `agents.day.use.ONBOARDING_DAYS`, up to which free clips count as the cost of winning somebody.
FIRST_AGE = np.array([0, 1, 2, 4, 8, 16, 30])
N_GROUPS = FIRST_AGE.size
#: Ages of the last group that its means are taken over.
_OLDEST = 150
_LAST_AGE = np.append(FIRST_AGE[1:], _OLDEST) - 1
#: (G,) part of a group that grows out of it each day.
PASSING = np.append(1.0 / np.diff(FIRST_AGE), 0.0)
#: (G,) age that stands for all of a group.
TYPICAL_AGE = (FIRST_AGE + _LAST_AGE) // 2


def mean_by_group(by_age: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return (..., G) the mean over the ages of each group; (..., ages) may end early."""
    last = by_age.shape[-1] - 1
    sums = np.concatenate([np.zeros((*by_age.shape[:-1], 1)), by_age.cumsum(axis=-1)], axis=-1)
    first, end = np.minimum(FIRST_AGE, last), np.minimum(_LAST_AGE, last) + 1
    return np.asarray((sums[..., end] - sums[..., first]) / (end - first))
