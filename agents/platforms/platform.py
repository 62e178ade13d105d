"""A platform: its offer, reach, decisions and purse. Companies are data plus strategies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.day.invites import Pool
from agents.platforms.congestion import NO_LIMIT, congestion, gpu_load, most_clips
from agents.platforms.day_book import day_book, made
from agents.platforms.economics import QUARTER_DAYS
from agents.platforms.exposure import Presence, Reach, chart_after, presence, views_per_person
from agents.platforms.ledger import Ledger, cents
from agents.platforms.media import Campaign, campaign, cpi_by_cell, mean_cpi
from agents.platforms.platform_state import (
    MONEY,
    check_capacity,
    check_money,
    put_state,
    state_of,
)
from agents.platforms.situation import STRATEGIES, Situation
from agents.platforms.unit_cost import UnitCost, unit_cost
from sim.calendar import new_terms
from sim.copies import OneOfAKind
from sim.counts import Count
from sim.errors import ConfigError
from sim.given import must_be
from sim.interventions import Change, Opening, as_told, check_changeable
from sim.periods import by_day
from sim.platform_config import PlatformConfig, platform_key

if TYPE_CHECKING:
    from sim.market import Market

_MONEY = tuple((str(entry), metric) for entry, metric in MONEY)


class Platform(OneOfAKind, mesa.Agent):  # type: ignore[misc]
    """One platform as a Mesa agent.

    Attributes
    ----------
    name, index
        Name, and place in arrays over platforms.
    terms
        What holds today; starts as configured, changed by events and strategies.
    opened_on
        (C,) day on which access opened to each cell, -1 where closed.
    ledger
        Money, in whole cents.
    pool
        Public invite codes.
    paid_reach_missed
        People whom today's budget pays for and ads do not find.
    """

    def __init__(self, market: Market, index: int, name: str, terms: PlatformConfig) -> None:
        super().__init__(market)
        self.market = market
        self.index = index
        self.name = name
        self.key = platform_key(terms.luck or name)
        self.terms = terms
        for strategy in terms.strategies:
            # What the platform knows is given beside the strategy's own numbers.
            STRATEGIES.check(strategy.name, strategy.parameters, 1, f"platform {name!r}")
        self.cells = Cells(market.config)
        self.opened_on = np.full(len(self.cells), -1, np.int64)
        self.ledger = Ledger(cents(terms.opening_cash_usd))
        self.pool = Pool(np.zeros(market.config.n_days, np.int64))
        self.clips_made = 0.0  # in people's clips, for learning by doing
        self.feed_views = 0.0
        self.chart = 0.0  # installs a day, people, as the store averages them
        self.most_clips = NO_LIMIT
        self.congestion = 1.0
        self.paid_reach_missed = 0.0
        self.unit_cost = UnitCost(0.0, 0.0)
        self.memory: dict[str, Any] = {}
        self.rel_awareness = np.array(
            [region.rel_awareness for region in market.config.regions.values()]
        )[self.cells.region]

    @property
    def terms(self) -> PlatformConfig:
        """What holds today."""
        return self._terms

    @terms.setter
    def terms(self, terms: PlatformConfig) -> None:
        must_be(terms, PlatformConfig, f"terms of {self.name}", "terms.changed(...)")
        self._terms = terms
        self._forget()

    def change(self, cause: str, values: Mapping[str, Any]) -> None:
        """Put new values in force from today, and log what they replace."""
        for field in values:
            check_changeable(type(self.terms), field, cause)
        before = self.terms
        self.terms = before.changed(cause, **values)
        for field in values:
            old, new = getattr(before, field), getattr(self.terms, field)
            if old != new:
                self.market.calendar.note(
                    Change(self.market.day, self.name, cause, field, as_told(old), as_told(new))
                )

    def open_access(self, cause: str, opening: Opening) -> None:
        """Open access, from today, to people of some regions on some systems."""
        mask = self.cells.mask(opening.regions, opening.os) & (self.opened_on < 0)
        self.opened_on[mask] = self.market.day
        self._forget()
        where = f"{', '.join(opening.regions)} on {', '.join(opening.os)}"
        self.market.calendar.note(Change(self.market.day, self.name, cause, "access", "", where))

    def decide(self) -> None:
        """Ask each strategy, on yesterday's record, and do what it says."""
        self.market.whole_days.part(f"{self.name}.decide()")
        for strategy in self.terms.strategies:
            answer = STRATEGIES[strategy.name](self._situation(), **strategy.parameters)
            decision = new_terms(answer, self.terms, f"strategy {strategy.name!r}")
            if decision:
                self.change(f"strategy {strategy.name}", decision)

    def _situation(self) -> Situation:
        """Look at the market through this platform's eyes."""
        market = self.market
        names = list(market.platforms)

        def past(name: str, who: str) -> Any:
            series = by_day(name, market.record.past, market.config.weight)
            return series[:, names.index(who)]

        return Situation(
            date=market.date,
            days_since_launch=market.day - market.config.day(self.terms.launch),
            name=self.name,
            terms=self.terms,
            rival_terms={n: p.terms for n, p in market.platforms.items() if n != self.name},
            past=past,
            cash_usd=self.ledger.cash_now / 100.0,
            cpi_usd=mean_cpi(self._cpi_usd, self._audience(), self.cells.share),
            memory=self.memory,
        )

    def price_clip(self) -> None:
        """Work out today's cost of a clip: GPU time, its price, and learning."""
        observed = self.terms.cost_date or self.terms.launch
        days = float(self.market.day - self.market.config.day(observed))
        self.unit_cost = unit_cost(self.terms, days, self.clips_made)
        hours = self.terms.capacity_gpu_hours_per_day
        self.most_clips = most_clips(hours, self.unit_cost, self.market.config.weight)

    def reach(self, unaware: Any) -> Reach:
        """Return what the platform says today; ``unaware`` counts agents per cell, (C,)."""
        self._unaware = unaware
        return Reach(
            day=self.market.day,
            launch_day=self.market.config.day(self.terms.launch),
            opened_on=self.opened_on,
            terms=self.terms,
            presence=self.presence,
            feed_views=self.feed_views,
            rel_awareness=self.rel_awareness,
            users_of_surface=self.market.config.users_of_surfaces(self.market.day),
            chart=self.chart,
            rel_exposure=self.market.config.rel_exposure(self.market.day),
            campaign=self._campaign(),
        )

    @property
    def is_up(self) -> bool:
        """Whether the service runs today."""
        return self.terms.running and self.market.day >= self.market.config.day(self.terms.launch)

    def _campaign(self) -> Campaign | None:
        """Return what paid media are to bring today; none where nothing is spent."""
        self.paid_reach_missed = 0.0
        if self.terms.marketing_usd_per_day <= 0.0 or not self.is_up:
            return None
        return campaign(self.terms, self._cpi_usd, self._audience(), self.market.config.weight)

    def _audience(self) -> Any:
        """Return (C,) agents with access who have not heard; last night's, in the morning."""
        return np.where(self.presence.open, self._unaware, 0)

    @cached_property
    def _cpi_usd(self) -> npt.NDArray[np.float64]:
        """(C,) USD per install at the reference budget."""
        return cpi_by_cell(self.terms, self.cells)

    @cached_property
    def presence(self) -> Presence:
        """How the platform is present in each cell; access opens on the day it is opened."""
        return presence(self.terms, self.cells, self.opened_on, self.market.day)

    def _forget(self) -> None:
        """Drop what followed from terms and access that hold no longer."""
        for name in ("presence", "_cpi_usd"):
            self.__dict__.pop(name, None)

    def settle(self, counts: npt.NDArray[np.int64]) -> None:
        """Book the day: each line is rounded to cents once, and cash is their sum.

        Parameters
        ----------
        counts
            (columns,) what was counted of the platform, see `agents.tally.Tally.counts`.
        """
        self.market.whole_days.part(f"{self.name}.settle()")
        # Python's own integers: what is done here is done to one number at a time.
        count = counts.tolist()
        weight = self.market.config.weight
        terms, day = self.terms, self.market.day
        clips = float(made(count)) * weight
        self.clips_made += clips
        book = day_book(terms, count, weight, self.unit_cost.usd, self.is_up)
        self.ledger.post_all(day, book)
        self._closed = self.ledger.close_day(day)
        unserved = count[Count.CLIPS_UNSERVED] * weight
        capacity, felt = terms.capacity_gpu_hours_per_day, self.congestion
        self._load = {**gpu_load(self.unit_cost, clips, unserved, capacity), "congestion": felt}
        self.feel_crowded(self._load["wanted_over_capacity"])
        self.feed_views = views_per_person(
            count[Count.SHARES_FEED], terms.views_per_share, self.market.config.n_users
        )
        installs = count[Count.INSTALLS] * weight
        self.chart = chart_after(self.chart, installs, terms.chart_memory_days)

    def feel_crowded(self, wanted_over_capacity: float) -> None:
        """Let people feel tomorrow how much more was wanted today than there was GPU time for."""
        # Who needs a reason to come has one less in so far as he is turned away.
        answer = self.terms.degraded_sensitivity + self.terms.needs_reason
        self.congestion = congestion(self.congestion, wanted_over_capacity, answer)

    def measures(self) -> dict[str, float]:
        """Return today's metrics of the platform itself; money in cents."""
        return {
            **{metric: self._closed[entry] for entry, metric in _MONEY},
            "cash_usd": self._closed["cash"],
            "unit_cost_usd": self.unit_cost.usd,
            "unit_gpu_minutes": self.unit_cost.gpu_minutes,
            "gpu_hour_usd": self.unit_cost.usd_per_gpu_hour,
            **self._load,
            "feed_views": self.feed_views,
            "owner_loss_usd": self.terms.owner_loss_usd_per_quarter / QUARTER_DAYS,
            "paid_reach_missed": self.paid_reach_missed,
        }

    def check(self) -> None:
        """Raise AssertionError unless cash is what was booked, and GPU time sufficed."""
        check_money(self)
        check_capacity(self)

    def state(self) -> dict[str, Any]:
        """Return all that a restart needs."""
        return state_of(self)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state; DataError if no platform can be in it."""
        put_state(self, state, self.market.day)

    def remove(self) -> None:
        """Refuse to leave: a platform stands in every array of the market."""
        raise ConfigError(
            f"platform {self.name!r} cannot be removed while a market runs. Stop it with "
            f"change(cause, {{'running': False}}), or leave it out with "
            f"scenario.without_platform({self.name!r})."
        )

    def __repr__(self) -> str:
        terms = self.terms
        state = "running" if terms.running else "stopped"
        people = f"{self.cells.share[self.presence.open].sum():.0%} of people"
        return (
            f"<Platform {self.name} · {terms.label} · {state} · open to {people} · "
            f"{terms.free_quota_per_day} free clips a day · ${self.unit_cost.usd:.2f} a clip · "
            f"cash ${self.ledger.cash_now / 100:,.0f}>"
        )
