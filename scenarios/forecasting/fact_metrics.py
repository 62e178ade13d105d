"""Which facts a forecast can be scored on: one table from metrics of facts to those of forecasts.

A fact speaks of a total over its days, or of a mean a day. What is counted elsewhere (a country,
one store), made by own arithmetic, or no number of a forecast at all is not scored, and says why.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal, NamedTuple

from scenarios.inputs.fact import Fact

#: Entity of a fact to platform.
PLATFORM_OF = MappingProxyType({"Sora": "sora", "Google": "google"})
_DAYS_OF_YEAR = 365.0
#: Numbers in a range that stand for it, alike on the scale on which they are scored.
_IN_RANGE = 9
#: Likeness from which one name is taken for another that was mistyped.
_NEAR = 0.9


class Counted(NamedTuple):
    """What a metric of facts is in a forecast.

    Parameters
    ----------
    metric
        One of `scenarios.forecasting.forecast_table.FORECASTED`.
    over
        Whether the number is a total over the days of the fact, or a mean a day.
    units
        Units in which it is understood, with what one is in people, clips or USD.
    is_peak
        Of the best day, which no mean exceeds: an upper bound.
    is_worldwide
        Counted worldwide; the pool makes the share A45 of it.
    """

    metric: str
    over: Literal["total", "day"]
    units: Mapping[str, float]
    is_peak: bool = False
    is_worldwide: bool = False


_DOWNLOADS = {"downloads": 1.0, "downloads/month": 1.0}
_A_DAY = {"downloads/day": 1.0}
_USERS = {"users/day": 1.0, "users": 1.0}
_CLIPS = {"clips/day": 1.0}
_USD = {"USD/day": 1.0, "USD/year": 1.0 / _DAYS_OF_YEAR}
_SPEND = {"USD/month": 1.0, "USD": 1.0}

#: Metric of a fact to what it is in a forecast.
FACT_METRICS: Mapping[str, Counted] = MappingProxyType({
    "monthly_downloads": Counted("installs", "total", _DOWNLOADS),
    "monthly_downloads_other_source": Counted("installs", "total", _DOWNLOADS),
    "cumulative_downloads": Counted("installs", "total", _DOWNLOADS),
    "cumulative_downloads_used_in_forbes_calc": Counted("installs", "total", _DOWNLOADS),
    "consumer_spend_month": Counted("in_app_spend_usd", "total", _SPEND),
    "DAU": Counted("daily_active", "day", _USERS),
    "DAU_peak": Counted("daily_active", "day", _USERS, is_peak=True),
    "clips_generated_per_day": Counted("clips", "day", _CLIPS),
    "forbes_clips_per_day": Counted("clips", "day", _CLIPS),
    "veo3_videos_cumulative": Counted("clips", "total", {"videos": 1.0}, is_worldwide=True),
    "daily_compute_cost": Counted("compute_usd", "day", _USD),
    "daily_compute_cost_forbes": Counted("compute_usd", "day", _USD),
    "annual_compute_cost_forbes": Counted("compute_usd", "day", _USD),
})  # fmt: skip

_IOS = "counts one store alone; a forecast is of both"
_PART = "counts one country alone; a forecast is of all"
_ONE_DAY = "counts single days of launch; a forecast is by month"
_OWN = "own arithmetic on other facts, nothing that was observed"
#: Metric of a fact to why it is not scored, though it looks like one that could be.
NOT_SCORED: Mapping[str, str] = MappingProxyType({
    "monthly_downloads_outlier": "the facts call it an outlier that contradicts every other series",
    "cumulative_downloads_ios": _IOS,
    "downloads_day1_ios_vintage1": _IOS,
    "downloads_day1_ios_vintage2": _IOS,
    "downloads_day1_ios_us": _PART,
    "downloads_day1_android": _IOS,
    "downloads_day1_android_us": _PART,
    "downloads_first_2_days_ios": _IOS,
    "downloads_first_week_ios_vintage1": _IOS,
    "downloads_first_week_ios_vintage2": _IOS,
    "downloads_first_week_canada": _PART,
    "downloads_daily_ios": _IOS,
    "downloads_daily_peak_ios": _IOS,
    "downloads_daily_range_ios": _IOS,
    "downloads_1M_time": _ONE_DAY,
    "derived_DAU_from_published_retention": _OWN,
    "derived_clips_per_day_from_DAU": _OWN,
    "derived_packs_sold_upper_bound": _OWN,
    "flow_videos_cumulative": "counts clips of all models in one product, not those of Veo",
    "gemini_downloads": "counts installs of an app that is not only for clips",
    "gemini_new_users_nano_banana": "counts users of another feature",
    "free_limit_per_day": "a quota, which is set and not forecast",
    "pro_limit_per_day": "a quota, which is set and not forecast",
    "ai_pro_price": "a price, which is set and not forecast",
    "ai_ultra_price": "a price, which is set and not forecast",
    "disney_deal": "a price of shares, not spend in the app",
})  # fmt: skip


@dataclass(frozen=True)
class Observed:
    """A fact as a forecast is scored on it.

    Parameters
    ----------
    fact_id, metric, platform
        Which fact, which metric of the forecast, and of whom.
    first, last
        Its days.
    is_total
        A total over these days; else a mean a day.
    low, high
        Ends of what was observed, in people, clips or USD of the pool; equal for a number, 0 or
        infinite where there is only a bound.
    """

    fact_id: str
    metric: str
    platform: str
    first: dt.date
    last: dt.date
    is_total: bool
    low: float
    high: float

    @property
    def is_bound(self) -> bool:
        """Whether only one end is known."""
        return self.low <= 0.0 or math.isinf(self.high)

    def inside(self) -> list[float]:
        """Return numbers that stand for a range, evenly on the log scale; one for a number."""
        if self.low == self.high:
            return [self.low]
        step = math.log(self.high / self.low) / _IN_RANGE
        return [self.low * math.exp(step * (i + 0.5)) for i in range(_IN_RANGE)]


def observed(fact: Fact, pool_share: float) -> Observed | str:
    """Return a fact as a forecast is scored on it, or why it is not.

    Both ends given are a range, whatever the value between. A value that is also the only end is a
    bound ("more than"), as is an end without a value; a value apart from the only end is the other
    end of a range. A peak is an upper bound of the mean.

    Parameters
    ----------
    pool_share
        Part of worldwide counts that falls to the pool (A45).
    """
    platform = PLATFORM_OF.get(fact.entity)
    if platform is None:
        return "about somebody of whom nothing is forecast"
    if fact.metric in NOT_SCORED:
        return NOT_SCORED[fact.metric]
    counted = FACT_METRICS.get(fact.metric)
    if counted is None:
        near = get_close_matches(fact.metric, FACT_METRICS, 1, _NEAR)
        meant = f" ({fact.metric}: is {near[0]} meant?)" if near else ""
        return f"what it counts is no metric of a forecast{meant}"
    if fact.unit not in counted.units:
        return (
            f"in {fact.unit}; {fact.metric} is understood in {' or '.join(sorted(counted.units))}"
        )
    ends = _ends(fact)
    if ends is None:
        return "has no number"
    scale = counted.units[fact.unit] * (pool_share if counted.is_worldwide else 1.0)
    low, high = (end * scale for end in ends)
    if counted.is_peak:
        low = 0.0
    if high <= 0.0 or (low <= 0.0 and math.isinf(high)):
        return "says nothing about a number above 0"
    return Observed(
        fact.id, counted.metric, platform, fact.date_start, fact.last_day,
        counted.over == "total", max(low, 0.0), high,
    )  # fmt: skip


def _ends(fact: Fact) -> tuple[float, float] | None:
    """Return both ends of what a fact says; 0 or infinity where there is none."""
    value = fact.value if isinstance(fact.value, float) else None
    low, high = fact.low, fact.high
    if low is not None and high is not None:
        return low, high
    if low is not None:
        return (low, math.inf) if value is None or value == low else (low, value)
    if high is not None:
        return (0.0, high) if value is None or value == high else (value, high)
    return None if value is None else (value, value)
