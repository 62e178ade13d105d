"""How many replicates are enough: until an interval is as narrow as was asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.checks import as_number, whole_from
from sim.errors import ConfigError
from sim.metrics import metric_of

CONFIDENCE = 0.95
#: Replicates beyond any use.
MOST = 1_000_000
#: With fewer, an interval is too often narrow by luck; later steps at most double them.
FEWEST = 10
#: Fewer that are not the commonest value say too little of how large the rare ones are: with 5 of
#: 10 a 95 % interval covers 91 %, with 6 it covers 95 % (law "to both sides" of the tests).
FEWEST_OTHERS = 6


class Interval(NamedTuple):
    """A mean with its 95 % interval; infinitely wide where the values are too few to tell."""

    mean: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Distance from the mean to the farther end: what ± means of an interval that is askew."""
        return max(self.high - self.mean, self.mean - self.low)


def interval(values: npt.ArrayLike) -> Interval:
    """Return the mean of replicates and its 95 % interval.

    Student's t counts on a normal law. What a policy does in small markets often has none: most
    pairs are identical, and a few differ by much to one side, so that n values hold few of those
    that matter. Hence two additions:

    - From skewed values the interval reaches out on the side of the long tail: it covers Student's
      t and the t of Hall's cubic, which takes out the skewness that the sample shows. For normal
      values this makes it wider by 9 % at 10 values, 4 % at 20 and 1 % at 50.
    - Where one value makes up half of the sample or more, and fewer than `FEWEST_OTHERS` values
      are another one, it is infinite: how large the rare differences are cannot be told from so
      few. So are the intervals of one value, and of values that are all the same.

    Over the laws of `tests/sim/experiments/test_coverage.py` it covers 93 % or more from 10 values
    on. A lognormal with sigma = 1 has 90 % at 10 values and 93 % at 20: nothing that is shown by 10
    values of it gives its tail away.

    Parameters
    ----------
    values
        (replicates,) one number for each.

    References
    ----------
    Hall (1992), "On the removal of skewness by transformation", Journal of the Royal Statistical
    Society B 54.
    """
    sample = np.asarray(values, np.float64)
    mean = float(sample.mean())
    if not np.isfinite(sample).all() or _too_few_differ(sample):
        return Interval(mean, -math.inf, math.inf)
    n = sample.size
    sd = float(sample.std(ddof=1))
    quantile = _students(n - 1) / math.sqrt(n)
    # Over sd with n - 1: in small samples of normal values the skewness is luck, and this damps it.
    skewness = float(np.mean(((sample - mean) / sd) ** 3))
    down, up = (_without_skewness(end, skewness, n) for end in (quantile, -quantile))
    return Interval(mean, mean - sd * max(quantile, down), mean + sd * max(quantile, -up))


@lru_cache(maxsize=1024)
def _students(freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + CONFIDENCE / 2, freedom))


def _without_skewness(end: float, skewness: float, n: int) -> float:
    """Return where Hall's cubic of the studentized mean reaches `end`, both in units of sd."""
    if abs(skewness) < 1e-6:
        return end
    return (float(np.cbrt(1 + skewness * (end - skewness / (6 * n)))) - 1) / (skewness / 3)


def _too_few_differ(sample: npt.NDArray[np.float64]) -> bool:
    """Whether all but a few of the values are the same, up to rounding."""
    if sample.size < 2:
        return True
    scale = float(np.abs(sample).max()) or 1.0
    commonest = int(np.unique(np.round(sample / scale, 9), return_counts=True)[1].max())
    others = sample.size - commonest
    return commonest > 1 and others < FEWEST_OTHERS and commonest >= others


@dataclass(frozen=True, kw_only=True)
class Precision:
    """The half-width that the 95 % interval of one number shall have.

    Parameters
    ----------
    metric, platform
        The number: a metric of the catalogue ...
    since, date
        ... over a span of days, by its own rule (`Results.total`); by default the whole run.
    relative, absolute
        Half-width as a part of the mean, or in the metric's unit; exactly one of them.
    most
        Replicates at which it stops, reached or not.
    """

    metric: str
    platform: str
    since: Any = None
    date: Any = None
    relative: float | None = None
    absolute: float | None = None
    most: int = 1000

    def __post_init__(self) -> None:
        metric_of(self.metric)
        widths = {"relative": self.relative, "absolute": self.absolute}
        given = [as_number(name, width) for name, width in widths.items() if width is not None]
        if len(given) != 1 or not given[0] > 0:
            raise ConfigError(
                f"precision of {self.metric}: relative = {self.relative}, absolute = "
                f"{self.absolute}: give exactly one of them, above 0."
            )
        whole_from("precision: most", self.most, FEWEST, MOST)

    @property
    def span(self) -> tuple[str, str, Any, Any]:
        """Metric, platform, first and last day, as `Ensemble.total` takes them."""
        return self.metric, self.platform, self.since, self.date

    def needed(self, values: npt.ArrayLike) -> int:
        """Return how many replicates to have next; no more than there are if it is met.

        Identical values do not meet it: they say that differences are rare, not how large they are.
        """
        sample = np.asarray(values, np.float64)
        n = sample.size
        if n < FEWEST:
            return min(FEWEST, self.most)
        found = interval(sample)
        aim = (self.absolute or 0.0) + (self.relative or 0.0) * abs(found.mean)
        if found.half <= aim or n >= self.most or not np.isfinite(sample).all():
            return n
        guess = math.inf if aim == 0 else n * (found.half / aim) ** 2
        return int(min(max(guess, n + 1), 2 * n, self.most))
