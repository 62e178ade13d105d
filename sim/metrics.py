"""The catalogue of metrics: every number of a run, with unit, scale and how days make a month.

Recorded metrics are counted each day, in agents, events or cents. Derived metrics are pure
functions of recorded ones, of arrays (days, platforms), and are computed when asked for. Anybody
may add one of either kind (`metric`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from sim.acquisition import ratio
from sim.checks import chosen
from sim.counts import CAUSES, EXPOSURES, VIRAL_WAYS, WAY_TEXTS, Count, Monthly, name_of
from sim.errors import ConfigError
from sim.formulas import (
    Array,
    Get,
    acquisition,
    burn,
    burn_of_owner_loss,
    clips,
    contribution,
    in_app_spend,
    onboarding_cost,
    revenue,
    runway,
    viral_activations,
)

Scale = Literal["people", "usd_cents", "plain"]
F = TypeVar("F", bound=Callable[[Any], Any])


@dataclass(frozen=True)
class Metric:
    """One number per platform and day.

    Parameters
    ----------
    name, unit, text
        As in tables and docs.
    scale
        "people" counts are multiplied by people per agent, "usd_cents" divided by 100.
    monthly
        How days make a month: sum of flows, last day of stocks, mean, or (ratio) the same
        formula applied to the month's own totals.
    formula
        For derived metrics: function of a getter of other metrics.
    across
        False if a platform's number is the same whatever happens on others; who does not say so is
        never measured without them (`sim.coupling`).
    of_cohort
        True for what is counted for the day on which people started, however late they do it: the
        number of a day grows as long as the run goes on.
    count
        For metrics that somebody adds to the record: function of the market in the evening, to a
        number for each platform.
    """

    name: str
    unit: str
    text: str
    scale: Scale = "people"
    monthly: Monthly = "sum"
    formula: Callable[[Callable[[str], Array]], Any] | None = None
    across: bool = True
    count: Callable[[Any], npt.ArrayLike] | None = None
    of_cohort: bool = False

    def __post_init__(self) -> None:
        # A ratio of days is no ratio of a month: without a formula there is none.
        kinds = [one for one in get_args(Monthly) if self.formula or one != "ratio"]
        for field, allowed in (("monthly", kinds), ("scale", get_args(Scale))):
            if getattr(self, field) not in allowed:
                raise ConfigError(f"metric {self.name!r}: {field} = {getattr(self, field)!r}: must "
                                  f"be one of {', '.join(allowed)}.")  # fmt: skip


def _flow(name: str, text: str, unit: str = "people/day") -> Metric:
    return Metric(name, unit, text)


def _stock(name: str, text: str, unit: str = "people") -> Metric:
    return Metric(name, unit, text, monthly="last")


def _money(name: str, text: str) -> Metric:
    return Metric(name, "USD/day", text, scale="usd_cents")


def _derived(
    name: str,
    unit: str,
    text: str,
    formula: Callable[[Get], Any],
    monthly: Monthly = "sum",
    across: bool = True,
) -> Metric:
    return Metric(name, unit, text, "plain", monthly, formula, across)


def _of_one(*metrics: Metric) -> Iterator[Metric]:
    """Mark metrics that are the same whatever happens on other platforms."""
    return (replace(one, across=False) for one in metrics)


RECORDED: tuple[Metric, ...] = (
    *_of_one(
        _stock("unaware", "Have not heard of the platform."),
        _stock("aware", "Have heard of it, do not use it."),
        _stock("waiting", "Installed, without an invite."),
        _stock("active", "Use it: have started and not left."),
        _stock("lost", "Have left."),
        _stock("subscribers", "Hold a plan."),
        _stock("monthly_active", "Used it at least once in the last 30 days."),
    ),
    *(
        Metric(name_of(c), c.unit, c.text, monthly=c.monthly, across=c.across)
        for c in Count
        if c.unit
    ),
    *_of_one(
        _flow("codes_used", "Invite codes used.", "codes/day"),
        _stock("codes_left", "Invite codes not used.", "codes"),
        *(_flow(f"exposures_{c}", f"Exposures by {c}.") for c in EXPOSURES),
        *(_flow(f"installs_{c}", f"First installs that {c} led to.") for c in CAUSES[1:]),
        *(_flow(f"activations_{c}", f"Activations that {c} led to.") for c in CAUSES[1:]),
        *(
            _flow(f"offspring_{way}", f"Starts that users brought about: {text}.")
            for way, text in zip(VIRAL_WAYS, WAY_TEXTS, strict=True)
        ),
        Metric(
            "offspring_of_cohort",
            "people/day",
            "Brought, so far, by those who started on that day.",
            of_cohort=True,
        ),
        Metric(
            "reproduction_number",
            "new users per new user",
            "What somebody would bring in a life of days like this one (instantaneous).",
            "plain",
            "mean",
        ),
        Metric("unit_cost_usd", "USD/clip", "Compute cost of a clip.", "plain", "mean"),
        Metric("unit_gpu_minutes", "GPU-minutes/clip", "GPU time of a clip.", "plain", "mean"),
        Metric("gpu_hour_usd", "USD/GPU-hour", "Price of GPU time.", "plain", "mean"),
        Metric("gpu_hours", "GPU-hours/day", "GPU time of all clips.", "plain", "sum"),
        Metric("utilization", "share", "GPU time over capacity; 0 = no limit.", "plain", "mean"),
        Metric("wanted_over_capacity", "share", "GPU time wanted over capacity.", "plain", "mean"),
        Metric("congestion", "times", "c: the same as it is felt; 1 = none.", "plain", "mean"),
        Metric("owner_loss_usd", "USD/day", "Loss of the whole company.", "plain", "sum"),
        Metric("feed_views", "views/person/day", "Views on the outside feed, Z.", "plain", "mean"),
        Metric(
            "paid_reach_missed",
            "people/day",
            "Installs paid for that nobody is left to make.",
            "plain",
        ),
        _money("packs_usd", "Packs sold, before store fees."),
        _money("subscriptions_usd", "Plans credited to video, before store fees."),
        _money("other_revenue_usd", "Advertising and other income."),
        _money("store_fees_usd", "Kept by app stores."),
        _money("compute_usd", "GPU time."),
        _money("marketing_usd", "Paid media."),
        _money("rewards_usd", "Referral rewards."),
        _money("fixed_usd", "Fixed cost."),
        _money("owned_media_usd", "What owned reach could have been sold for; no cash."),
        Metric("cash_usd", "USD", "Cash at the end of the day.", "usd_cents", "last"),
    ),
)

DERIVED: tuple[Metric, ...] = (
    _derived("clips", "clips/day", "Clips made.", clips, across=False),
    _derived("revenue_usd", "USD/day", "Revenue after store fees.", revenue, across=False),
    _derived("in_app_spend_usd", "USD/day", "Packs and plans, before store fees.", in_app_spend,
             across=False),
    _derived("contribution_usd", "USD/day", "Revenue - compute - marketing - rewards.",
             contribution, across=False),
    _derived("burn_usd", "USD/day", "Net cash out.", burn, across=False),
    _derived("runway_days", "days", "Cash over burn.", runway, "ratio", across=False),
    _derived("burn_of_owner_loss", "share", "Burn over the loss of the whole company.",
             burn_of_owner_loss, "ratio", across=False),
    _derived("onboarding_usd", "USD/day", "Compute for free clips of the first 30 days.",
             onboarding_cost, across=False),
    _derived("viral_activations", "people/day", "Activations that other users brought about.",
             viral_activations, across=False),
    _derived("hit_rate", "share", "Active user-days that reach the quota.",
             lambda get: ratio(get("quota_hits"), get("active_days")), "ratio", across=False),
    _derived("active_days", "user-days/day", "User-days of use.",
             lambda get: get("daily_active"), across=False),
    _derived("viewers", "people", "Use it that day and make nothing: they watch.",
             lambda get: get("daily_active") - get("creators"), "mean", across=False),
    _derived("share_clips_paid", "share", "Part of clips made in plans and from packs.",
             lambda get: ratio(get("clips_subscriber") + get("clips_pack"), clips(get)), "ratio",
             across=False),
    _derived("k_factor", "new users per new user",
             "Offspring, so far, of those who started on that day, over their number.",
             lambda get: ratio(get("offspring_of_cohort"), get("activations")), "ratio",
             across=False),
    _derived("share_viral", "share", "Part of activations that other users brought about.",
             lambda get: ratio(viral_activations(get), get("activations")), "ratio", across=False),
    _derived("conversion", "share", "New payers over first installs.",
             lambda get: ratio(get("new_payers"), get("installs")), "ratio", across=False),
    _derived("cac_paid_usd", "USD/activation", "Marketing over activations it caused.",
             lambda get: acquisition(get).paid, "ratio", across=False),
    _derived("cac_blended_usd", "USD/activation", "Marketing over all activations.",
             lambda get: acquisition(get).blended, "ratio", across=False),
    _derived("cac_loaded_usd", "USD/activation",
             "Marketing, rewards, free clips of the first 30 days and owned media, over all "
             "activations.",
             lambda get: acquisition(get).loaded, "ratio", across=False),
    _derived("share_active", "share", "Part of all daily users of all platforms.",
             lambda get: ratio(get("daily_active"),
                                get("daily_active").sum(axis=-1, keepdims=True)), "ratio"),
    _derived("share_clips", "share", "Part of all clips of all platforms.",
             lambda get: ratio(clips(get), clips(get).sum(axis=-1, keepdims=True)), "ratio"),
)  # fmt: skip

_OWN: Mapping[str, Metric] = {one.name: one for one in (*RECORDED, *DERIVED)}
#: Every metric by name, those that somebody added last.
CATALOGUE: dict[str, Metric] = dict(_OWN)


def metric(
    unit: str,
    text: str,
    *,
    monthly: Monthly = "sum",
    counted: bool = False,
    scale: Scale | None = None,
) -> Callable[[F], F]:
    """Put a metric into the catalogue: a decorator of the function that works it out.

    Parameters
    ----------
    unit, text, monthly
        As of `Metric`.
    counted
        False: a function of a getter of other metrics, to (days, platforms). True: a function of
        the market, asked each evening for a number of each platform, which is recorded.
    scale
        Of a counted metric; "people" if not given. What is derived is in people and USD already.

    Raises
    ------
    ConfigError
        If the project itself has a metric of that name.

    Examples
    --------
    >>> @metric("clips/user", "Clips of each daily user.", monthly="ratio")
    ... def clips_each(get):
    ...     return ratio(get("clips"), get("active_days"))
    >>> metric_of("clips_each").unit
    'clips/user'
    >>> del CATALOGUE["clips_each"]
    """

    def add(function: F) -> F:
        name = function.__name__
        if name in _OWN:
            raise ConfigError(f"metric {name!r}: there is one already. Give yours another name.")
        formula, count = (None, function) if counted else (function, None)
        kept = (scale or "people") if counted else "plain"
        CATALOGUE[name] = Metric(name, unit, text, kept, monthly, formula, count=count)
        return function

    return add


def recorded() -> list[Metric]:
    """Return the metrics that a market writes down each day."""
    return [one for one in CATALOGUE.values() if one.formula is None]


def metric_of(name: str) -> Metric:
    """Return a metric by name.

    Raises
    ------
    UnknownNameError
        With the nearest match and the list.
    """
    return CATALOGUE[chosen("metric", name, CATALOGUE)]


def scaled(metric: Metric, raw: npt.NDArray[Any], weight: float) -> Array:
    """Turn recorded counts into people or USD."""
    if metric.scale == "people":
        return raw * weight
    return raw / 100.0 if metric.scale == "usd_cents" else np.asarray(raw, float)
