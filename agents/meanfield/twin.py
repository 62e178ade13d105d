"""The twin of a market: the same scenario, platforms, events and rules, without graph and chance.

People are points (`agents.meanfield.representatives`), their states masses; days under the same
terms are lived in compiled code, a whole span of them at once (`agents.meanfield.span`). A day is a
span of its own where something in Python may answer to the day before: a strategy, a campaign, a
capacity.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.day.world import Awake, World
from agents.meanfield.lookups import Tables, fill
from agents.meanfield.masses import Lived, Masses, Notes
from agents.meanfield.mornings import TwinMorning, surfaces_named, without_unused_surfaces
from agents.meanfield.no_graph import NoGraph, NoUsers, mean_degree
from agents.meanfield.representatives import N_POINTS, Points
from agents.meanfield.span import live_days
from agents.meanfield.twin_record import TwinRecord
from agents.platforms.platform import Platform
from agents.platforms.platform_state import MONEY
from sim.calendar import Calendar
from sim.config import parse_date
from sim.counts import CLIPS, STATUSES
from sim.daily_model import DailyModel
from sim.errors import ConfigError
from sim.execution import Execution
from sim.given import must_be
from sim.provenance import manifest
from sim.results import Results
from sim.scenario import Scenario

Floats = npt.NDArray[np.float64]
#: Tables are worked out anew after so many days, since people are then of other ages.
_FRESH_DAYS = 30


class Twin(DailyModel):
    """A market in expectation. It has no users to look at, and cannot be saved or branched.

    Parameters
    ----------
    scenario
        As of a market; ``n_users`` and ``seed`` change nothing but the unit of its counts.
    points
        Representative people, a power of two.
    execution
        Whether conservation is checked; threads are no matter.

    Attributes
    ----------
    masses, notes
        Where people stand, and what is known of each platform, as of last night.

    Raises
    ------
    ConfigError
        If the scenario is of another kind.
    """

    varies_by_iteration = True

    def __init__(
        self,
        scenario: Scenario,
        points: int = N_POINTS,
        execution: Execution | None = None,
    ) -> None:
        must_be(scenario, Scenario, "scenario", "baseline.scenario()")
        super().__init__(scenario.market.seed, scenario.market.n_days)
        self.scenario_config = scenario
        self.config = without_unused_surfaces(scenario.market, surfaces_named(scenario))
        self.seed = np.uint64(scenario.market.seed)
        self.execution = execution or Execution(threads=1)
        self.uid = np.zeros(0, np.uint32)
        self.users = NoUsers()
        self.cells = Cells(self.config)
        self.degree = mean_degree(scenario.market)
        self.calendar = Calendar(scenario.events, self.config.start)
        n_platforms = len(scenario.platforms)
        self.record = TwinRecord(self.config.n_days, n_platforms, len(self.config.segments))
        self.agents_of = [
            Platform(self, p, name, terms)
            for p, (name, terms) in enumerate(scenario.platforms.items())
        ]
        self.platforms: Mapping[str, Platform] = {one.name: one for one in self.agents_of}
        terms = [one.terms for one in self.agents_of]
        self.points = Points(self.config, self.cells, terms, points)
        self.graph = NoGraph(points)
        exposure = np.zeros((n_platforms, points))
        self.columns: Any = SimpleNamespace(arrays={**self.points.arrays, "exposure": exposure})
        most = max((one.pack_clips for one in terms), default=1)
        self.masses = Masses.at_start(n_platforms, self.points.weight, most)
        self.notes = Notes.blank(n_platforms, self.config.n_days, most)
        self.tables = Tables.blank(n_platforms, points, most)
        self._tables_of: list[tuple[Any, float]] = [(None, 0.0)] * n_platforms
        self._tables_day = 0
        self._morning = TwinMorning(self, self.cells, self.agents_of)
        for p, platform in enumerate(self.agents_of):
            platform.reach(self.unaware_by_cell(p))  # strategies look at who has not heard
        self._books: Any = SimpleNamespace(fed=np.zeros((n_platforms, 1), np.int64))

    @property
    def date(self) -> dt.date:
        """The first day that is not lived yet."""
        return self.config.date(self.day)

    def unaware_by_cell(self, p: int) -> Floats:
        """Return (C,) agents who have not heard of a platform."""
        cell = self.columns.arrays["cell"]
        return np.bincount(cell, self.masses.unaware[p], len(self.cells)).astype(float)

    def run(
        self,
        until: dt.date | str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Results:
        """Run to the end of a day and return the results so far; see `sim.market.Market.run`.

        Raises
        ------
        ConfigError
            If the day is not a date, or beyond the scenario's horizon.
        """
        last = self.config.until if until is None else parse_date(until, "until")
        if not self.config.start <= last <= self.config.until:
            raise ConfigError(
                f"until = {last}: must lie from {self.config.start} to {self.config.until}. Build "
                "the twin with a later end to go further (market.until)."
            )
        n_days = self.config.day(last) + 1
        while self.day < n_days:
            self.live_span(n_days)
            if progress is not None:
                progress(self.day, n_days)
        return self.results

    def live_span(self, end: int) -> None:
        """Live the days up to the next one on which terms may change, or to the end."""
        with self.whole_days.living(lambda: self.date):
            self.calendar.apply(self.day, self.platforms, self)
            for platform in self.agents_of:
                platform.decide()
                platform.price_clip()
            n_days = min(self._days_alike(), end - self.day)
            world = self._world()
            news = self._morning.news(world, self.day, n_days)
            lived = self._live(world.bare(), news, n_days)
            self.record.write(lived, self.agents_of, self.config.weight)
            self._settle(lived)
            if self.execution.check:
                self.check()
            self.stand_at(self.day + n_days)

    def check(self) -> None:
        """Raise AssertionError unless people, plans and codes are conserved tonight."""
        m, notes, day = self.masses, self.notes, self.record.n_days - 1
        n_users, daily = self.config.n_users, self.record.daily
        by_point = m.unaware + m.aware + m.pent + m.waiting + m.lost + m.resting + m.there
        stocks = sum(daily[name][day] for name in STATUSES)
        codes = self.record.past("codes_issued") - self.record.past("codes_used")
        in_hand = notes.in_hand.sum(axis=1) + notes.ready + notes.pool
        gone = self.record.past("dropouts") - self.record.past("returns")
        for what, found, expected in (
            ("people of a point", by_point, np.broadcast_to(self.points.weight, by_point.shape)),
            ("people by status", stocks, np.full(len(self.agents_of), n_users)),
            ("users by age and tier", m.active.sum(axis=(1, 2, 3)), m.there.sum(axis=1)),
            ("people who left", m.left.sum(axis=1), gone.sum(axis=0)),
            ("plans held", m.active[:, :, 1:].sum(axis=(1, 2, 3)), notes.plans.sum(axis=(1, 2))),
            ("credit of a point", m.credit.sum(axis=2), np.ones(m.unaware.shape)),
        ):
            if not np.allclose(found, expected, rtol=1e-9, atol=1e-9 * n_users):
                raise AssertionError(f"{what}: found {found}, must be {expected}")
        if np.any(in_hand > codes.sum(axis=0) + 1e-9 * n_users):
            raise AssertionError("invite codes: more on hand than were issued and not used")
        if min(float(array.min()) for array in m if array is not m.left) < -1e-9 * n_users:
            raise AssertionError("people: fewer than none somewhere")

    def _days_alike(self) -> int:
        """Return for how many days from today on nothing in Python need be asked."""
        for platform in self.agents_of:
            terms = platform.terms
            if (
                terms.strategies
                or terms.capacity_gpu_hours_per_day is not None
                or (terms.marketing_usd_per_day > 0.0 and platform.is_up)
            ):
                return 1
        due = [
            *self.calendar.due_days,
            *(self.config.day(one.terms.launch) for one in self.agents_of),
        ]
        return min([day - self.day for day in due if day > self.day] + [_FRESH_DAYS])

    def _world(self) -> World:
        """Return the world of this morning, and bring the tables up to date."""
        self._books.unaware_by_cell = [self.unaware_by_cell(p) for p in range(len(self.agents_of))]
        world = self._morning.world(self._books, Awake.of(len(self.agents_of)))
        known = [(one.terms, one.congestion) for one in self.agents_of]
        if self.day - self._tables_day >= _FRESH_DAYS:
            self._tables_of = [(None, 0.0)] * len(known)
        changed = np.array(
            [a is not b or c != d for (a, c), (b, d) in zip(known, self._tables_of, strict=True)]
        )
        if changed.any():
            if changed.all():
                self._tables_day = self.day
            self._tables_of = known
            masses, paying = self.masses, self.degree * self.notes.paying
            fill(world.bare(), self.tables, masses.active, masses.credit, paying, changed)
        return world

    def _live(self, w: World, news: Any, n_days: int) -> Lived:
        """Live some days; where capacity is limited, once for the orders, and once with a part."""
        served = np.ones(len(self.agents_of))

        def days(masses: Masses, notes: Notes) -> Lived:
            lived = Lived.blank(n_days, len(self.agents_of), len(self.config.segments))
            weights = self.points.weight, self.points.use_weight
            live_days(w, *weights, masses, self.tables, notes, news, served, lived)
            return lived

        if any(one.most_clips >= 0 for one in self.agents_of):
            trial = days(
                Masses(*(one.copy() for one in self.masses)),
                Notes(*(one.copy() for one in self.notes)),
            )
            for p, platform in enumerate(self.agents_of):
                ordered = trial.counts[0, p, list(CLIPS)].sum()
                if 0 <= platform.most_clips < ordered:
                    served[p] = platform.most_clips / ordered
        return days(self.masses, self.notes)

    def _settle(self, lived: Lived) -> None:
        """Tell platforms how the days ended."""
        last = len(lived.counts) - 1
        for p, platform in enumerate(self.agents_of):
            platform.chart = float(self.notes.chart[p])
            platform.feed_views = float(self.notes.feed_views[p])
            if last == 0:
                platform.feel_crowded(float(self.record.daily["wanted_over_capacity"][self.day, p]))
                self._book(platform)

    def _book(self, platform: Platform) -> None:
        """Enter a day into the cash book, in whole cents, for strategies that look into it."""
        if platform.ledger.n_days == self.day:
            amounts: dict[str, int] = {
                entry: round(self.record.daily[metric][self.day, platform.index])
                for entry, metric in MONEY
            }
            platform.ledger.post_all(self.day, amounts)
            platform.ledger.close_day(self.day)

    @property
    def results(self) -> Results:
        """What happened so far, in people and USD; NaN for what a twin cannot know."""
        n, shape = self.record.n_days, (self.record.n_days, len(self.agents_of))
        return Results(
            scenario=self.scenario_config,
            arrays={name: array[:n].copy() for name, array in self.record.daily.items()},
            cohort_counts=np.full((*shape, n), np.nan),
            segment_counts=self.record.segments[:n].copy(),  # type: ignore[arg-type]
            log=tuple(self.calendar.log),
            manifest={**manifest(self), "structure": "twin", "points": len(self.points)},
        )
