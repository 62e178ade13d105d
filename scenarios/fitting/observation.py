"""From what happened to what was published: the observation model, apart from the market.

The market counts truly; vendors publish. A published number y of a vendor v is, on the log scale,

    log y = log x + log f + b_v + e,    b_v ~ N(0, s_v²),   e ~ N(0, s² - s_v² + d²),

with x what the market counts (`scenarios.inputs.targets.Target.reading`), f the factor of its
definition (double counting of app and web, say) with doubt d, b_v what all numbers of the vendor
share, and s the whole error of the number. b_v is never estimated but integrated out, so that two
numbers of one vendor are no two independent witnesses. Installs are compared with downloads and
never with activations; worldwide counts are readings scaled from the pool (A45).

The doubt d of a definition is taken as a number's own, since hardly two numbers of one vendor
share one that matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, roots_hermite

from scenarios.inputs.targets import Target
from sim.errors import ConfigError
from sim.formulas import Array
from sim.results import Results

#: Of the integral over the bias where numbers are ranges or bounds: exact to 1e-6 and better where
#: an interval is not much narrower than the bias is wide.
_NODES = 40
_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Observations:
    """Published numbers as a likelihood sees them, one place each.

    Parameters
    ----------
    targets
        In the order of all arrays.
    low, high
        (n,) ends on the log scale; equal for a number, infinite where there is only a bound.
    offset
        (n,) log of the definition's factor.
    own_sd
        (n,) standard deviation of what is the number's alone.
    vendor
        (n,) place of its vendor.
    vendor_sd
        (vendors,) standard deviation of what a vendor's numbers share.
    """

    targets: tuple[Target, ...]
    low: Array
    high: Array
    offset: Array
    own_sd: Array
    vendor: npt.NDArray[np.int64]
    vendor_sd: Array

    @property
    def is_point(self) -> npt.NDArray[np.bool_]:
        """(n,) whether it is one number, neither range nor bound."""
        return np.asarray(self.low == self.high)

    @property
    def covariance(self) -> Array:
        """(n, n) covariance of the errors on the log scale."""
        shared = self.vendor[:, None] == self.vendor[None, :]
        return np.asarray(np.diag(self.own_sd**2) + shared * self.vendor_sd[self.vendor] ** 2)

    def of_vendors(self) -> Iterator[tuple[float, npt.NDArray[np.int64]]]:
        """Yield (standard deviation of its bias, places of its numbers) of each vendor."""
        for v, bias_sd in enumerate(self.vendor_sd):
            yield float(bias_sd), np.flatnonzero(self.vendor == v)


def observations(targets: Sequence[Target]) -> Observations:
    """Return targets as a likelihood sees them.

    Raises
    ------
    ConfigError
        If there are none, or one is not above 0 and so has no logarithm.
    """
    if not targets:
        raise ConfigError(
            "no target: there must be one to compare with. Give a later day, or another vintage."
        )
    for one in targets:
        if not one.low > 0.0:
            raise ConfigError(
                f"target {one.id}: low = {one.low:g}: must be above 0, since errors are on the log "
                'scale. Give an upper bound instead (bound = "at_most").'
            )
    low, high = (np.log([getattr(one, end) for one in targets]) for end in ("low", "high"))
    bounds = np.array([one.bound for one in targets])
    vendors = list(dict.fromkeys(one.vendor for one in targets))
    own = [one.log_sd**2 - one.vendor.log_sd**2 + one.definition.log_sd**2 for one in targets]
    return Observations(
        targets=tuple(targets),
        low=np.where(bounds == "at_most", -np.inf, low),
        high=np.where(bounds == "at_least", np.inf, high),
        offset=np.log([one.factor for one in targets]),
        own_sd=np.sqrt(own),
        vendor=np.array([vendors.index(one.vendor) for one in targets]),
        vendor_sd=np.array([one.log_sd for one in vendors]),
    )


def readings(results: Results, targets: Sequence[Target]) -> Array:
    """Return (n,) what a run gives for each target; NaN where it does not contain its days."""
    return np.array([one.simulated(results) if one.reached(results) else np.nan for one in targets])


def log_likelihood(found: npt.ArrayLike, given: Observations) -> Array:
    """Return the log of the probability (density) of what was published, given runs.

    Numbers of a vendor are jointly normal on the log scale, with the covariance of `Observations`:
    in closed form (Sherman and Morrison's inverse of a diagonal plus a constant). A range counts by
    the probability that the published number lies in it, a bound by that of lying beyond; these are
    independent given the vendor's bias, whose normal distribution given its plain numbers is
    integrated over by Gauss and Hermite's rule.

    Parameters
    ----------
    found
        (..., n) readings of runs, in people, USD or clips, as of `readings`.

    Returns
    -------
    ndarray
        (...) log-likelihood, of densities of logs; -inf where a reading is 0, negative or NaN, so
        that such a run is never taken.

    Raises
    ------
    ConfigError
        If there is not one reading for each target.
    """
    read = np.asarray(found, np.float64)
    if read.ndim == 0 or read.shape[-1] != len(given.targets):
        raise ConfigError(
            f"readings of shape {read.shape}: the last axis must have one for each of "
            f"{len(given.targets)} targets, in their order. Take them from readings()."
        )
    good = np.all(np.isfinite(read) & (read > 0.0), axis=-1)
    expected = np.log(np.where(good[..., None], read, 1.0)) + given.offset
    total = np.zeros(read.shape[:-1])
    for bias_sd, places in given.of_vendors():
        total = total + _of_vendor(expected, given, bias_sd, places)
    return np.where(good, total, -np.inf)


def _of_vendor(
    expected: Array, given: Observations, bias_sd: float, places: npt.NDArray[np.int64]
) -> Array:
    """Return (...) the log-likelihood of one vendor's numbers."""
    points = places[given.is_point[places]]
    precision = given.own_sd[points] ** -2.0
    residual = given.low[points] - expected[..., points]
    # The bias given the plain numbers: normal, of precision 1/s² + Σ 1/e², pulled by residuals.
    pulled = residual @ precision
    variance = bias_sd**2 / (1.0 + bias_sd**2 * precision.sum())
    total: Array = -0.5 * (
        (residual**2) @ precision
        - variance * pulled**2
        + np.log1p(bias_sd**2 * precision.sum())
        + len(points) * _LOG_2PI
        - np.log(precision).sum()
    )
    ranges = places[~given.is_point[places]]
    if not len(ranges):
        return total
    nodes, weights = roots_hermite(_NODES)
    bias = (variance * pulled)[..., None] + np.sqrt(2.0 * variance) * nodes
    inside = np.zeros_like(bias)
    for place in ranges:
        middle = expected[..., place, None] + bias
        below, above = (
            (end[place] - middle) / given.own_sd[place] for end in (given.low, given.high)
        )
        inside = inside + _log_between(below, above)
    integral = inside + np.log(weights / np.sqrt(np.pi))
    largest = np.max(integral, axis=-1, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        summed = np.log(np.sum(np.exp(integral - largest), axis=-1))
    return np.asarray(total + largest[..., 0] + summed)


def _log_between(below: Array, above: Array) -> Array:
    """Return the log of the standard normal probability between two ends, exact in both tails."""
    # Mirrored where both are above 0, so that no two numbers near 1 are subtracted.
    flip = below > 0.0
    low, high = np.where(flip, -above, below), np.where(flip, -below, above)
    log_high, log_low = log_ndtr(high), log_ndtr(low)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log1p(-np.exp(log_low - log_high))
    return np.asarray(log_high + np.where(np.isneginf(low), 0.0, gap))


def draw_observations(
    found: npt.ArrayLike, given: Observations, n: int, rng: np.random.Generator
) -> Array:
    """Return (n, ..., targets) numbers as vendors might have published them of runs.

    For posterior predictive checks: what was published lies among them if the model can have made
    it. A target that is a range or a bound is drawn as the number that it is a range of.

    Parameters
    ----------
    found
        (..., targets) readings of runs.
    n
        Draws of each run; a vendor's bias is drawn anew for each.
    """
    read = np.asarray(found, np.float64)
    shape = (n, *read.shape[:-1])
    bias = rng.standard_normal((*shape, len(given.vendor_sd))) * given.vendor_sd
    own = rng.standard_normal((*shape, read.shape[-1])) * given.own_sd
    return np.asarray(read * np.exp(given.offset + bias[..., given.vendor] + own))
