"""Traits drawn once, by inverse CDF of one keyed uniform each.

Quantiles come from scipy on a grid, and from interpolation between: 4,097 nodes, even in the logit
of u, so that both tails are as well resolved as the middle. The interpolated value is the log of a
Gamma, the logit of a Beta, the Normal itself; each is nearly linear in logit(u), and the relative
error of the result is below 1e-4. Nodes are rounded to single precision, so that the last digits
of a special function cannot tell two versions of scipy apart.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from sim.columns import Columns
from sim.compiled import kernel, scalar
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig
from sim.rng import NO_PLATFORM, TIMELESS, Stream, uniform

_LOGIT_MAX = 23.0  # uniforms lie between 2**-33 and 1 - 2**-33: |logit| <= 22.9
_N_NODES = 4097
_TABLE = npt.NDArray[np.float64]

_CELL = np.uint64(Stream.CELL)
_RATE = np.uint64(Stream.RATE)
_WILLINGNESS = np.uint64(Stream.WILLINGNESS)
_TASTE = np.uint64(Stream.TASTE)
_DROPOUT = np.uint64(Stream.DROPOUT_TRAIT)
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


@kernel
def _draw_people(seed, uid, cumulative, gamma, normal, mean, median, sd, log_rel, cell, rate, wtp):  # type: ignore[no-untyped-def]
    for row in range(uid.size):
        u = uniform(seed, _CELL, _TIMELESS, uid[row], _NO_PLATFORM)
        cell[row] = min(np.searchsorted(cumulative, u, side="right"), cumulative.size - 1)
        u = uniform(seed, _RATE, _TIMELESS, uid[row], _NO_PLATFORM)
        rate[row] = mean * math.exp(quantile(gamma, u))
        u = uniform(seed, _WILLINGNESS, _TIMELESS, uid[row], _NO_PLATFORM)
        wtp[row] = median + sd * quantile(normal, u) + log_rel[cell[row]]


@kernel
def _draw_tastes(seed, uid, key, normal, beta, sd, rho, constant, taste, dropout):  # type: ignore[no-untyped-def]
    for row in range(uid.size):
        if sd > 0.0:
            u = uniform(seed, _TASTE, _TIMELESS, uid[row], _NO_PLATFORM)
            v = uniform(seed, _TASTE, _TIMELESS, uid[row], key)
            common = math.sqrt(rho) * quantile(normal, u)
            taste[row] = sd * (common + math.sqrt(1.0 - rho) * quantile(normal, v))
        if constant >= 0.0:
            dropout[row] = constant
        else:
            u = uniform(seed, _DROPOUT, _TIMELESS, uid[row], key)
            dropout[row] = 1.0 / (1.0 + math.exp(-quantile(beta, u)))


def draw_people(columns: Columns, cells: Cells, market: MarketConfig, seed: np.uint64) -> None:
    """Fill cell, creation rate and willingness to pay."""
    rel = np.array([s.rel_willingness for s in market.segments.values()])
    _draw_people(
        seed,
        columns["uid"],
        np.cumsum(cells.share),
        log_gamma_table(market.rate_shape),
        normal_table(),
        market.mean_clips,
        math.log(market.median_willingness_usd),
        market.willingness_sd,
        np.log(rel)[cells.segment],
        columns["cell"],
        columns["rate"],
        columns["willingness"],
    )


def draw_tastes(
    columns: Columns, p: int, key: int, platform: PlatformConfig, rho: float, seed: np.uint64
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
    _draw_tastes(
        seed,
        columns["uid"],
        key,
        normal_table(),
        beta,
        platform.taste_sd,
        rho,
        constant,
        columns["taste"][p],
        columns["dropout"][p],
    )
