"""How many replicates are enough: until an interval is as narrow as was asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
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


class Interval(NamedTuple):
    """A mean with its 95 % interval by Student's t; infinitely wide for one value."""

    mean: float
    low: float
    high: float


def interval(values: npt.ArrayLike) -> Interval:
    """Return the mean of replicates and its interval.

    Parameters
    ----------
    values
        (replicates,) one number for each.
    """
    from scipy.stats import t

    sample = np.asarray(values, np.float64)
    mean = float(sample.mean())
    if sample.size < 2:
        return Interval(mean, -math.inf, math.inf)
    if not np.isfinite(sample).all():
        return Interval(mean, -math.inf, math.inf)
    half = float(t.ppf(0.5 + CONFIDENCE / 2, sample.size - 1) * sample.std(ddof=1))
    half /= math.sqrt(sample.size)
    return Interval(mean, mean - half, mean + half)


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
        """Return how many replicates to have next; no more than there are if it is met."""
        sample = np.asarray(values, np.float64)
        n = sample.size
        if n < FEWEST:
            return min(FEWEST, self.most)
        found = interval(sample)
        half = found.high - found.mean
        aim = (self.absolute or 0.0) + (self.relative or 0.0) * abs(found.mean)
        if half <= aim or n >= self.most or not math.isfinite(half):
            return n
        guess = math.inf if aim == 0 else n * (half / aim) ** 2
        return int(min(max(guess, n + 1), 2 * n, self.most))
