"""What offers come to: free clips against the price of packs, each lived by the market itself.

People come, make, buy and leave by the model's own rules, so that revenue of a day of use is that
of the runs. What a clip costs moves nobody, so a run tells what is left at any cost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from scenarios.asking.lab import Lab
from scenarios.asking.question import Measure
from sim.interventions import Event
from sim.numbers import amount
from sim.scenario import Scenario

#: Free clips a day, and USD a pack, that are tried against each other.
QUOTAS, PACKS_USD = (30, 6, 3, 1, 0), (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


@dataclass(frozen=True)
class TriedOffer:
    """An offer, and what a period of it came to (medians of replicates).

    Parameters
    ----------
    quota, pack_usd
        Free clips a day, and the price of a pack.
    revenue_usd, clips, days
        Revenue after fees, clips made and days of use of the period.
    """

    quota: int
    pack_usd: float
    revenue_usd: float
    clips: float
    days: float

    def __str__(self) -> str:
        free = f"{self.quota} free clip{'s' if self.quota != 1 else ''} a day" if self.quota else (
            "nothing free"
        )  # fmt: skip
        return f"{free}, packs of {amount(self.pack_usd, 'USD')}"

    def left(self, cost_usd: float, ads_usd: float = 0.0) -> float:
        """Return what the period leaves at a cost of a clip and an income from ads a day of use."""
        return self.revenue_usd + ads_usd * self.days - cost_usd * self.clips

    def pays_at(self, ads_usd: float = 0.0) -> float:
        """Return the cost of a clip at which the period leaves nothing; inf if none is made."""
        earned = self.revenue_usd + ads_usd * self.days
        return earned / self.clips if self.clips > 0.0 else math.inf


@dataclass(frozen=True)
class Best:
    """The price that leaves most of one quota.

    Parameters
    ----------
    offer
        With that price.
    is_inside
        False if it is the first or last of those tried, so that another might leave more.
    """

    offer: TriedOffer
    is_inside: bool

    @property
    def price(self) -> str:
        """The price of a pack, and whether it is an end of what was tried."""
        said = amount(self.offer.pack_usd, "USD")
        return said if self.is_inside else f"{said}, an end of those tried"


def offers(
    base: Scenario, lab: Lab, from_date: str, since: str, date: str, platform: str = "sora"
) -> list[TriedOffer]:
    """Return what all offers of the grid come to from one day to another.

    Parameters
    ----------
    base
        The world before.
    from_date
        Day from which they hold.
    """
    grid = list(product(QUOTAS, PACKS_USD))
    measures = tuple(Measure(name, platform, since, date) for name in ("revenue_usd", "clips",
                                                                      "active_days"))  # fmt: skip
    worlds = []
    for quota, usd in grid:
        values = {"free_quota_per_day": quota, "pack_usd": usd}
        event = Event(id="offer", date=from_date, platform=platform, set=values)
        worlds.append(base.with_event(event).with_market(until=date))
    found = lab.numbers(worlds, measures, max(lab.size.assumption_replicates, 1))
    return [
        TriedOffer(quota, usd, *(float(np.median(values[m])) for m in measures))
        for (quota, usd), values in zip(grid, found, strict=True)
    ]


def best(every: Sequence[TriedOffer], quota: int, cost_usd: float, ads_usd: float = 0.0) -> Best:
    """Return the price that leaves most of a quota at a cost of a clip."""
    of_quota = [offer for offer in every if offer.quota == quota]
    most = max(of_quota, key=lambda offer: offer.left(cost_usd, ads_usd))
    return Best(most, of_quota[0] is not most is not of_quota[-1])
