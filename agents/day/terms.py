"""The terms of today as compiled code reads them: one record per platform, one for the market."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig

CONTAGION = {"share": 0, "count": 1, "threshold": 2}

#: Fields that rules read as they stand in the configuration.
_DIRECT = (
    "p_code_used", "code_delay_days", "share_codes_to_friends", "p_give_up", "p_recall",
    "rel_awareness_closed", "friend_strength", "rel_exposure_lost", "return_per_day", "utility",
    "friend_utility", "p_active", "dropout_friends", "dropout_feed", "dropout_quota_hits",
    "subscribe_intercept", "subscribe_hits", "subscribe_friends", "subscribe_willingness",
    "subscribe_price", "paid_churn_alpha", "paid_churn_beta",
)  # fmt: skip
_DIRECT_SWITCHES = ("running", "invites_required")
_DIRECT_COUNTS = ("codes_per_user", "pack_clips")
_DERIVED = (
    ("code_delay_fixed", np.bool_),
    ("free_quota", np.int64),
    ("subscriber_quota", np.int64),
    ("pack_on_sale", np.bool_),
    ("log_usd_per_pack_clip", np.float64),
    ("plan_on_sale", np.bool_),
    ("log_plan_usd", np.float64),
    ("value", np.float64),
    ("p_share_friends", np.float64),
    ("p_share_feed", np.float64),
    ("feed_views", np.float64),
)

TERMS = np.dtype(
    # Platforms decide in the order of their keys, never of their names: `rank` is a platform's
    # place in that order, and `turn` of row k is the platform whose place is k.
    [("key", np.int64), ("rank", np.int64), ("turn", np.int64)]
    + [(name, np.float64) for name in _DIRECT]
    + [(name, np.bool_) for name in _DIRECT_SWITCHES]
    + [(name, np.int64) for name in _DIRECT_COUNTS]
    + list(_DERIVED),
    align=True,
)
MARKET = np.dtype(
    [
        ("contagion", np.int64),
        ("sharing_threshold", np.float64),
        ("rival_penalty", np.float64),
        ("attention_budget", np.float64),
        ("price_noise", np.float64),
    ],
    align=True,
)

#: A price of nothing has no logarithm; a millionth of a dollar stands in for it.
_LEAST_USD = 1e-6


def market_record(market: MarketConfig) -> Any:
    """Return the (1,) record of market-wide terms."""
    record = np.zeros(1, MARKET).view(np.recarray)
    record[0].contagion = CONTAGION[market.contagion]
    for name in ("sharing_threshold", "rival_penalty", "attention_budget", "price_noise"):
        setattr(record[0], name, getattr(market, name))
    return record


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
        for name in (*_DIRECT, *_DIRECT_SWITCHES, *_DIRECT_COUNTS):
            row[name] = getattr(config, name)
        row["code_delay_fixed"] = config.code_delay_form == "fixed"
        row["free_quota"] = config.free_quota_per_day
        row["subscriber_quota"] = config.subscriber_quota_per_day
        row["pack_on_sale"] = config.pack_usd is not None
        per_clip = (config.pack_usd or 0.0) / config.pack_clips
        row["log_usd_per_pack_clip"] = math.log(max(per_clip, _LEAST_USD))
        row["plan_on_sale"] = config.subscription_usd_per_month is not None
        row["log_plan_usd"] = math.log(max(config.subscription_usd_per_month or 0.0, _LEAST_USD))
        row["p_share_friends"] = min(config.p_share_friends * config.rel_sharing, 1.0)
        row["p_share_feed"] = min(config.p_share_feed * config.rel_sharing, 1.0)
    return record.view(np.recarray)


def felt_today(
    record: Any,
    terms: Sequence[PlatformConfig],
    utilization: Sequence[float],
    feed_views: Sequence[float],
) -> None:
    """Write into the record of terms what yesterday's use makes of them.

    Parameters
    ----------
    utilization
        Yesterday's GPU demand over capacity; above 1 the service degrades.
    feed_views
        Yesterday's views on the outside feed, per person.
    """
    degraded = [
        max(u, 1.0) ** -t.degraded_sensitivity for u, t in zip(utilization, terms, strict=True)
    ]
    record["value"] = [t.rel_demand * d for t, d in zip(terms, degraded, strict=True)]
    record["feed_views"] = feed_views


def novelty_table(terms: Sequence[PlatformConfig], n_days: int) -> npt.NDArray[np.float64]:
    """Return (P, n_days + 1) novelty by days since activation: ρ_inf + (1 - ρ_inf)·exp(-n/τ_n)."""
    ages = np.arange(n_days + 1)
    return np.stack(
        [
            t.novelty_floor + (1.0 - t.novelty_floor) * np.exp(-ages / t.novelty_fade_days)
            for t in terms
        ]
    )
