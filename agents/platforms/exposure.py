"""What reaches people each morning: hazards by cause and cell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.day.appeal import carried_by
from agents.platforms.media import Campaign
from agents.state import CELL_CAUSES
from sim.counts import Cause
from sim.platform_config import PlatformConfig

_HAZARDS = npt.NDArray[np.float64]
_PRESS, _INTEREST, _OPENING, _FEED, _OWNED = map(
    CELL_CAUSES.index,
    (Cause.PRESS, Cause.INTEREST, Cause.OPENING, Cause.FEED, Cause.OWNED),
)


class Presence(NamedTuple):
    """How a platform is present in each cell, until its terms or access change."""

    open: npt.NDArray[np.bool_]  # (C,) whether people may use it
    owned: _HAZARDS  # (surfaces, C) hazard, per day, of taking notice on each of its own surfaces
    friction: _HAZARDS  # (C,) effort of installing: none for people who use one of those


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
    return Presence(is_open, owned * is_open, np.where(at_hand, 0.0, terms.friction))


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
        h = np.zeros((len(CELL_CAUSES), self.opened_on.size))
        age = self.day - self.launch_day
        terms = self.terms
        if age < 0 or not terms.running:
            return h
        news, is_open = self.rel_awareness, self.presence.open
        h[_PRESS] = press_hazard(terms, age) * news
        h[_INTEREST] = terms.interest_per_day * math.exp(-age / terms.interest_fade_days) * news
        if terms.opening_pulse_per_day > 0.0:
            # Days since access opened; what is closed is masked below.
            pulse = terms.opening_pulse_per_day * np.exp(
                (self.opened_on - self.day) / terms.opening_fade_days
            )
            pulses = is_open & (terms.opening_pulse_at_launch | (self.opened_on > self.launch_day))
            h[_OPENING] = np.where(pulses, pulse * news, 0.0)
        h[_FEED] = feed_hazard(terms, self.feed_views)
        h[_OWNED] = self.users_of_surface @ self.presence.owned
        return h


def press_hazard(terms: PlatformConfig, age: int) -> float:
    """Return the hazard of launch press on day n: a·(1 - e^{-(n + 1)/τ_0})·e^{-n/τ}."""
    onset = terms.press_onset_days
    risen = -math.expm1(-(age + 1) / onset) if onset > 0.0 else 1.0
    return terms.press_per_day * risen * math.exp(-age / terms.press_fade_days)


def feed_hazard(terms: PlatformConfig, views: float) -> float:
    """Return η_x·Z/(1 + Z/Z0) for Z views per person; linear where Z0 is infinite."""
    return terms.feed_strength * views / (1.0 + views / terms.feed_saturation_views)
