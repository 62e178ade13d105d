"""What reaches people each morning: hazards by cause and cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.day.appeal import carried_by
from agents.platforms.media import Campaign
from agents.state import CELL_CAUSES
from sim.compiled import either_way, kernel
from sim.counts import Cause
from sim.platform_config import PlatformConfig

_HAZARDS = npt.NDArray[np.float64]
_PRESS, _INTEREST, _OPENING, _FEED, _OWNED, _CHART, _PAID = map(
    CELL_CAUSES.index,
    (
        Cause.PRESS, Cause.INTEREST, Cause.OPENING, Cause.FEED, Cause.OWNED, Cause.CHART,
        Cause.PAID,
    ),
)  # fmt: skip


class Presence(NamedTuple):
    """How a platform is present in each cell, until its terms or access change."""

    open: npt.NDArray[np.bool_]  # (C,) whether people may use it
    owned: _HAZARDS  # (surfaces, C) hazard, per day, of taking notice on each of its own surfaces
    friction: _HAZARDS  # (C,) effort of installing: none for people who use one of those
    carrying: npt.NDArray[np.int64]  # surfaces on which anybody meets it
    opened: list[int]  # (K,) the days on which access opened anywhere, -1 for never
    opening: npt.NDArray[np.int64]  # (C,) which of these days it was


def presence(
    terms: PlatformConfig, cells: Cells, opened_on: npt.NDArray[np.int64], day: int
) -> Presence:
    """Return how a platform is present on a day, under its terms and access; see `Reach`."""
    is_open = (opened_on >= 0) & (opened_on <= day)
    owned = np.zeros((len(cells.surface_names), len(cells)))
    for bit, name in enumerate(cells.surface_names):
        met = carried_by(terms, cells, bit)
        owned[bit] = np.where(met, terms.reach_per_day.get(name, 0.0), 0.0)
    at_hand = (owned > 0.0).any(axis=0)
    opened, opening = np.unique(opened_on, return_inverse=True)
    friction = np.where(at_hand, 0.0, terms.friction)
    carrying = np.flatnonzero(owned.any(axis=1))
    return Presence(is_open, owned * is_open, friction, carrying, opened.tolist(), opening)


@dataclass
class Reach:
    """What one platform says to people on one day.

    Parameters
    ----------
    day, launch_day
        Today and the day of launch, as day indices.
    opened_on
        (C,) day on which access opened, -1 where it is closed.
    terms, presence
        Terms of today, and how they and access make the platform present in each cell.
    feed_views
        Yesterday's outside views per person, Z.
    rel_awareness
        (C,) how much of the news reaches people of a cell.
    users_of_surface
        (surfaces,) users of each surface today, beside those whom the cells count.
    chart
        Installs a day, people, as the store's chart averages them.
    rel_exposure
        News of today against that of any day.
    campaign
        What paid media are to bring today; none where nothing is spent.
    """

    day: int
    launch_day: int
    opened_on: npt.NDArray[np.int64]
    terms: PlatformConfig
    presence: Presence
    feed_views: float
    rel_awareness: _HAZARDS
    users_of_surface: _HAZARDS
    chart: float = 0.0
    rel_exposure: float = 1.0
    campaign: Campaign | None = None

    @property
    def open(self) -> npt.NDArray[np.bool_]:
        """(C,) whether people may use the platform."""
        return self.presence.open

    @property
    def friction(self) -> _HAZARDS:
        """(C,) effort of installing."""
        return self.presence.friction

    def hazards(self) -> _HAZARDS:
        """Return (causes, C) the hazard of each cause today; all zero before launch.

        The causes of docs/ODD.md, "Awareness", but for friends, which differ by person, and for
        paid media, which are as loud as their campaign needs (`agents.day.bought`).
        """
        # Strided as in a market of several platforms, so that compiled code is made once.
        h = np.zeros((len(CELL_CAUSES), 2, self.opened_on.size))
        return self.write_hazards(h[:, 0])

    def write_hazards(self, h: _HAZARDS) -> _HAZARDS:
        """Write `hazards` into (causes, C), and return it."""
        age = self.day - self.launch_day
        terms, here = self.terms, self.presence
        if age < 0 or not terms.running:
            h[:] = 0.0
            return h
        season = self.rel_exposure
        lay_out(
            h, self.rel_awareness, here.open, here.opening, self._pulses() * season, here.owned,
            here.carrying, self.users_of_surface * season, press_hazard(terms, age) * season,
            interest_hazard(terms, age) * season, feed_hazard(terms, self.feed_views),
            chart_hazard(terms, self.chart) * season,
        )  # fmt: skip
        return h

    def _pulses(self) -> _HAZARDS:
        """(K,) hazard of the news that access has opened, by the day on which it did."""
        return np.array(opening_pulses(self.terms, self.presence.opened, self.launch_day, self.day))


def opening_pulses(
    terms: PlatformConfig, opened: Sequence[int], launch_day: int, day: int
) -> list[float]:
    """Return the hazard of the news that access has opened, by the day on which it did."""
    earliest = 0 if terms.opening_pulse_at_launch else max(launch_day + 1, 0)
    rate, fade = terms.opening_pulse_per_day, terms.opening_fade_days
    return [rate * math.exp((of - day) / fade) if earliest <= of <= day else 0.0 for of in opened]


@kernel
def lay_out(  # type: ignore[no-untyped-def]
    h, news, is_open, opening, pulses, owned, carrying, users, press, interest, feed, chart
):
    """Fill the hazards by cause and cell from those that are alike for many cells."""
    for cell in range(h.shape[1]):
        h[_PRESS, cell] = press * news[cell]
        h[_INTEREST, cell] = interest * news[cell]
        h[_OPENING, cell] = pulses[opening[cell]] * news[cell]
        h[_FEED, cell] = feed
        h[_PAID, cell] = 0.0
        h[_OWNED, cell] = 0.0
        h[_CHART, cell] = chart * news[cell] if is_open[cell] else 0.0
    for surface in carrying:
        for cell in range(h.shape[1]):
            h[_OWNED, cell] += users[surface] * owned[surface, cell]


def press_hazard(terms: PlatformConfig, age: int) -> float:
    """Return the hazard of launch press on day n: a·(1 - e^{-(n + 1)/τ_0})·e^{-n/τ}."""
    onset = terms.press_onset_days
    risen = -math.expm1(-(age + 1) / onset) if onset > 0.0 else 1.0
    return terms.press_per_day * risen * math.exp(-age / terms.press_fade_days)


def interest_hazard(terms: PlatformConfig, age: int) -> float:
    """Return the hazard of background interest on day n: max(c·e^{-n/τ_c}, c0)."""
    fading = terms.interest_per_day * math.exp(-age / terms.interest_fade_days)
    return max(fading, terms.interest_floor_per_day)


@either_way
def chart_hazard(terms: PlatformConfig, installs: float) -> float:
    """Return κ·C/(C + C0): what is seen in the store's chart at C installs a day."""
    return terms.chart_per_day * installs / (installs + terms.chart_half_installs)


@either_way
def feed_hazard(terms: PlatformConfig, views: float) -> float:
    """Return η_x·Z/(1 + Z/Z0) for Z views per person; linear where Z0 is infinite."""
    return terms.feed_strength * views / (1.0 + views / terms.feed_saturation_views)


@either_way
def chart_after(chart: float, installs: float, memory_days: float) -> float:
    """Return the installs a day that the store's chart goes by, after a day of so many."""
    return chart + (installs - chart) / memory_days


@either_way
def views_per_person(shares: int, views_per_share: float, n_users: int) -> float:
    """Return the outside views of a day per person, Z, from the clips sent to the feed."""
    return float(shares) * views_per_share / n_users
