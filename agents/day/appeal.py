"""What the offer of each platform is to each kind of people: their tier, and what draws them.

The morning works it out by cell; what a person makes of it is decided by `agents.day.offer`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.day.offer import mean_served
from agents.platforms.economics import NegativeBinomial, expected_served
from agents.platforms.normal import normal_nodes, normal_weights
from sim.compiled import either_way
from sim.platform_config import PlatformConfig

if TYPE_CHECKING:
    from agents.day.world import World
    from sim.market_config import MarketConfig

_Floats = npt.NDArray[np.float64]
#: Nodes for the mean over normal willingness to pay.
_NODES = 64
#: Log odds of whom nothing draws: the chance is 0 in double precision, the number still finite.
_NOBODY = -1000.0
#: Beyond, a Gamma is one number (`sim.market_config`: inf = all alike).
_ALIKE = 1e9


def carried_by(terms: PlatformConfig, cells: Cells, bit: int) -> npt.NDArray[np.bool_]:
    """Return (C,) whether people meet the platform on one of its surfaces.

    They use the surface, it is switched on (``reach_per_day``), and where they live
    (``reach_regions``).
    """
    name = cells.surface_names[bit]
    if terms.reach_per_day.get(name, 0.0) <= 0.0:
        return np.zeros(len(cells), bool)
    regions = terms.reach_regions.get(name)
    here = cells.uses(bit)
    return here if regions is None else here & cells.mask(tuple(regions), cells.systems)


@either_way
def log_odds_of(weight: float, reason: float) -> float:
    """Return ν·log reason, or what no chance is left at."""
    return max(weight * math.log(reason), _NOBODY) if reason > 0.0 else _NOBODY


@either_way
def odds_of_newcomer(weight: float, part: float, p_served: float, feed: float) -> float:
    """Return the log odds of a newcomer of whose wish a part is served with room for all."""
    served = part * p_served
    return log_odds_of(weight, served + (1.0 - served) * feed)


@lru_cache(maxsize=1024)
def _in_quota(wish: float, shape: float, quota: int) -> float:
    """Return E[min(D, Q)]/E[D] of people whose wishes differ; 1 for no wish but a quota."""
    if wish <= 0.0 or quota == 0:
        return float(quota > 0)
    demand = NegativeBinomial(wish, min(shape, _ALIKE))
    return min(expected_served(demand, quota) / wish, 1.0)


class Appeal:
    """The offers of one platform by kind of people; worked out when its terms change.

    Parameters
    ----------
    market
        People's wish and willingness to pay.
    cells
        Kinds of people, C of them.
    """

    def __init__(self, market: MarketConfig, cells: Cells) -> None:
        self._market = market
        self._cells = cells
        segments = market.segments.values()
        self._rel_demand = np.array([s.rel_demand for s in segments])[cells.segment]
        self._log_rel = np.log([s.rel_willingness for s in segments])[cells.segment]
        self._tiers_of: Any = None
        #: What was worked out last, by kinds of newcomers, and of what.
        self._served_of: Any = None
        self._p_served = 1.0
        self._feed = -1.0
        self._part: list[float] = []
        self._odds: list[float] = []
        self._all_alike = np.zeros(len(cells), np.int64)
        self._kind = self._all_alike

    def tiers(self, terms: PlatformConfig) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return (C,) free clips a day, and (C,) whether people hold the plan already."""
        if self._tiers_of is not terms:
            self._tiers_of = terms
            free = np.full(len(self._cells), terms.free_quota_per_day, np.int64)
            held = np.zeros(len(self._cells), bool)
            for bit, name in enumerate(self._cells.surface_names):
                quota = terms.surface_quota_per_day.get(name, 0)
                free = np.where(carried_by(terms, self._cells, bit), np.maximum(free, quota), free)
                if name == terms.plan_surface:
                    held = self._cells.uses(bit)
            self._tiers = free, held
        return self._tiers

    def log_odds(
        self, w: World, p: int, terms: PlatformConfig
    ) -> tuple[list[float], npt.NDArray[np.int64]]:
        """Return what the offer adds to the utility of installing, ν·log reason, by newcomers.

        Their kinds are few; beside it stands (C,) of which of them the people of a cell are.

        The reason of a newcomer of average wish: what free clips, purse and plan can serve of the
        clips of a first day, in expectation, and of the rest what the feed is worth.
        """
        p_served, feed = (float(w.terms[name][p]) for name in ("p_served", "feed_reason"))
        # A plan adds clips in so far as they are served: what it is worth follows congestion.
        if terms is not self._served_of or p_served != self._p_served:
            self._served_of, self._p_served = terms, p_served
            if not terms.needs_reason or terms.offer_utility == 0.0:
                self._part, self._odds, self._kind = [], [0.0], self._all_alike
            else:
                served, self._kind = self._served(w, p, terms)
                self._part = served.tolist()
            self._feed = -1.0
        if self._part and feed != self._feed:
            self._feed = feed
            self._odds = [
                odds_of_newcomer(terms.offer_utility, part, p_served, feed) for part in self._part
            ]
        return self._odds, self._kind

    @property
    def parts(self) -> tuple[list[float], npt.NDArray[np.int64]]:
        """What `log_odds` found last: the share of a newcomer's wish that is served, by their kind.

        Empty where the offer is no matter to newcomers; beside it (C,) of which kind a cell is.
        """
        return self._part, self._kind

    def _served(
        self, w: World, p: int, terms: PlatformConfig
    ) -> tuple[_Floats, npt.NDArray[np.int64]]:
        """Return the share of a first day's wish that is served with room for all, by newcomers.

        Their kinds are few; beside it stands (C,) of which of them the people of a cell are.
        """
        free, held = self.tiers(terms)
        quota = np.where(held, np.maximum(free, terms.subscriber_quota_per_day), free)
        # By segment, quota and plan, in one number each.
        _, first, kind = np.unique(
            self._cells.segment + len(self._cells.segments) * (2 * quota + held),
            return_index=True,
            return_inverse=True,
        )
        wishes = self._market.mean_clips * terms.rel_demand * self._rel_demand[first]
        parts = np.array(
            [
                _in_quota(float(wish), self._market.rate_shape, int(q))
                for wish, q in zip(wishes, quota[first], strict=True)
            ]
        )
        of_plan = np.where(held[first], float(terms.subscriber_quota_per_day), 0.0)
        weights = normal_weights(_NODES)
        served = np.empty(first.size)
        centers = math.log(self._market.median_willingness_usd) + self._log_rel[first]
        mean_served(
            w, p, wishes, of_plan, parts, centers, self._market.willingness_sd,
            normal_nodes(_NODES), weights, served,
        )  # fmt: skip
        return served, kind
