"""Traits drawn once, by inverse CDF of one keyed uniform each.

Quantiles come from scipy on a grid, and from interpolation between: 4,097 nodes, even in the logit
of u, so that both tails are as well resolved as the middle. The interpolated value is the log of a
Gamma, the logit of a Beta, the Normal itself; each is nearly linear in logit(u), and the relative
error of the result is below 1e-4. Nodes are rounded to single precision, so that the last digits
of a special function cannot tell two versions of scipy apart.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from agents.cells import Cells
from sim.compiled import kernel, scalar
from sim.execution import Execution
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig
from sim.rng import NO_PLATFORM, TIMELESS, Stream, uniform

_LOGIT_MAX = 23.0  # uniforms lie between 2**-33 and 1 - 2**-33: |logit| <= 22.9
_N_NODES = 4097
_TABLE = npt.NDArray[np.float64]

#: Bytes of traits that are kept; 20,000 users of two platforms take half a megabyte.
_KEPT_BYTES = 32_000_000

_TIMELESS = np.int64(TIMELESS)
_NO_PLATFORM = np.int64(NO_PLATFORM)


def _nodes() -> tuple[_TABLE, _TABLE]:
    """Return u and 1 - u at the nodes, each computed without cancellation."""
    z = np.linspace(-_LOGIT_MAX, _LOGIT_MAX, _N_NODES)
    return 1.0 / (1.0 + np.exp(-z)), 1.0 / (1.0 + np.exp(z))


def _rounded(values: _TABLE) -> _TABLE:
    return values.astype(np.float32).astype(np.float64)


#: Tables take most of the time of building a small market, and markets of a sweep share them.
cached_table = lru_cache(maxsize=256)


@cached_table
def normal_table() -> _TABLE:
    """Return quantiles of the standard normal at the nodes."""
    from scipy.special import ndtri

    u, rest = _nodes()
    return _rounded(np.where(u < 0.5, ndtri(u), -ndtri(rest)))


@cached_table
def log_gamma_table(shape: float) -> _TABLE:
    """Return log quantiles of a Gamma with mean 1 and the given shape; zeros for shape inf."""
    from scipy.special import gammainccinv, gammaincinv, gammaln

    if math.isinf(shape):
        return np.zeros(_N_NODES)
    u, rest = _nodes()
    with np.errstate(divide="ignore", under="ignore"):
        lower = np.log(gammaincinv(shape, u))
        upper = np.log(gammainccinv(shape, rest))
    value = np.where(u < 0.5, lower, upper)
    # Where the quantile underflows, P(x) = x**k / Gamma(k + 1) is exact to double precision.
    series = (np.log(u) + gammaln(shape + 1.0)) / shape
    value = np.where(np.isfinite(value) & (value > -600.0), value, series)
    return _rounded(value - math.log(shape))


@cached_table
def logit_beta_table(alpha: float, beta: float) -> _TABLE:
    """Return logit quantiles of Beta(α, β) at the nodes."""
    from scipy.special import betainccinv, betaincinv

    u, rest = _nodes()
    with np.errstate(divide="ignore", over="ignore"):
        x = np.where(u < 0.5, betaincinv(alpha, beta, u), betainccinv(alpha, beta, rest))
        # 1 - x by symmetry, so that values close to 1 keep their digits.
        y = np.where(u < 0.5, betainccinv(beta, alpha, u), betaincinv(beta, alpha, rest))
        value = np.log(x) - np.log(y)
    return _rounded(np.clip(value, -700.0, 700.0))


@scalar
def quantile(table, u):  # type: ignore[no-untyped-def]
    """Interpolate a table at u in (0, 1)."""
    z = math.log(u) - math.log1p(-u)
    x = (z + _LOGIT_MAX) * ((_N_NODES - 1) / (2.0 * _LOGIT_MAX))
    i = min(max(int(x), 0), _N_NODES - 2)
    part = x - i
    return table[i] * (1.0 - part) + table[i + 1] * part


class _Known:
    """Traits that were drawn: markets of a sweep have the same people, as long as the seed is one.

    Parameters
    ----------
    most_bytes
        Bound of memory; what was used longest ago goes first, and what is larger is not kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._all: LRUCache[Any, tuple[npt.NDArray[Any], ...]] = LRUCache(
            most_bytes, lambda arrays: sum(array.nbytes for array in arrays)
        )
        self._lock = threading.Lock()

    def put(self, made_of: Any, into: Sequence[npt.NDArray[Any]]) -> bool:
        """Write what was drawn for the same reasons into arrays; False if that is not known."""
        with self._lock:
            found = self._all.get(made_of)
        if found is None:
            return False
        for array, values in zip(into, found, strict=True):
            array[...] = values
        return True

    def keep(self, made_of: Any, drawn: Sequence[npt.NDArray[Any]]) -> None:
        """Keep copies of what was drawn."""
        if sum(array.nbytes for array in drawn) <= self._all.maxsize // 8:
            with self._lock:
                self._all[made_of] = tuple(array.copy() for array in drawn)


_PEOPLE = _Known(_KEPT_BYTES)


@kernel
def _draw_people(  # type: ignore[no-untyped-def]
    seed, uid, low, high, cumulative, gamma, normal, mean, median, sd, log_rel, cell, person
):
    for row in range(low, high):
        key = uid[row] if uid.size > 0 else np.uint32(row)
        u = uniform(seed, Stream.CELL, _TIMELESS, key, _NO_PLATFORM)
        cell[row] = min(np.searchsorted(cumulative, u, side="right"), cumulative.size - 1)
        u = uniform(seed, Stream.RATE, _TIMELESS, key, _NO_PLATFORM)
        person[row].rate = mean * math.exp(quantile(gamma, u))
        u = uniform(seed, Stream.WILLINGNESS, _TIMELESS, key, _NO_PLATFORM)
        person[row].willingness = median + sd * quantile(normal, u) + log_rel[cell[row]]


@kernel
def _draw_tastes(seed, uid, low, high, p, key, normal, beta, sd, rho, constant, member):  # type: ignore[no-untyped-def]
    for row in range(low, high):
        uid_ = uid[row] if uid.size > 0 else np.uint32(row)
        if sd > 0.0:
            u = uniform(seed, Stream.TASTE, _TIMELESS, uid_, _NO_PLATFORM)
            v = uniform(seed, Stream.TASTE, _TIMELESS, uid_, key)
            common = math.sqrt(rho) * quantile(normal, u)
            member[row, p].taste = sd * (common + math.sqrt(1.0 - rho) * quantile(normal, v))
        if constant >= 0.0:
            member[row, p].dropout = constant
        else:
            u = uniform(seed, Stream.DROPOUT_TRAIT, _TIMELESS, uid_, key)
            member[row, p].dropout = 1.0 / (1.0 + math.exp(-quantile(beta, u)))


def draw_people(
    arrays: Mapping[str, Any],
    uid: npt.NDArray[np.uint32],
    cells: Cells,
    market: MarketConfig,
    seed: np.uint64,
    execution: Execution,
) -> None:
    """Fill cell, creation rate and willingness to pay.

    Parameters
    ----------
    arrays
        The arrays of `sim.columns.Columns`.
    uid
        (n_users,) keys of people's luck, or empty where they are the row numbers.
    """
    rel = np.array([s.rel_willingness for s in market.segments.values()])
    cumulative, log_rel = np.cumsum(cells.share), np.log(rel)[cells.segment]
    gamma, normal = log_gamma_table(market.rate_shape), normal_table()
    log_median = math.log(market.median_willingness_usd)

    kept = (arrays["cell"], arrays["person"]["rate"], arrays["person"]["willingness"])
    made_of = (
        "people", int(seed), market.n_users, cumulative.tobytes(), log_rel.tobytes(),
        market.rate_shape, market.mean_clips, log_median, market.willingness_sd,
    )  # fmt: skip
    if not uid.size and _PEOPLE.put(made_of, kept):
        return

    def draw(worker: int, low: int, high: int) -> None:
        _draw_people(
            seed, uid, low, high, cumulative, gamma, normal, market.mean_clips, log_median,
            market.willingness_sd, log_rel, arrays["cell"], arrays["person"],
        )  # fmt: skip

    execution.spread(market.n_users, draw)
    if not uid.size:
        _PEOPLE.keep(made_of, kept)


def draw_tastes(
    arrays: Mapping[str, Any],
    uid: npt.NDArray[np.uint32],
    p: int,
    key: int,
    platform: PlatformConfig,
    market: MarketConfig,
    seed: np.uint64,
    execution: Execution,
) -> None:
    """Fill taste and drop-out probability of one platform.

    Tastes share one common factor: corr(θ_p, θ_q) = ρ for every pair, the bivariate normal of the
    model for two platforms, without a matrix to be kept positive definite for more.
    """
    constant = -1.0 if platform.p_dropout is None else platform.p_dropout
    beta = (
        np.zeros(_N_NODES)
        if platform.p_dropout is not None
        else logit_beta_table(platform.dropout_alpha, platform.dropout_beta)
    )
    normal, rho, sd = normal_table(), market.taste_correlation, platform.taste_sd

    kept = (arrays["member"]["taste"][:, p], arrays["member"]["dropout"][:, p])
    made_of = (
        "tastes", int(seed), market.n_users, key, sd, rho, constant, platform.dropout_alpha,
        platform.dropout_beta,
    )  # fmt: skip
    if not uid.size and _PEOPLE.put(made_of, kept):
        return

    def draw(worker: int, low: int, high: int) -> None:
        _draw_tastes(
            seed, uid, low, high, p, key, normal, beta, sd, rho, constant, arrays["member"],
        )  # fmt: skip

    execution.spread(market.n_users, draw)
    if not uid.size:
        _PEOPLE.keep(made_of, kept)
