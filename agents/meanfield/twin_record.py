"""What a twin writes down: a market's metrics in fractions of agents, NaN for what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.meanfield.masses import Lived
from agents.people.measures import COUNTED
from agents.platforms.congestion import gpu_load
from agents.platforms.day_book import day_book
from agents.platforms.economics import QUARTER_DAYS
from agents.platforms.ledger import ENTRIES
from agents.platforms.platform import Platform
from agents.platforms.platform_state import MONEY
from agents.platforms.unit_cost import unit_cost
from sim.counts import CLIPS, CODES_USED, STATUSES, VIRAL_WAYS, Count
from sim.metrics import recorded

Floats = npt.NDArray[np.float64]
#: Who brought whom is a matter of pairs of people, and the last day of use one of single persons.
UNKNOWN = (
    *(f"offspring_{way}" for way in VIRAL_WAYS), "offspring_of_cohort", "reproduction_number",
    "monthly_active",
)  # fmt: skip


class TwinRecord:
    """The record of a twin, as `sim.record.Record` is that of a market.

    Attributes
    ----------
    daily
        Recorded metric to (days, platforms): agents, events and cents, not rounded to whole ones.
    segments
        (days, platforms, segments, 3) active users, clips and bought clips.
    n_days
        Days written so far.
    """

    def __init__(self, n_days: int, n_platforms: int, n_segments: int) -> None:
        self.n_days = 0
        self.daily = {one.name: np.full((n_days, n_platforms), np.nan) for one in recorded()}
        self.segments = np.zeros((n_days, n_platforms, n_segments, 3))

    def past(self, name: str) -> Floats:
        """Return (days so far, platforms) of one metric."""
        return self.daily[name][: self.n_days]

    def write(self, lived: Lived, platforms: Sequence[Platform], weight: float) -> None:
        """Write some days, of people and of money.

        Parameters
        ----------
        weight
            People per agent.
        """
        first, n = self.n_days, len(lived.counts)
        days = slice(first, first + n)
        count = lived.counts
        issued = sum(self._sum_before(name) for name in ("codes_issued",))
        used_before = self._sum_before("codes_used")
        for name, column in COUNTED.items():
            if name not in UNKNOWN:
                self.daily[name][days] = count[:, :, column]
        for status, name in enumerate(STATUSES):
            self.daily[name][days] = lived.stocks[:, :, status]
        self.daily["subscribers"][days] = lived.subscribers
        self.daily["feed_views"][days] = lived.feed_views
        used = count[:, :, list(CODES_USED)].sum(axis=2)
        self.daily["codes_used"][days] = used
        issues = count[:, :, Count.CODES_ISSUED].cumsum(axis=0)
        self.daily["codes_left"][days] = issued + issues - used_before - used.cumsum(axis=0)
        self.segments[days] = lived.by_segment
        for p, platform in enumerate(platforms):
            for name, values in _of_company(platform, first, count[:, p].T, weight).items():
                self.daily[name][days, p] = values
            flow = sum(
                entry.sign * self.daily[metric][days, p] for entry, metric in _SIGNED.items()
            )
            before = self.daily["cash_usd"][first - 1, p] if first else platform.ledger.cash_now
            self.daily["cash_usd"][days, p] = before + np.cumsum(flow)
        self.n_days += n

    def _sum_before(self, name: str) -> Floats:
        return np.asarray(self.past(name).sum(axis=0))


#: Metric of each line of the cash book.
_SIGNED = {entry: metric for entry, metric in MONEY if entry in ENTRIES}


def _of_company(platform: Platform, first: int, count: Floats, weight: float) -> Mapping[str, Any]:
    """Return what some days came to for a company, by metric; its clips so far grow by theirs.

    Parameters
    ----------
    first
        Index of the first of these days.
    count
        (columns, days) what was counted.
    """
    terms, n = platform.terms, count.shape[1]
    clips = sum(count[tier] for tier in CLIPS) * weight
    before = platform.clips_made + np.concatenate([[0.0], clips[:-1].cumsum()])
    observed = platform.market.config.day(terms.cost_date or terms.launch)
    cost = unit_cost(terms, np.arange(first, first + n) - float(observed), before)
    unserved = count[Count.CLIPS_UNSERVED] * weight
    # Amounts in cents, as in the book of a market, but not rounded.
    book = day_book(terms, list(count), weight, cost.usd, platform.is_up, lambda usd: 100.0 * usd)
    platform.clips_made += float(clips.sum())
    return {
        **{metric: book.get(entry, 0.0) for entry, metric in MONEY},
        **gpu_load(cost, clips, unserved, terms.capacity_gpu_hours_per_day),
        "unit_cost_usd": cost.usd,
        "unit_gpu_minutes": cost.gpu_minutes,
        "gpu_hour_usd": cost.usd_per_gpu_hour,
        "congestion": platform.congestion,
        "owner_loss_usd": terms.owner_loss_usd_per_quarter / QUARTER_DAYS,
        "paid_reach_missed": platform.paid_reach_missed,
    }
