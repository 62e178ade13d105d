"""Representative people: a fixed, weighted set of points that stands for everybody's traits.

The laws are those of `agents.traits`. A point has two sides, and a weight for each. As somebody who
may come it stands for a kind of people (cell) and tastes, spread by a sequence of Sobol (1967). As
somebody who uses a platform it stands for a wish, a willingness to pay and chances to drop out:
nobody's coming hangs on those, so people who start are spread over all points of their kind anew,
which takes most of the noise out of few points. That side follows a Kronecker sequence along the
kinds, any stretch of which is even.

Points lie denser where much depends on few: long stays, large wishes, rare surfaces and segments.
Weights make good for it, and are bent (entropy balancing) until means of wishes and survival are
those of the laws; those of coming are raked (Deming and Stephan 1940) until regions by
system, users of each surface among them, and segments have exactly the shares of the cells.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.meanfield.balance import balanced, raked
from agents.meanfield.evenly import dense_above, dense_below, even_points, even_sequence
from agents.state import COLUMNS
from sim.columns import Columns
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig

Floats = npt.NDArray[np.float64]
#: Representative people; a power of two, as Sobol's points are balanced then.
N_POINTS = 256
#: Ages, in days, at which survival is kept, in the order in which points for it are there: those
#: between follow.
_AGES = (4, 40, 120, 1)
#: So that the weights of a kind of nobody can be compared.
_A_LITTLE = 1e-12
#: So many points keep so many means.
_POINTS_FOR, _N_MEANS = (8, 14, 60), (3, 5, 9)


class Points:
    """A weighted set of people.

    Attributes
    ----------
    arrays
        Columns of users (`agents.state`), a row for each point; traits are filled in.
    weight
        (N,) agents for whom each point stands as one who may come; sums to ``n_users``.
    use_weight
        (P, N) for how many of its kind it stands as a user, against other points of the kind.
    """

    def __init__(
        self,
        market: MarketConfig,
        cells: Cells,
        platforms: Sequence[PlatformConfig],
        n: int = N_POINTS,
    ) -> None:
        cube = iter(even_points(n, 3 + len(cells.surface_names) + len(platforms)))
        self.arrays = Columns(COLUMNS, n, len(platforms)).arrays
        cell, rare = _cells_of(cube, market, cells)
        # Along the kinds, the rarest division first, so that each is a stretch of the sequence.
        order = np.lexsort((cells.region[cell], cells.surfaces[cell], cells.segment[cell]))
        self.arrays["cell"][:] = cell[order]
        margins = _margins(market, cells, cell[order])
        self._draw_tastes(cube, market, platforms, order)
        self.weight = raked(rare[order], margins)
        features, means = self._tastes_kept(market, cells, platforms)
        self.weight = raked(balanced(self.weight, features, means), margins) * market.n_users
        uses = iter(even_sequence(n, 2 + len(platforms)))
        denser = self._draw_wishes(uses, market, cells)
        self.use_weight = denser * self._draw_stays(uses, platforms)
        self._keep_means(market, cells, platforms)

    def __len__(self) -> int:
        return self.weight.size

    def _draw_tastes(
        self, cube: Any, market: MarketConfig, platforms: Sequence[PlatformConfig], order: Any
    ) -> None:
        """Fill tastes by platform."""
        from scipy.special import ndtri

        member, rho = self.arrays["member"], market.taste_correlation
        common = math.sqrt(rho) * ndtri(next(cube))
        for p, terms in enumerate(platforms):
            own = math.sqrt(1.0 - rho) * ndtri(next(cube))
            member["taste"][:, p] = (terms.taste_sd * (common + own))[order]

    def _tastes_kept(
        self, market: MarketConfig, cells: Cells, platforms: Sequence[PlatformConfig]
    ) -> tuple[Floats, Floats]:
        """Return (K, N) features of tastes, and (K,) means that they have by their law.

        Mean, variance and covariance; mean and variance of the users of each surface, and mean of
        each region, of which tastes are independent.
        """
        member, cell = self.arrays["member"], self.arrays["cell"]
        parts = [cells.uses(bit)[cell] for bit in range(len(cells.surface_names))]
        regions = [cells.region[cell] == one for one in range(len(cells.regions))]
        features = []
        for p, terms in enumerate(platforms):
            taste = member["taste"][:, p].astype(float)
            over = taste**2 - terms.taste_sd**2
            features += [taste, over]
            features += [feature * part for part in parts for feature in (taste, over)]
            features += [taste * region for region in regions]
            for q, other in enumerate(platforms[:p]):
                both = market.taste_correlation * terms.taste_sd * other.taste_sd
                features.append(taste * member["taste"][:, q] - both)
        return np.array(features), np.zeros(len(features))

    def _draw_wishes(self, uses: Any, market: MarketConfig, cells: Cells) -> Floats:
        """Fill creation rate and willingness to pay; return weights."""
        from scipy.special import gammaincinv, ndtri

        person = self.arrays["person"]
        u, weight = dense_above(next(uses))
        shape = market.rate_shape
        person.rate = gammaincinv(shape, u) / shape if math.isfinite(shape) else np.ones(u.size)
        rel = np.array([s.rel_willingness for s in market.segments.values()])
        log_rel = np.log(rel)[cells.segment[self.arrays["cell"]]]
        center = math.log(market.median_willingness_usd)
        self._purse = market.willingness_sd * ndtri(next(uses))
        person.willingness = center + self._purse + log_rel
        return weight

    def _draw_stays(self, uses: Any, platforms: Sequence[PlatformConfig]) -> Floats:
        """Fill drop-out probabilities; return weights."""
        from scipy.special import betaincinv

        member = self.arrays["member"]
        weight = np.ones(member.shape[::-1])
        for p, terms in enumerate(platforms):
            v = next(uses)
            if terms.p_dropout is not None:
                member["dropout"][:, p] = terms.p_dropout
                continue
            u, denser = dense_below(v)
            member["dropout"][:, p] = betaincinv(terms.dropout_alpha, terms.dropout_beta, u)
            weight[p] = denser
        return weight

    def _keep_means(
        self, market: MarketConfig, cells: Cells, platforms: Sequence[PlatformConfig]
    ) -> None:
        """Bend weights until means over kinds of people, then over segments, are as the laws say.

        A kind has one segment and set of surfaces; many points keep more means than few.
        """
        cell = self.arrays["cell"]
        segment = cells.segment[cell]
        kind = segment * 2 ** len(cells.surface_names) + cells.surfaces[cell]
        wish = self.arrays["person"].rate.astype(float)
        purse = self._purse / max(market.willingness_sd, 1e-9)
        for p, terms in enumerate(platforms):
            stays = 1.0 - self.arrays["member"]["dropout"][:, p].astype(float)
            rows = _means_kept(terms, wish, purse, stays)
            for division in (kind, segment):
                for one in np.unique(division):
                    mine = np.flatnonzero(division == one)
                    n_kept = np.searchsorted(_POINTS_FOR, mine.size, side="right")
                    n_means = (0, *_N_MEANS)[n_kept]
                    bent = self.use_weight[p, mine] / self.use_weight[p, mine].sum()
                    if n_means:
                        means = np.array([mean for mean, _ in rows[:n_means]])
                        features = np.array([one[mine] for _, one in rows[:n_means]])
                        bent = balanced(bent, features, means)
                    self.use_weight[p, mine] = bent * max(self.weight[mine].sum(), _A_LITTLE)
        self.arrays["person"].rate *= market.mean_clips


def _means_kept(
    terms: PlatformConfig, wish: Floats, purse: Floats, stays: Floats
) -> list[tuple[float, Floats]]:
    """Return means that traits of use have by their laws, the first ones first, and the traits.

    Traits are independent, so that the mean of a product is that of means. Survival to age t is
    B(α, β + t)/B(α, β).

    Parameters
    ----------
    wish, purse
        (N,) creation rate over its mean, and willingness to pay in standard deviations.
    """
    from scipy.special import betaln

    a, b = terms.dropout_alpha, terms.dropout_beta

    def survives(t: int) -> tuple[float, Floats]:
        if terms.p_dropout is not None:
            return (1.0 - terms.p_dropout) ** t, stays**t
        return math.exp(betaln(a, b + t) - betaln(a, b)), stays**t

    early, late, long, first = (survives(t) for t in _AGES)
    return [
        (1.0, wish),
        early,
        late,
        (0.0, purse),
        (late[0], late[1] * wish),
        (0.0, purse * wish),
        first,
        long,
        (1.0, purse**2),
    ]


def _cells_of(cube: Any, market: MarketConfig, cells: Cells) -> tuple[Any, Floats]:
    """Return the cell of each point, and weights: rare kinds have more points than people."""
    shares = _by_region_and_system(market, cells)
    place, weight = _kind(next(cube), shares.ravel(), 1.0)
    region, system = np.divmod(place, len(cells.systems))
    by_segment = np.array([segment.share for segment in market.segments.values()])
    segment, rarer = _kind(next(cube), by_segment, 0.5)
    weight = weight * rarer
    used = np.zeros(region.size, np.int64)
    for bit, name in enumerate(cells.surface_names):
        share = np.array([market.surfaces[name].get(os, 0.0) for os in cells.systems])[system]
        denser = np.sqrt(share) / (np.sqrt(share) + np.sqrt(1.0 - share))
        uses = next(cube) < denser
        used |= uses.astype(np.int64) << bit
        with np.errstate(divide="ignore", invalid="ignore"):
            weight *= np.where(uses, share / denser, (1.0 - share) / (1.0 - denser))
    key = _key(cells, cells.region, cells.os, cells.segment, cells.surfaces)
    order = np.argsort(key)
    found = np.searchsorted(key[order], _key(cells, region, system, segment, used))
    return order[found], weight


def _key(cells: Cells, region: Any, system: Any, segment: Any, surfaces: Any) -> Any:
    one = (region * len(cells.systems) + system) * len(cells.segments) + segment
    return one * 2 ** len(cells.surface_names) + surfaces


def _kind(u: Floats, shares: Floats, power: float) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return which of some kinds of people each number stands for, and weights.

    Parameters
    ----------
    power
        Points are spread by shares to this power: 1 as people are, less for more of the rare.
    """
    there = np.flatnonzero(shares)
    denser = shares[there] ** power / (shares[there] ** power).sum()
    place = np.minimum(np.searchsorted(np.cumsum(denser), u, side="right"), there.size - 1)
    return there[place], shares[there][place] / denser[place]


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
    divisions = [
        (2 * place + cells.uses(bit), 2 * n_places) for bit in range(len(cells.surface_names))
    ]
    # Last what is exact in any case: that of surfaces is not where a part has no point.
    divisions += [(cells.segment, len(cells.segments)), (place, n_places)]
    return [
        (part[cell], np.bincount(part, cells.share, size).astype(float)) for part, size in divisions
    ]
