"""What a saved market knows of a platform, and whether a platform can be so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.day.invites import Pool
from agents.platforms.ledger import ENTRIES, Entry, Ledger
from sim.checks import short
from sim.errors import DataError
from sim.platform_config import PlatformConfig

if TYPE_CHECKING:
    from agents.platforms.platform import Platform

#: Entries that are shown, and the metric that each is.
MONEY = tuple((entry, f"{entry}_usd") for entry in Entry if entry is not Entry.FUNDING)
_LEDGER = "ledger."
_AMOUNTS = ("clips_made", "feed_views", "congestion", "chart")


def state_of(platform: Platform) -> dict[str, Any]:
    """Return all that a restart needs."""
    pool = platform.pool
    return {
        "opened_on": platform.opened_on,
        "posted": pool.posted,
        **{f"{_LEDGER}{name}": array for name, array in platform.ledger.state_dict().items()},
        "json": {
            "terms": platform.terms.model_dump(mode="json"),
            "pool": [pool.company, pool.entitlement, pool.issued],
            **{name: getattr(platform, name) for name in _AMOUNTS},
            "memory": platform.memory,
        },
    }


def put_state(platform: Platform, state: Mapping[str, Any], day: int) -> None:
    """Write a saved state into a new platform.

    Parameters
    ----------
    day
        The day that is to be lived next.

    Raises
    ------
    DataError
        If no platform can be in that state.
    """
    where = f"platform {platform.name!r}"
    opened_on = state["opened_on"]
    if (
        opened_on.shape != platform.opened_on.shape
        or opened_on.dtype != platform.opened_on.dtype
        or np.any((opened_on < -1) | (opened_on > day))
    ):
        raise DataError(f"{where}: opened_on must be a day before {day}, or -1, for each cell.")
    platform.opened_on[:] = opened_on
    posted, own = state["posted"], platform.pool.posted
    if posted.shape != own.shape or posted.dtype != own.dtype or np.any(posted < 0):
        raise DataError(f"{where}: posted must be codes by day of start, each >= 0.")
    book = {n.removeprefix(_LEDGER): a for n, a in state.items() if n.startswith(_LEDGER)}
    platform.ledger = Ledger.from_state(book)
    if platform.ledger.n_days != day:
        raise DataError(f"{where}: its ledger has {platform.ledger.n_days} days: must be {day}.")
    values = state["json"]
    platform.terms = PlatformConfig.parse(dict(values["terms"]), where)
    codes, entitlement, issued = values["pool"]
    amounts = {"codes": codes, "entitlement": entitlement, "issued": issued}
    amounts |= {name: values[name] for name in _AMOUNTS}
    for name, value in amounts.items():
        whole = name in ("codes", "issued")
        if type(value) is not int if whole else type(value) not in (int, float):
            raise DataError(f"{where}: {name} = {short(value)}: must be a number.")
        low = 1 if name == "congestion" else 0
        if not low <= value < math.inf:
            raise DataError(f"{where}: {name} = {short(value)}: must be finite and >= {low}.")
    platform.pool = Pool(posted.copy(), codes, float(entitlement), issued)
    for name in _AMOUNTS:
        setattr(platform, name, float(values[name]))
    platform.memory = dict(values["memory"])


def check_capacity(platform: Platform) -> None:
    """Raise AssertionError if more GPU time was used today than there was."""
    used = platform.market.record.past("utilization")[-1:, platform.index]
    if (used > 1.0).any():
        raise AssertionError(f"{platform.name}: {used[0]:.6g} of its GPU time was used")


def check_money(platform: Platform) -> None:
    """Raise AssertionError unless the ledger balances, and the record says what it says."""
    ledger, record = platform.ledger, platform.market.record
    ledger.reconcile()
    booked = {metric: ledger.entries[:, ENTRIES.index(entry)] for entry, metric in MONEY}
    for metric, amounts in {**booked, "cash_usd": ledger.cash}.items():
        written = record.past(metric)[:, platform.index]
        if not np.array_equal(written, amounts[: written.size]):
            raise AssertionError(f"{platform.name}: {metric} of the record is not the ledger's")
