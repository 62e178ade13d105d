"""What a day came to: the tally in the words of the metric catalogue, and the books in balance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.state import Flag, Status
from agents.world import ACTIVATIONS_BY, EXPOSURES_BY, INSTALLS_BY, Count
from sim.metrics import CATALOGUE, CAUSES, STATUSES

if TYPE_CHECKING:
    from agents.users import Users

MONTH_DAYS = 30

#: Metrics that are one column of the tally.
_COUNTED: dict[str, int] = {
    "newly_aware": Count.NEWLY_AWARE,
    "installs": Count.INSTALLS,
    "reinstalls": Count.REINSTALLS,
    "gated": Count.GATED,
    "activations": Count.ACTIVATIONS,
    "returns": Count.RETURNS,
    "gave_up": Count.GAVE_UP,
    "dropouts": Count.DROPOUTS,
    "daily_active": Count.DAILY_ACTIVE,
    "creators": Count.CREATORS,
    "multi_homers": Count.MULTI_HOMERS,
    "clips_free": Count.CLIPS_FREE,
    "clips_subscriber": Count.CLIPS_SUBSCRIBER,
    "clips_pack": Count.CLIPS_PACK,
    "clips_onboarding": Count.CLIPS_ONBOARDING,
    "clips_refused": Count.CLIPS_REFUSED,
    "quota_hits": Count.QUOTA_HITS,
    "shares_friends": Count.SHARES_FRIENDS,
    "shares_feed": Count.SHARES_FEED,
    "packs": Count.PACKS,
    "pack_buyers": Count.PACK_BUYERS,
    "new_subscribers": Count.SUBSCRIBED,
    "cancellations": Count.CANCELED,
    "plans_billed": Count.PLANS_BILLED,
    "new_payers": Count.NEW_PAYERS,
    "codes_issued": Count.CODES_ISSUED,
    **{
        f"{event}_{cause}": first + code
        for event, first in (
            ("exposures", EXPOSURES_BY),
            ("installs", INSTALLS_BY),
            ("activations", ACTIVATIONS_BY),
        )
        for code, cause in enumerate(CAUSES)
        if f"{event}_{cause}" in CATALOGUE
    },
}
_COLUMNS = np.array(list(_COUNTED.values()))


class Books:
    """Running totals over the days, integers all: what must agree with the columns every night.

    Attributes
    ----------
    stocks
        (P, statuses) users by status.
    unaware_by_cell
        (P, C) unaware users of each cell.
    last_active
        (P, days) users by the last day on which they used the platform.
    subscribers, clips, credit
        (P,) plans held, clips ever made, clips left in packs.
    codes_issued, codes_used, codes_idle
        (P,) invite codes; idle ones will never be passed on.
    """

    NAMES = (
        "stocks", "unaware_by_cell", "last_active", "subscribers", "clips", "credit",
        "codes_issued", "codes_used", "codes_idle",
    )  # fmt: skip

    def __init__(self, n_platforms: int, n_users: int, n_days: int, by_cell: Any) -> None:
        p = n_platforms
        self.stocks = np.zeros((p, len(Status)), np.int64)
        self.stocks[:, Status.UNAWARE] = n_users
        self.unaware_by_cell = np.tile(np.asarray(by_cell, np.int64), (p, 1))
        self.last_active = np.zeros((p, n_days), np.int64)
        self.subscribers = np.zeros(p, np.int64)
        self.clips = np.zeros(p, np.int64)
        self.credit = np.zeros(p, np.int64)
        self.codes_issued = np.zeros(p, np.int64)
        self.codes_used = np.zeros(p, np.int64)
        self.codes_idle = np.zeros(p, np.int64)

    def add(self, users: Users) -> None:
        """Enter one day."""
        tally = users.tally
        count = tally.counts.T
        self.stocks += tally.moves.sum(axis=1) - tally.moves.sum(axis=2)
        self.unaware_by_cell += tally.unaware_by_cell
        self.last_active += tally.last_active
        self.subscribers += count[Count.SUBSCRIBED] - count[Count.CANCELED]
        self.clips += _clips(count)
        sizes = np.array([platform.terms.pack_clips for platform in users.platforms])
        self.credit += count[Count.PACKS] * sizes - count[Count.CLIPS_PACK]
        self.codes_issued += count[Count.CODES_ISSUED]
        self.codes_used += _codes_used(count)
        self.codes_idle += count[Count.CODES_IDLE]
        for platform, public in zip(users.platforms, count[Count.CODES_PUBLIC], strict=True):
            platform.pool.codes += int(public)


def _clips(count: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return (P,) clips of the day over all tiers, of counts (N_COUNTS, P)."""
    clips: npt.NDArray[np.int64] = (
        count[Count.CLIPS_FREE] + count[Count.CLIPS_SUBSCRIBER] + count[Count.CLIPS_PACK]
    )
    return clips


def _codes_used(count: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return (P,) invite codes used today, wherever they came from, of counts (N_COUNTS, P)."""
    used: npt.NDArray[np.int64] = count[Count.CODES_USED_FRIEND] + count[Count.CODES_USED_PUBLIC]
    return used


def measures(
    users: Users,
) -> tuple[Mapping[str, npt.NDArray[Any]], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return today's metrics by name (P,), active users by cohort, use by segment."""
    tally, books = users.tally, users.books
    count = tally.counts.T
    day = users.market.day
    values: dict[str, npt.NDArray[Any]] = dict(zip(_COUNTED, count[_COLUMNS], strict=True))
    values.update(zip(STATUSES, books.stocks.T, strict=True))
    values["subscribers"] = books.subscribers
    values["monthly_active"] = books.last_active[:, max(day - MONTH_DAYS + 1, 0) : day + 1].sum(1)
    values["codes_used"] = _codes_used(count)
    values["codes_left"] = books.codes_issued - books.codes_used
    return values, tally.active_by_cohort, tally.by_segment


def check(users: Users) -> None:
    """Raise AssertionError unless people, codes and clips are conserved, to the last one."""
    columns, books, tally = users.columns, users.books, users.tally
    count = tally.counts
    for p, platform in enumerate(users.platforms):
        where = f"{platform.name}, day {users.market.day}: "
        status = columns["status"][p]
        stocks = np.bincount(status, minlength=len(Status))
        _agree(stocks, books.stocks[p], where + "people by status")
        _agree(stocks.sum(), users.n_users, where + "people in all")
        unaware = np.bincount(columns["cell"][status == Status.UNAWARE], minlength=len(users.cells))
        _agree(unaware, books.unaware_by_cell[p], where + "unaware people by cell")
        into = tally.moves[p].sum(axis=0)
        direct = into[Status.ACTIVE] - tally.moves[p, Status.WAITING, Status.ACTIVE]
        _agree(into[Status.WAITING], count[p, Count.GATED], where + "people who start to wait")
        _agree(
            into[Status.ACTIVE],
            count[p, Count.ACTIVATIONS] + count[p, Count.RETURNS],
            where + "people who start",
        )
        _agree(
            count[p, Count.INSTALLS] + count[p, Count.REINSTALLS] + count[p, Count.RETURNS],
            count[p, Count.GATED] + direct,
            where + "installs = gated + started at once",
        )
        _agree(tally.installs_by_cause[p].sum(), count[p, Count.INSTALLS], where + "installs")
        _agree(
            tally.activations_by_cause[p].sum(), count[p, Count.ACTIVATIONS], where + "activations"
        )
        in_hands = int(columns["codes"][p].sum()) + int(columns["codes_ready"][p].sum())
        _agree(
            books.codes_issued[p],
            books.codes_used[p] + books.codes_idle[p] + platform.pool.codes + in_hands,
            where + "codes issued = used + left",
        )
        made = int(columns["clips_today"][p].sum())
        _agree(made, _clips(count.T)[p], where + "clips of the day by tier")
        _agree(columns["clips_total"][p].sum(), books.clips[p], where + "clips ever made")
        _agree(columns["credit"][p].sum(), books.credit[p], where + "clips left in packs")
        plans = (columns["marks"][p] & Flag.SUBSCRIBED > 0).sum()
        _agree(plans, books.subscribers[p], where + "plans held")
        _agree(tally.active_by_cohort[p].sum(), count[p, Count.DAILY_ACTIVE], where + "daily users")
        platform.ledger.reconcile()


def _agree(found: Any, expected: Any, what: str) -> None:
    assert np.array_equal(found, expected), f"{what}: found {found}, the books say {expected}"
