"""Representative people: a fixed, weighted set of points that stands for everybody's traits.

The laws are those of `agents.traits`; points lie evenly over all traits together (Sobol 1967), more
of them where much depends on few: people who wish for many clips, who stay long, small segments.
Weights make good for that, and are raked (Deming and Stephan 1940) until every share of the market
(regions by system, surfaces by system, segments) is exactly that of its cells.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.state import COLUMNS
from sim.columns import Columns
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig

Floats = npt.NDArray[np.float64]
#: Representative people; a power of two, as Sobol's points are balanced then.
N_POINTS = 256
#: How much denser points lie among the few: u = v**_FEW from below, or 1 - (1 - v)**_FEW.
_FEW = 1.5
#: Rounds of raking; shares agree to 1e-9 after half as many.
_ROUNDS = 12
#: No point lies in a tail beyond.
_LEAST = 1e-9


@lru_cache(maxsize=16)
def even_points(n: int, dimensions: int) -> Floats:
    """Return (dimensions, n) numbers that fill the unit cube evenly, the same ones always."""
    from scipy.stats import qmc

    sobol = qmc.Sobol(dimensions, scramble=True, seed=20250930)
    return np.ascontiguousarray(sobol.random(n).T)


def _dense_below(v: Floats) -> tuple[Floats, Floats]:
    """Return quantile levels that lie denser near 0, and their weights."""
    return v**_FEW, _FEW * v ** (_FEW - 1.0)


def _dense_above(v: Floats) -> tuple[Floats, Floats]:
    """Return quantile levels that lie denser near 1, and their weights."""
    u, weight = _dense_below(1.0 - v)
    return 1.0 - u, weight


class Points:
    """A weighted set of people.

    Attributes
    ----------
    arrays
        Columns of users (`agents.state`), a row for each point; traits are filled in.
    weight
        (N,) agents for whom each point stands; sums to ``n_users``.
    """

    def __init__(
        self,
        market: MarketConfig,
        cells: Cells,
        platforms: Sequence[PlatformConfig],
        n: int = N_POINTS,
    ) -> None:
        n_surfaces, n_platforms = len(cells.surface_names), len(platforms)
        cube = iter(even_points(n, 5 + n_surfaces + 2 * n_platforms))
        columns = Columns(COLUMNS, n, n_platforms)
        self.arrays = columns.arrays
        weight = np.ones(n)
        cell, segment_weight = _cells_of(cube, market, cells)
        weight *= segment_weight
        self.arrays["cell"][:] = cell
        weight *= self._draw_wishes(cube, market, cells)
        weight *= self._draw_tastes(cube, market, platforms)
        self.weight = raked(weight, _margins(market, cells, cell)) * market.n_users
        rate = self.arrays["person"].rate
        mean = (rate * self.weight).sum() / market.n_users
        if mean > 0.0:
            rate *= market.mean_clips / mean

    def __len__(self) -> int:
        return self.weight.size

    def _draw_wishes(self, cube: Any, market: MarketConfig, cells: Cells) -> Floats:
        """Fill creation rate and willingness to pay; return weights."""
        from scipy.special import gammaincinv, ndtri

        person = self.arrays["person"]
        u, weight = _dense_above(next(cube))
        shape = market.rate_shape
        unit = gammaincinv(shape, u) / shape if math.isfinite(shape) else np.ones(u.size)
        person.rate = market.mean_clips * unit
        rel = np.array([s.rel_willingness for s in market.segments.values()])
        log_rel = np.log(rel)[cells.segment[self.arrays["cell"]]]
        center = math.log(market.median_willingness_usd)
        person.willingness = center + market.willingness_sd * ndtri(next(cube)) + log_rel
        return weight

    def _draw_tastes(
        self, cube: Any, market: MarketConfig, platforms: Sequence[PlatformConfig]
    ) -> Floats:
        """Fill taste and drop-out probability by platform; return weights."""
        from scipy.special import betaincinv, ndtri

        member = self.arrays["member"]
        rho, weight = market.taste_correlation, np.ones(len(member))
        common = math.sqrt(rho) * ndtri(next(cube))
        for p, terms in enumerate(platforms):
            own = math.sqrt(1.0 - rho) * ndtri(next(cube))
            member["taste"][:, p] = terms.taste_sd * (common + own)
            v = next(cube)
            if terms.p_dropout is not None:
                member["dropout"][:, p] = terms.p_dropout
                continue
            u, denser = _dense_below(v)
            member["dropout"][:, p] = betaincinv(terms.dropout_alpha, terms.dropout_beta, u)
            weight *= denser
        return weight


def _cells_of(cube: Any, market: MarketConfig, cells: Cells) -> tuple[Any, Floats]:
    """Return the cell of each point, and weights: small segments have more points than people."""
    shares = _by_region_and_system(market, cells)
    region, system = np.divmod(_kind(next(cube), shares.ravel()), len(cells.systems))
    by_segment = np.array([segment.share for segment in market.segments.values()])
    denser = np.sqrt(by_segment) / np.sqrt(by_segment).sum()
    segment = _kind(next(cube), denser)
    used = np.zeros(region.size, np.int64)
    for bit, name in enumerate(cells.surface_names):
        share = np.array([market.surfaces[name].get(os, 0.0) for os in cells.systems])
        used |= (next(cube) < share[system]).astype(np.int64) << bit
    key = _key(cells, cells.region, cells.os, cells.segment, cells.surfaces)
    order = np.argsort(key)
    found = np.searchsorted(key[order], _key(cells, region, system, segment, used))
    return order[found], by_segment[segment] / denser[segment]


def _key(cells: Cells, region: Any, system: Any, segment: Any, surfaces: Any) -> Any:
    one = (region * len(cells.systems) + system) * len(cells.segments) + segment
    return one * 2 ** len(cells.surface_names) + surfaces


def _kind(u: Floats, shares: Floats) -> npt.NDArray[np.int64]:
    """Return which of some kinds of people each number stands for."""
    edges = np.cumsum(shares) / shares.sum()
    there = np.flatnonzero(shares)
    return there[np.minimum(np.searchsorted(edges[there], u, side="right"), there.size - 1)]


def _by_region_and_system(market: MarketConfig, cells: Cells) -> Floats:
    """Return (regions, systems) share of the people."""
    return np.array(
        [
            [region.share * region.os.get(os, 0.0) for os in cells.systems]
            for region in market.regions.values()
        ]
    )


def _margins(market: MarketConfig, cells: Cells, cell: Any) -> list[tuple[Any, Floats]]:
    """Return, for each division of the people, the part of each point, and the share of each."""
    place = cells.region * len(cells.systems) + cells.os
    n_places = len(cells.regions) * len(cells.systems)
    divisions = [(place, n_places), (cells.segment, len(cells.segments))]
    for bit in range(len(cells.surface_names)):
        divisions.append((2 * cells.os + cells.uses(bit), 2 * len(cells.systems)))
    return [(part[cell], np.bincount(part, cells.share, size)) for part, size in divisions]


def raked(weight: Floats, margins: Iterable[tuple[Any, Floats]]) -> Floats:
    """Return weights that sum to 1 and, part by part, to the shares of each division.

    A part in which no point lies is left out, and the others stand for it.

    Parameters
    ----------
    margins
        For each division of the people: (N,) part of each point, and the share of each part.
    """
    for _ in range(_ROUNDS):
        for part, shares in margins:
            there = np.bincount(part, weight, shares.size)
            factor = np.divide(shares, there, out=np.zeros(shares.size), where=there > 0.0)
            weight = weight * factor[part]
    return np.asarray(weight / weight.sum())
