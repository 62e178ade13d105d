"""The terms of today as compiled code reads them: one record per platform, one for the market."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args, get_origin

import numpy as np
import numpy.typing as npt

from sim.compiled import either_way
from sim.config import Config, declared
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig

#: How compiled code holds a value; a number that may be missing is NaN then.
_KINDS: dict[Any, type[np.generic]] = {
    bool: np.bool_, int: np.int64, float: np.float64, float | None: np.float64,
}  # fmt: skip
#: What follows from the configuration and from yesterday.
_DERIVED = (
    ("pack_on_sale", np.bool_),
    ("log_pack_usd", np.float64),
    ("plan_on_sale", np.bool_),
    ("high_plan_on_sale", np.bool_),
    ("log_plan_usd", np.float64),
    ("value", np.float64),
    ("feed_views", np.float64),
    ("feed_reason", np.float64),
    ("fresh", np.float64),
    ("visit_rate", np.float64),
    ("part_creating", np.float64),
    ("leave_most", np.float64),
    ("leave_most_met", np.float64),
    ("leave_idle", np.float64),
    ("most_clips", np.int64),
    ("p_served", np.float64),
)


def form_code(config: type[Config], field: str, form: str) -> int:
    """Return the number by which compiled code knows one of the forms that a field may have."""
    return get_args(config.model_fields[field].annotation).index(form)


def _read_by_rules(config: type[Config]) -> dict[str, type[np.generic]]:
    """Return the fields that a rule may read, as they are called in the configuration.

    All numbers, switches and forms that may change while a market runs; what is fixed has been
    drawn or laid out when it was built.
    """
    kinds = {}
    for name, field in config.model_fields.items():
        is_form = get_origin(field.annotation) is Literal
        kind = np.int64 if is_form else _KINDS.get(field.annotation)
        if kind is not None and not declared(config, name)["fixed"]:
            kinds[name] = kind
    return kinds


_OF_PLATFORM, _OF_MARKET = _read_by_rules(PlatformConfig), _read_by_rules(MarketConfig)
TERMS = np.dtype(
    # Platforms decide in the order of their keys, never of their names: `rank` is a platform's
    # place in that order, and `turn` of row k is the platform whose place is k.
    [("key", np.int64), ("rank", np.int64), ("turn", np.int64), *_OF_PLATFORM.items(), *_DERIVED],
    align=True,
)
MARKET = np.dtype(list(_OF_MARKET.items()), align=True)

LOG_COMPANY, THRESHOLD_COMPANY = (
    form_code(PlatformConfig, "friend_utility_form", form) for form in ("log", "threshold")
)
SHARE, COUNT, THRESHOLD = (
    form_code(MarketConfig, "contagion", form) for form in ("share", "count", "threshold")
)
FIXED_DELAY = form_code(PlatformConfig, "code_delay_form", "fixed")

#: A price of nothing has no logarithm; a millionth of a dollar stands in for it.
_LEAST_USD = 1e-6


def _write(row: Any, config: Config, names: Iterable[str]) -> None:
    """Write fields of a configuration into their places in a record."""
    for name in names:
        value = getattr(config, name)
        if isinstance(value, str):
            value = form_code(type(config), name, value)
        row[name] = math.nan if value is None else value


def market_record(market: MarketConfig) -> Any:
    """Return the (1,) record of market-wide terms."""
    record = np.zeros(1, MARKET)
    _write(record[0], market, _OF_MARKET)
    return record.view(np.recarray)


def terms_record(keys: Sequence[int], terms: Sequence[PlatformConfig]) -> Any:
    """Return the (P,) record of platform terms, which holds until one of them changes.

    Parameters
    ----------
    keys
        Keys of the platforms' luck.
    terms
        Terms by platform.
    """
    record = np.zeros(len(terms), TERMS)
    record["turn"] = np.argsort(keys)
    record["rank"][record["turn"]] = np.arange(len(keys))
    for p, config in enumerate(terms):
        row = record[p]
        row["key"] = keys[p]
        _write(row, config, _OF_PLATFORM)
        row["pack_on_sale"] = config.pack_usd is not None
        row["log_pack_usd"] = log_usd(config.pack_usd)
        row["plan_on_sale"] = config.subscription_usd_per_month is not None
        row["high_plan_on_sale"] = config.high_plan_usd_per_month is not None
        row["log_plan_usd"] = log_usd(config.subscription_usd_per_month)
        if config.high_plan_other_usd is None:
            row["high_plan_other_usd"] = row["plan_other_usd"]
        row["leave_most"], row["leave_most_met"], row["leave_idle"] = most_leaving(config)
        row["part_creating"] = 1.0 if config.p_create is None else config.p_create
    return record.view(np.recarray)


def most_leaving(config: PlatformConfig) -> tuple[float, float, float]:
    """Return the most by which hazards of leaving can be multiplied, and what may come on top.

    Without a limit met in the last week, with one, and the chance to leave for want of a reason.
    Rivals, whose part has no bound, are left out.
    """
    push = config.dropout_friends_left
    with np.errstate(over="ignore"):
        most, met = (float(np.exp(x)) for x in (push, push + config.dropout_quota_hits))
    idle = -math.expm1(-config.leave_no_reason_per_day) if config.needs_reason else 0.0
    return most, met, idle


def log_usd(price_usd: float | None) -> float:
    """Return the log of a price in USD; of nothing, that of a millionth of a dollar."""
    return math.log(max(price_usd or 0.0, _LEAST_USD))


def felt_of_service(
    record: Any,
    terms: Sequence[PlatformConfig],
    most_clips: Sequence[int],
    congestion: Sequence[float],
) -> None:
    """Write into the record of terms what yesterday's use of a limited capacity makes of them.

    Parameters
    ----------
    most_clips
        Agents' clips that today's capacity serves; -1 for no limit.
    congestion
        How crowded the service feels, 1 or more.
    """
    degraded = [c**-t.degraded_sensitivity for c, t in zip(congestion, terms, strict=True)]
    record["most_clips"] = most_clips
    # In balance congestion is what is wanted over what is made.
    record["p_served"] = [1.0 / c for c in congestion]
    record["value"] = [t.rel_demand * d for t, d in zip(terms, degraded, strict=True)]


@either_way
def felt_of_feeds(record, feed_views, fresh_clips, rel_visits):  # type: ignore[no-untyped-def]
    """Write into the record of terms what yesterday's clips and the calendar make of them.

    Parameters
    ----------
    feed_views
        (P,) yesterday's views on the outside feed, per person.
    fresh_clips
        (P,) what the feed inside has to show (`fresh_clips`).
    rel_visits
        Visits of today against those of any day.
    """
    for p in range(record.size):
        terms = record[p]
        terms.feed_views = feed_views[p]
        terms.fresh = fresh_clips[p]
        terms.visit_rate = min(terms.p_active * rel_visits, 1.0)
        terms.feed_reason = terms.feed_worth * fresh_clips[p]


@either_way
def fresh_clips(clips: int, users: int) -> float:
    """Return yesterday's clips for each of yesterday's users, at most 1."""
    return min(clips / max(users, 1), 1.0)


def novelty_table(terms: Sequence[PlatformConfig], n_days: int) -> npt.NDArray[np.float64]:
    """Return (P, n_days + 1) novelty by days since activation."""
    ages = np.arange(n_days + 1)
    return np.stack([novelty(of_platform, ages) for of_platform in terms])


def novelty(terms: PlatformConfig, ages: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the part of demand that is left at ages in days: ρ_inf + (1 - ρ_inf)·exp(-n/τ_n)."""
    fading = np.exp(-ages / terms.novelty_fade_days)
    return np.asarray(terms.novelty_floor + (1.0 - terms.novelty_floor) * fading)


def fading_table(terms: Sequence[PlatformConfig], n_days: int) -> npt.NDArray[np.float64]:
    """Return (P, n_days + 1) e^{-n/τ_v} by days since activation or return."""
    ages = np.arange(n_days + 1)
    return np.stack([np.exp(-ages / of_platform.visit_fade_days) for of_platform in terms])


def visiting_table(
    terms: Sequence[PlatformConfig], fading: npt.NDArray[np.float64], date: dt.date
) -> npt.NDArray[np.float64]:
    """Return what is left of visits today, by platform and age: see `visiting`.

    Parameters
    ----------
    fading
        As `fading_table` returns it.
    """
    return np.stack([visiting(one, row, date) for one, row in zip(terms, fading, strict=True)])


def days_freshened(terms: PlatformConfig, date: dt.date) -> int | None:
    """Return the days since a feature freshened visits, None before: what is left then moves."""
    if terms.freshened_on is None or date < terms.freshened_on:
        return None
    return (date - terms.freshened_on).days


def visiting(
    terms: PlatformConfig, fading: npt.NDArray[np.float64], date: dt.date
) -> npt.NDArray[np.float64]:
    """Return the part of visits that is left, by age: v_inf + (1 - v_inf)·e^{-n/τ_v}.

    From ``freshened_on`` on whoever is longer there comes as one of the age of that day, as far
    as `freshening` says.

    Parameters
    ----------
    fading
        e^{-n/τ_v} by age.
    """
    fading = np.maximum(fading, freshened_to(terms, date))
    return np.asarray(visits_left(terms.visit_floor, fading))


def freshened_to(terms: PlatformConfig, date: dt.date) -> float:
    """Return what a feature that freshened visits leaves of e^{-n/τ_v} at least; 0 for nothing."""
    since = days_freshened(terms, date)
    return 0.0 if since is None else terms.freshening * math.exp(-since / terms.visit_fade_days)


@either_way
def visits_left(floor: float, fading: Any) -> Any:
    """Return v_inf + (1 - v_inf)·e^{-n/τ_v}."""
    return floor + (1.0 - floor) * fading
