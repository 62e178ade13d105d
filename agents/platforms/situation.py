"""What a platform knows when it decides, and the register of strategies that decide by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.platform_config import PlatformConfig
from sim.plugins import Register

Decision = dict[str, Any]

#: Strategies by name.
STRATEGIES = Register("strategy")
#: Puts a function into them: ``@strategy``.
strategy = STRATEGIES.add


@dataclass(frozen=True)
class Situation:
    """What a platform knows in the morning.

    Parameters
    ----------
    date, days_since_launch
        Today.
    name
        The platform that decides.
    terms
        What holds today.
    rival_terms
        What holds at each rival, by name.
    past
        Function of (metric, platform) to (days so far,) in people or USD.
    cash_usd
        Cash of last night.
    cpi_usd
        What an install costs at the reference budget, on average over those whom ads are for.
    memory
        What the strategy itself noted on earlier days; JSON values.
    """

    date: dt.date
    days_since_launch: int
    name: str
    terms: PlatformConfig
    rival_terms: Mapping[str, PlatformConfig]
    past: Callable[[str, str], Any]
    cash_usd: float
    cpi_usd: float
    memory: dict[str, Any]

    def recent(self, name: str, days: int = 7, who: str | None = None) -> float:
        """Return the daily mean of a metric over the last days; 0 before there are any."""
        series = self.past(name, who or self.name)[-days:]
        return float(np.nanmean(series)) if series.size and not np.isnan(series).all() else 0.0
