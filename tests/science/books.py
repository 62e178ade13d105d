"""What must add up in the record of any market, every day, exactly: people, codes, clips, cents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.market import Market

_REVENUE = ("packs_usd", "subscriptions_usd", "other_revenue_usd")
_SPENT = ("store_fees_usd", "compute_usd", "marketing_usd", "rewards_usd", "fixed_usd")
_STATUSES = ("unaware", "aware", "waiting", "active", "lost")


def books(market: Market) -> Iterator[tuple[str, Any, Any]]:
    """Yield (claim, found, expected) from the record alone; integers and cents."""
    n_days = market.record.n_days
    get = {name: array[:n_days] for name, array in market.record.daily.items()}

    def total(*names: str) -> Any:
        return np.cumsum(sum(get[name] for name in names), axis=0)

    yield "people by status sum to n", sum(get[s] for s in _STATUSES), market.config.n_users
    for whole, parts in (("installs", "installs_"), ("activations", "activations_")):
        by_cause = sum(array for name, array in get.items() if name.startswith(parts))
        yield f"{whole} by cause sum up", by_cause, get[whole]
    started = total("activations") + get["waiting"] + total("gave_up")
    yield "installs = started + waiting + given up", started, total("installs", "reinstalls")
    left = total("codes_issued") - total("codes_used")
    yield "codes issued = used + left", get["codes_left"], left
    yield "codes left are not negative", left >= 0, True
    there = total("activations", "returns") - total("dropouts")
    yield "starts - drop-outs = users there", get["active"], there
    # Who left may install anew (counted as a return); nobody else leaves the lost.
    yield "drop-outs - returns = users lost", get["lost"], total("dropouts") - total("returns")
    plans = total("new_subscribers") - total("cancellations")
    yield "plans taken - canceled = held", get["subscribers"], plans
    cohorts = market.record.cohorts[:n_days].sum(axis=2)
    yield "daily users by cohort sum up", cohorts, get["daily_active"]
    clips = get["clips_free"] + get["clips_subscriber"] + get["clips_pack"]
    segments = market.record.segments[:n_days].sum(axis=2)
    yield "daily users by segment sum up", segments[..., 0], get["daily_active"]
    yield "clips by tier = clips by segment", segments[..., 1], clips
    yield "bought clips by segment sum up", segments[..., 2], get["clips_pack"]
    opening = [round(100 * p.opening_cash_usd) for p in market.scenario_config.platforms.values()]
    cash = np.array(opening) + total(*_REVENUE) - total(*_SPENT)
    yield "cash = opening + revenue - spending, to the cent", get["cash_usd"], cash
    yield "cash is whole cents", get["cash_usd"].dtype == np.int64, True
