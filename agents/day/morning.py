"""The morning: yesterday's state and today's terms, bundled for the rules."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.day import bought
from agents.day.appeal import Appeal
from agents.day.terms import (
    days_freshened,
    fading_table,
    felt_of_feeds,
    felt_of_service,
    fresh_clips,
    market_record,
    novelty_table,
    terms_record,
    visiting,
    visiting_table,
)
from agents.day.world import KINDS, REACH, Awake, Drawn, World
from agents.state import CELL_CAUSES
from sim.columns import Columns
from sim.compiled import kernel
from sim.counts import CLIPS, Cause, Count, name_of

if TYPE_CHECKING:
    from agents.people.measures import Books
    from agents.platforms.media import Campaign
    from sim.contracts import Outreach, PlatformAgent
    from sim.market import Market

#: Metrics of the record: clips made, by tier, and daily users.
_MADE, _USED = tuple(map(name_of, CLIPS)), name_of(Count.DAILY_ACTIVE)
_PAID = CELL_CAUSES.index(Cause.PAID)


@kernel
def fill(reach, by_cause, odds, kind):  # type: ignore[no-untyped-def]
    """Fill, for the kinds of people, all that they hear in sum, and what the offer is to them."""
    for cell in range(kind.size):
        hazard = 0.0
        for cause in range(by_cause.shape[0]):
            hazard += by_cause[cause, cell]
        reach[cell].hazard_unaware = hazard
        reach[cell].hazard_aware = hazard
        reach[cell].offer = odds[kind[cell]]


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
        self._service_felt: list[tuple[int, float]] | None = None
        self._visiting: npt.NDArray[np.float64] | None = None
        self._kinds = np.zeros(len(cells), KINDS).view(np.recarray)
        self._kinds.segment = cells.segment
        demand = np.array([s.rel_demand for s in market.config.segments.values()])
        self._kinds.demand = demand[cells.segment]
        self._appeal = [Appeal(market.config, cells) for _ in platforms]
        self._laid_out_of: list[Any] = []
        #: (P, C) and (causes, P, C), written anew each morning as far as a day differs.
        shape = len(platforms), len(cells)
        self._reach = np.zeros(shape, REACH).view(np.recarray)
        self._by_platform = [row.view(np.ndarray) for row in self._reach]
        self._by_cause = np.zeros((len(CELL_CAUSES), *shape))
        self._nobody = Awake.of(len(platforms))
        self._nothing = Drawn.nothing(len(platforms))

    def world(self, books: Books, yesterday: Awake) -> World:
        """Return what the rules see today.

        Parameters
        ----------
        books
            Of the people, as of last night.
        yesterday
            Those to whom something could happen yesterday, and what they sent.
        """
        reaches = [p.reach(books.unaware_by_cell[p.index]) for p in self._platforms]
        self._lay_out(reaches)
        by_cause, market = self._by_cause, self._market
        for p, reach in enumerate(reaches):
            reach.write_hazards(by_cause[:, p])
        world = World(
            day=market.day,
            seed=market.seed,
            uid=market.uid,
            **self._columns.arrays,
            indptr=market.graph.indptr,
            indices=market.graph.indices,
            terms=self._terms(),
            reach=self._reach,
            hazard_by_cause=by_cause,
            novelty=self._novelty,
            visiting=self._visiting_today(),
            kinds=self._kinds,
            market=self._market_record,
            awake=self._nobody,
            rows_yesterday=yesterday.row,
            sent_yesterday=yesterday.sent,
            fed=books.fed.cumsum(axis=1),
            drawn=self._nothing,
        )
        for p, platform in enumerate(self._platforms):
            odds, kind = self._appeal[p].log_odds(world, p, platform.terms)
            fill(self._by_platform[p], by_cause[:, p], np.array(odds), kind)
        for p, reach in enumerate(reaches):
            if reach.campaign is not None:
                self._advertise(world, p, reach.campaign)
        return world

    @property
    def fading(self) -> npt.NDArray[np.float64]:
        """(P, ages) e^{-n/τ_v} under the terms of today."""
        return self._fading

    def newcomers(self) -> list[tuple[list[float], npt.NDArray[np.int64]]]:
        """Return `agents.day.appeal.Appeal.parts` of each platform."""
        return [appeal.parts for appeal in self._appeal]

    def _lay_out(self, reaches: Sequence[Outreach]) -> None:
        """Write down access, friction and tiers of each kind of people, if any of it changed."""
        of = [
            (reach.open, reach.friction, platform.terms)
            for reach, platform in zip(reaches, self._platforms, strict=True)
        ]
        known = [one for parts in of for one in parts]
        if len(known) == len(self._laid_out_of) and all(
            map(operator.is_, known, self._laid_out_of)
        ):
            return
        self._laid_out_of = known
        for row, appeal, (is_open, friction, terms) in zip(
            self._by_platform, self._appeal, of, strict=True
        ):
            row["open"], row["friction"] = is_open, friction
            row["free_quota"], row["plan_at_hand"] = appeal.tiers(terms)

    def _advertise(self, world: World, p: int, campaign: Campaign) -> None:
        """Add a platform's ads to what reaches people, and tell it whom they do not find."""
        config = self._market.config
        hazard, missed = bought.buy(
            world, p, campaign, config.attention_budget, self._market.execution
        )
        world.hazard_by_cause[_PAID, p] = hazard
        world.reach[p].hazard_unaware += hazard
        self._platforms[p].paid_reach_missed = missed * config.weight

    def _terms(self) -> Any:
        """Return the terms of today for compiled code; made anew only when they change."""
        terms = [p.terms for p in self._platforms]
        if not all(map(operator.is_, terms, self._terms_known)):
            self._terms_known = terms
            self._terms_record = terms_record([p.key for p in self._platforms], terms)
            self._novelty = novelty_table(terms, self._market.config.n_days)
            self._fading = fading_table(terms, self._market.config.n_days)
            self._service_felt = self._visiting = None
        service = [(p.most_clips, p.congestion) for p in self._platforms]
        if service != self._service_felt:
            self._service_felt = service
            felt_of_service(self._terms_record, terms, *zip(*service, strict=True))
        felt_of_feeds(
            self._terms_record,
            [p.feed_views for p in self._platforms],
            self._fresh_clips(),
            self._market.config.rel_visits(self._market.day),
        )
        return self._terms_record

    def _visiting_today(self) -> npt.NDArray[np.float64]:
        """Return (P, days) what is left of visits by age; it holds where nothing freshens."""
        terms, today = self._terms_known, self._market.date
        if self._visiting is None:
            self._visiting = visiting_table(terms, self._fading, today)
        else:
            for p, one in enumerate(terms):
                if days_freshened(one, today) is not None:
                    self._visiting[p] = visiting(one, self._fading[p], today)
        return self._visiting

    def _fresh_clips(self) -> list[float]:
        """Return, by platform, yesterday's clips for each of yesterday's users, at most 1."""
        record = self._market.record
        if record.n_days == 0:
            return [0.0] * len(self._platforms)
        last = record.n_days - 1
        users, *tiers = (record.daily[name][last].tolist() for name in (_USED, *_MADE))
        made = map(sum, zip(*tiers, strict=True))
        return list(map(fresh_clips, made, users))
