"""The morning of a twin: the world that rules see, its people being points, and the news of days.

Made by the market's own `agents.day.morning.Morning` where terms may have changed; what differs
from day to day after that is told by the platforms' own `agents.platforms.exposure.Reach`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.day import bought
from agents.day.morning import Morning
from agents.day.terms import COUNT, fading_table, form_code, visiting
from agents.day.world import World
from agents.meanfield.ages import mean_by_group
from agents.meanfield.coming import p_installs
from agents.meanfield.company import company_moments
from agents.meanfield.masses import News
from agents.state import CELL_CAUSES
from sim.compiled import kernel
from sim.counts import Cause, Status
from sim.market_config import MarketConfig
from sim.scenario import Scenario

if TYPE_CHECKING:
    from agents.meanfield.twin import Twin
    from agents.platforms.media import Campaign
    from agents.platforms.platform import Platform

#: Fields that name surfaces.
_OF_SURFACES = ("reach_per_day", "reach_regions", "surface_quota_per_day")
_PAID = CELL_CAUSES.index(Cause.PAID)


class TwinMorning(Morning):
    """As a market's, but that those who may see an ad are masses."""

    def __init__(self, twin: Twin, cells: Cells, platforms: Sequence[Platform]) -> None:
        super().__init__(twin, cells, twin.columns, platforms)
        self._twin = twin
        self._form = form_code(MarketConfig, "contagion", twin.config.contagion)
        self._kinds_known: npt.NDArray[np.int64] | None = None
        self._kinds_of: Any = None
        # X is told as it is: people hear it undivided.
        self._market_record["contagion"] = COUNT

    def _advertise(self, world: World, p: int, campaign: Campaign) -> None:
        twin = self._twin
        chances = np.zeros((world.kinds.size, bought.FROM_FRIENDS.size))
        add_chances(
            world.bare(), p, campaign.audience, twin.masses.unaware, twin.masses.there,
            twin.points.weight, twin.degree * twin.notes.present[p], chances,
        )  # fmt: skip
        most = twin.config.attention_budget
        other = world.reach[p].hazard_unaware
        hazard, missed = bought.loud_enough(other, chances, campaign, most)
        world.hazard_by_cause[_PAID, p] = hazard
        twin.agents_of[p].paid_reach_missed = missed * twin.config.weight

    def news(self, world: World, first: int, n_days: int) -> News:
        """Return what is told on some days from the first on, under the terms of the world.

        Parameters
        ----------
        world
            As `world` returned it for the first of these days.
        """
        twin, config = self._twin, self._twin.config
        shape = n_days, len(CELL_CAUSES), len(twin.agents_of), len(twin.cells)
        hazards = np.zeros(shape)
        chart = np.zeros((n_days, *shape[2:]))
        days = range(first, first + n_days)
        calendar = [(config.rel_exposure(day), config.users_of_surfaces(day)) for day in days]
        for p, platform in enumerate(twin.agents_of):
            reach = platform.reach(twin.unaware_by_cell(p))
            reach.chart = reach.feed_views = 0.0
            by_chart = np.where(reach.open, reach.rel_awareness, 0.0)
            for i, day in enumerate(days):
                reach.day, (reach.rel_exposure, reach.users_of_surface) = day, calendar[i]
                hazards[i, :, p] = reach.hazards()
                if reach.day >= reach.launch_day and reach.terms.running:
                    chart[i, p] = by_chart * reach.rel_exposure
            hazards[:, _PAID, p] = world.hazard_by_cause[_PAID, p]
        served, kind = self._newcomers()
        return News(
            hazards, chart, np.array([config.rel_visits(day) for day in days]),
            self._visits(first, n_days), served, kind, self._form, self._kinds_of_use(world),
            twin.degree, config.weight,
        )  # fmt: skip

    def _newcomers(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return (P, kinds) share of a newcomer's wish that is served, and (P, C) his kind."""
        parts = [appeal.parts for appeal in self._appeal]
        served = np.full((len(parts), max(len(part) for part, _ in parts) or 1), np.nan)
        for p, (part, _) in enumerate(parts):
            served[p, : len(part)] = part
        return served, np.array([kind for _, kind in parts])

    def _kinds_of_use(self, world: World) -> npt.NDArray[np.int64]:
        """Return (P, N) numbers that are the same for points of one segment and one tier."""
        if self._kinds_known is not None and self._kinds_of is self._laid_out_of:
            return self._kinds_known
        self._kinds_of = self._laid_out_of
        kinds = np.empty((len(self._appeal), world.cell.size), np.int64)
        for p, reach in enumerate(world.reach):
            # Segment, quota and plan, in one number each.
            tier = 2 * reach.free_quota + reach.plan_at_hand
            kind = tier * (self._kinds.segment.max() + 1) + self._kinds.segment
            _, kinds[p] = np.unique(kind[world.cell], return_inverse=True)
        self._kinds_known = kinds
        return kinds

    def _visits(self, first: int, n_days: int) -> npt.NDArray[np.float64]:
        """Return (days, P, G) what is left of visits by group of age."""
        terms, config = [one.terms for one in self._twin.agents_of], self._twin.config
        fading = fading_table(terms, config.n_days)
        left = np.empty((n_days, len(terms), fading.shape[1]))
        for p, (one, row) in enumerate(zip(terms, fading, strict=True)):
            days = range(n_days) if one.freshened_on is not None else range(1)
            for i in days:
                left[i, p] = visiting(one, row, config.date(first + i))
            left[len(days) :, p] = left[0, p]
        return mean_by_group(left)


@kernel
def add_chances(w, p, audience, unaware, active, weight, friends, sums):  # type: ignore[no-untyped-def]
    """Add up the chances to install of people who may see an ad, as `agents.day.bought` does."""
    worth, spread = company_moments(w, p, friends)
    there = np.zeros(w.terms.size)
    for row in range(weight.size):
        cell = w.cell[row]
        if audience[cell] < 0:
            continue
        for q in range(there.size):
            there[q] = active[q, row] / weight[row]
        w.member[row, p].status = np.uint8(Status.UNAWARE)
        sums[cell, 0] += unaware[p, row] * p_installs(w, row, p, worth, spread, there)


def without_unused_surfaces(config: MarketConfig, named: Any) -> MarketConfig:
    """Return the market without surfaces that nobody's values speak of: fewer kinds of people."""
    values = {name: getattr(config, name) for name in MarketConfig.model_fields}
    for table in ("surfaces", "surface_users"):
        values[table] = {name: one for name, one in values[table].items() if name in named}
    return MarketConfig.model_construct(**values)


def surfaces_named(scenario: Scenario) -> set[str]:
    """Return the surfaces of which platforms or events speak; all, where Python may name others."""
    if any(terms.strategies for terms in scenario.platforms.values()) or any(
        event.do for event in scenario.events
    ):
        return set(scenario.market.surfaces)
    named = {name for terms in scenario.platforms.values() for name in terms.surfaces_named}
    for event in scenario.events:
        for field in _OF_SURFACES:
            named |= set(event.set.get(field, ()))
        named.add(str(event.set.get("plan_surface", "")))
    return named & set(scenario.market.surfaces)
