"""The morning: yesterday's state and today's terms, bundled for the rules."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.day.appeal import Appeal
from agents.day.terms import felt_today, market_record, novelty_table, terms_record
from agents.day.world import KINDS, REACH, Awake, Drawn, World
from agents.state import CELL_CAUSES
from sim.columns import Columns
from sim.counts import CLIPS, Cause, Count, name_of

if TYPE_CHECKING:
    from sim.contracts import PlatformAgent
    from sim.market import Market

_PAID = CELL_CAUSES.index(Cause.PAID)


class Morning:
    """Makes the `World` of each day; what holds for longer is worked out once."""

    def __init__(
        self, market: Market, cells: Cells, columns: Columns, platforms: Sequence[PlatformAgent]
    ) -> None:
        self._market = market
        self._columns = columns
        self._platforms = platforms
        self._market_record = market_record(market.config)
        self._terms_known: list[Any] = [None] * len(platforms)
        self._kinds = np.zeros(len(cells), KINDS).view(np.recarray)
        self._kinds.segment = cells.segment
        demand = np.array([s.rel_demand for s in market.config.segments.values()])
        self._kinds.demand = demand[cells.segment]
        self._appeal = [Appeal(market.config, cells) for _ in platforms]
        self._nobody = Awake.of(len(platforms))
        self._nothing = Drawn.nothing(len(platforms))

    def world(self, unaware_by_cell: npt.NDArray[np.int64]) -> World:
        """Return what the rules see today.

        Parameters
        ----------
        unaware_by_cell
            (P, C) agents who have not heard of a platform.
        """
        reaches = [p.reach(unaware_by_cell[p.index]) for p in self._platforms]
        by_cause = np.empty((len(CELL_CAUSES), len(reaches), self._kinds.size))
        table = np.zeros(by_cause.shape[1:], REACH)
        for p, reach in enumerate(reaches):
            by_cause[:, p] = reach.hazards()
            table["friction"][p] = reach.friction
            table["open"][p] = reach.open
            tiers = self._appeal[p].tiers(self._platforms[p].terms)
            table["free_quota"][p], table["plan_at_hand"][p] = tiers
        unaware = by_cause.sum(axis=0)
        table["hazard_unaware"] = unaware
        table["hazard_aware"] = np.maximum(unaware - by_cause[_PAID], 0.0)
        market = self._market
        world = World(
            day=market.day,
            seed=market.seed,
            uid=market.uid,
            **self._columns.arrays,
            indptr=market.graph.indptr,
            indices=market.graph.indices,
            terms=self._terms(),
            reach=table.view(np.recarray),
            hazard_by_cause=by_cause,
            novelty=self._novelty,
            kinds=self._kinds,
            market=self._market_record,
            awake=self._nobody,
            drawn=self._nothing,
        )
        for p, platform in enumerate(self._platforms):
            table["offer"][p] = self._appeal[p].log_odds(world, p, platform.terms)
        return world

    def _terms(self) -> Any:
        """Return the terms of today for compiled code; made anew only when they change."""
        terms = [p.terms for p in self._platforms]
        if not all(map(operator.is_, terms, self._terms_known)):
            self._terms_known = terms
            self._terms_record = terms_record([p.key for p in self._platforms], terms)
            self._novelty = novelty_table(terms, self._market.config.n_days)
        felt_today(
            self._terms_record,
            terms,
            [p.most_clips for p in self._platforms],
            [p.congestion for p in self._platforms],
            [p.feed_views for p in self._platforms],
            self._fresh_clips(),
        )
        return self._terms_record

    def _fresh_clips(self) -> list[float]:
        """Return, by platform, yesterday's clips for each of yesterday's users, at most 1."""
        record = self._market.record
        if record.n_days == 0:
            return [0.0] * len(self._platforms)
        made, users = (
            sum(record.past(name_of(count))[-1].astype(float) for count in counts)
            for counts in (CLIPS, (Count.DAILY_ACTIVE,))
        )
        return [float(one) for one in np.minimum(made / np.maximum(users, 1.0), 1.0)]
