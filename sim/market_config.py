"""The population and the run: who lives in the market, for how long, on which graph."""

from __future__ import annotations

import datetime as dt
import math
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import field_validator, model_validator

from sim.config import MAX_USERS, Config, iso_date, par
from sim.season import Growth, Season, a_week, by_ascending_date

#: Cells (region x system x surfaces x segment) are numbered in 16 bits.
MAX_CELLS = 65_535
#: Days are numbered in 16 bits, one of which is the sign.
MAX_DAYS = 32_767


class Segment(Config):
    """A kind of use: how many people, how much they make, what they would pay."""

    share: float = par(..., "share", "Part of the people.", low=0, high=1, fixed=True)
    rel_demand: float = par(1.0, "multiplier", "Demand for clips.", low=0, fixed=True)
    rel_willingness: float = par(1.0, "multiplier", "Willingness to pay.", low=1e-6, fixed=True)


class Region(Config):
    """A part of the pool: its size, the systems people use, how much they hear."""

    share: float = par(..., "share", "Part of the people.", low=0, high=1, fixed=True)
    os: dict[str, float] = par(..., "shares", "Operating systems; sum to 1.", fixed=True)
    rel_awareness: float = par(
        1.0, "multiplier", "News about platforms against the pool's most keen region.", low=0
    )


class MarketConfig(Config):
    """Everything about the market that is not a platform."""

    start: dt.date = par(..., "date", "Day 0.", fixed=True)
    until: dt.date = par(..., "date", "Last day of the run.", fixed=True)
    report_from: dt.date | None = par(None, "date", "First day on charts and in tables.")
    n_users: int = par(100_000, "agents", "Users simulated.", low=1, high=MAX_USERS, fixed=True)
    n_people: float = par(
        60e6,
        "people",
        "M: people in the pool; each agent stands for M / n_users.",
        low=1,
        fixed=True,
    )
    seed: int = par(1, "integer", "Key of all chance.", low=0, high=2**64 - 1, fixed=True)
    graph: str = par(
        "power_law_cluster", "graph", "Friend graph, by name and parameters.", fixed=True
    )

    regions: dict[str, Region] = par(..., "table", "Regions; shares sum to 1.", fixed=True)
    surfaces: dict[str, dict[str, float]] = par(
        {}, "shares", "Surfaces people use: share of users by operating system.", fixed=True
    )
    surface_users: dict[str, dict[str, float]] = par(
        {},
        "people",
        "Users of a surface by date, straight lines between; surfaces has those of the last.",
        fixed=True,
    )
    segments: dict[str, Segment] = par(..., "table", "Segments; shares sum to 1.", fixed=True)

    mean_clips: float = par(
        3.0, "clips/active day", "μ_λ: mean wish for clips when new.", low=0, high=500, fixed=True
    )
    rate_shape: float = par(
        0.3,
        "shape",
        "k of the Gamma of creation rates; inf = all alike.",
        low=0.01,
        fixed=True,
        endless=True,
    )
    median_willingness_usd: float = par(
        0.05, "USD/clip", "Median willingness to pay for a clip.", low=1e-9, fixed=True
    )
    willingness_sd: float = par(
        1.0, "log USD", "Spread of log willingness to pay.", low=0, fixed=True
    )
    price_noise: float = par(1.0, "log USD", "Scale of the logistic ε in a purchase.", low=1e-9)
    taste_correlation: float = par(
        0.0, "correlation", "ρ: of personal taste between platforms.", low=0, high=1, fixed=True
    )

    contagion: Literal["share", "count", "threshold"] = par(
        "share", "form", "X is shares per friend, shares, or 1 beyond a share of friends."
    )
    sharing_threshold: float = par(
        0.1, "share", "φ: sharing part of the friends in the threshold form.", low=0, high=1
    )
    rival_penalty: float = par(
        0.0,
        "log odds",
        "χ: using one platform makes another less attractive.",
        low=0,
        couples=True,
    )
    visit_substitution: float = par(
        0.0,
        "share",
        "s_v: visits of one platform take the place of those of another; 1 = a fixed number.",
        low=0,
        high=1,
        couples=True,
    )
    clip_substitution: float = par(
        0.0,
        "share",
        "s_c: the same of clips wanted, and watched, on a day on which both are visited.",
        low=0,
        high=1,
        couples=True,
    )
    exposure_by_weekday: tuple[float, ...] = par(
        (), "multiplier", "News by weekday, Monday first; empty = no day differs.", fixed=True
    )
    visits_by_weekday: tuple[float, ...] = par((), "multiplier", "The same of visits.", fixed=True)
    exposure_by_date: dict[str, float] = par(
        {},
        "multiplier",
        "News by date, straight lines between, 1 before the first and after the last.",
        fixed=True,
    )
    visits_by_date: dict[str, float] = par({}, "multiplier", "The same of visits.", fixed=True)
    attention_budget: float = par(
        5.0, "hazard/day", "Most exposure one platform can have on one person.", low=1e-9, high=700
    )

    @field_validator("surfaces")
    @classmethod
    def _surface_shares(cls, surfaces: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for surface, shares in surfaces.items():
            for os, share in shares.items():
                if not 0.0 <= share <= 1.0:
                    raise ValueError(f"share of {surface!r} users on {os!r} must be 0 to 1")
        return surfaces

    @field_validator("surface_users")
    @classmethod
    def _users_by_date(cls, given: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for surface, users in given.items():
            if not users or min(users.values()) <= 0.0:
                raise ValueError(f"users of {surface!r} must be a number above 0 for some date")
            dates = [iso_date(date) for date in users]
            if dates != sorted(set(dates)):
                raise ValueError(f"dates of users of {surface!r} must ascend")
        return given

    @field_validator("exposure_by_weekday", "visits_by_weekday")
    @classmethod
    def _a_week(cls, given: tuple[float, ...]) -> tuple[float, ...]:
        return a_week(given)

    @field_validator("exposure_by_date", "visits_by_date")
    @classmethod
    def _by_date(cls, given: dict[str, float]) -> dict[str, float]:
        return by_ascending_date(given)

    @model_validator(mode="after")
    def _adds_up(self) -> MarketConfig:
        tables = {
            "regions": [region.share for region in self.regions.values()],
            "segments": [segment.share for segment in self.segments.values()],
        }
        for name, region in self.regions.items():
            tables[f"regions.{name}.os"] = list(region.os.values())
        for table, shares in tables.items():
            if not shares or not math.isclose(sum(shares), 1.0, abs_tol=1e-6) or min(shares) < 0:
                raise ValueError(
                    f"shares of {table} must be >= 0 and sum to 1, not {sum(shares):g}"
                )
        if self.until < self.start:
            raise ValueError(f"until {self.until} must not be before start {self.start}")
        if self.n_days > MAX_DAYS:
            raise ValueError(f"{self.n_days:,} days from start to until: at most {MAX_DAYS:,} days")
        for surface, by_os in self.surfaces.items():
            for os in by_os:
                if os not in self.systems:
                    raise ValueError(
                        f"surface {surface!r} names system {os!r}; systems are {self.systems}"
                    )
        for surface in self.surface_users:
            if surface not in self.surfaces:
                raise ValueError(
                    f"surface_users names {surface!r}; surfaces are {sorted(self.surfaces)}"
                )
        cells = len(self.regions) * len(self.systems) * len(self.segments) * 2 ** len(self.surfaces)
        if cells > MAX_CELLS:
            raise ValueError(f"{cells:,} kinds of people; at most {MAX_CELLS:,} can be kept apart")
        return self

    @property
    def systems(self) -> tuple[str, ...]:
        """Operating systems, in order of first mention."""
        return tuple(dict.fromkeys(os for region in self.regions.values() for os in region.os))

    @property
    def n_days(self) -> int:
        """Days of the run, the last included."""
        return (self.until - self.start).days + 1

    @property
    def weight(self) -> float:
        """People per agent, w."""
        return self.n_people / self.n_users

    def rel_exposure(self, day: int) -> float:
        """Return the multiplier on news of a day of the calendar."""
        return self._seasons[0].on(day)

    def rel_visits(self, day: int) -> float:
        """Return the multiplier on visits of a day of the calendar."""
        return self._seasons[1].on(day)

    @cached_property
    def _seasons(self) -> tuple[Season, Season]:
        return (
            Season(self.start, self.exposure_by_weekday, self.exposure_by_date),
            Season(self.start, self.visits_by_weekday, self.visits_by_date),
        )

    def users_of_surfaces(self, day: int) -> npt.NDArray[np.float64]:
        """Return (surfaces,) users of each surface on a day, over those of its last date."""
        return self._growth.on(day)

    @cached_property
    def _growth(self) -> Growth:
        return Growth(self.start, self.n_days, self.surface_users, tuple(self.surfaces))

    def day(self, date: dt.date) -> int:
        """Return the day index of a date; day 0 is ``start``."""
        return (date - self.start).days

    def date(self, day: int) -> dt.date:
        """Return the date of a day index."""
        return self.start + dt.timedelta(days=int(day))
