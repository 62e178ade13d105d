"""What a day came to: the tally in the words of the metric catalogue, and the books in balance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.state import Flag
from agents.tally import (
    ACTIVATIONS_BY,
    EXPOSURES_BY,
    FED,
    INSTALLS_BY,
    MOVES,
    N_COUNTS,
    OFFSPRING,
    OFFSPRING_BY,
    Tally,
)
from sim.checks import short
from sim.columns import Columns
from sim.copies import OneOfAKind
from sim.counts import CAUSES, CLIPS, CODES_USED, STATUSES, VIRAL_WAYS, Count, Status, name_of
from sim.metrics import CATALOGUE

MONTH_DAYS = 30

#: Columns of the tally that are metrics, by name.
COUNTED: dict[str, int] = {
    **{name_of(count): count for count in Count if count.unit},
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
COUNTED |= {f"offspring_{way}": OFFSPRING_BY + code for code, way in enumerate(VIRAL_WAYS)}
_COLUMNS = np.array(list(COUNTED.values()))
#: Running totals that the day's counts move up and down.
_TOTALS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "subscribers": ((Count.NEW_SUBSCRIBERS,), (Count.CANCELLATIONS,)),
    "clips": (CLIPS, ()),
    "credit": ((), (Count.CLIPS_PACK,)),  # and up by whole packs
    "codes_issued": ((Count.CODES_ISSUED,), ()),
    "codes_used": (CODES_USED, ()),
    "codes_idle": ((Count.CODES_IDLE,), ()),
}


def _movements() -> npt.NDArray[np.int64]:
    """Return (N_COUNTS, statuses + totals) what one count does to stocks and totals: +1 or -1."""
    n = len(Status)
    table = np.zeros((N_COUNTS, n + len(_TOTALS)), np.int64)
    moves = table[MOVES:, :n].reshape(n, n, n)
    for status in Status:
        moves[:, status, status] += 1
        moves[status, :, status] -= 1
    for total, (up, down) in enumerate(_TOTALS.values(), n):
        table[list(up), total] += 1
        table[list(down), total] -= 1
    return table


#: What counts do to stocks and totals, and the names of these in their order.
MOVEMENTS = _movements()
MOVED = (*STATUSES, *_TOTALS)


class Books(OneOfAKind):
    """Running totals over the days, integers all: what must agree with the columns every night.

    Attributes
    ----------
    stocks
        (P, statuses) users by status.
    unaware_by_cell
        (P, C) unaware users of each cell.
    last_active
        (P, days) users by the last day on which they used the platform.
    fed
        (P, days) clips sent to the outside feed on the last day, by cohort of the sender.
    offspring
        (P, days) people brought by those who started on each day.
    subscribers, clips, credit
        (P,) plans held, clips ever made, clips left in packs.
    codes_issued, codes_used, codes_idle
        (P,) invite codes; idle ones will never be passed on.
    """

    NAMES = (
        "stocks", "unaware_by_cell", "last_active", "fed", "offspring", "subscribers", "clips",
        "credit", "codes_issued", "codes_used", "codes_idle",
    )  # fmt: skip

    def __init__(self, n_platforms: int, n_users: int, n_days: int, by_cell: Any) -> None:
        p = n_platforms
        #: Stocks and totals side by side: a day is one product of its counts.
        self.moving = np.zeros((p, MOVEMENTS.shape[1]), np.int64)
        self.stocks = self.moving[:, : len(Status)]
        self.stocks[:, Status.UNAWARE] = n_users
        (
            self.subscribers, self.clips, self.credit,
            self.codes_issued, self.codes_used, self.codes_idle,
        ) = self.moving.T[len(Status) :]  # fmt: skip
        self.unaware_by_cell = np.tile(np.asarray(by_cell, np.int64), (p, 1))
        self.last_active, self.fed, self.offspring = np.zeros((3, p, n_days), np.int64)

    def given_by_hand(self, name: str, p: int, more: int) -> None:
        """Enter what somebody wrote into a user's record, so that the books stay in balance."""
        booked = {"clips_total": self.clips, "credit": self.credit, "codes": self.codes_issued}
        if name in booked:
            booked[name][p] += more

    def with_more(self, tally: Tally) -> Books:
        """Return other books, with what was counted since; no packs are sold by hand."""
        p, n_days = self.last_active.shape
        more = Books(p, 0, n_days, np.zeros(self.unaware_by_cell.shape[1]))
        for name in self.NAMES:
            getattr(more, name)[:] = getattr(self, name)
        more.add(tally, 0)
        return more

    def add(self, tally: Tally, pack_clips: npt.ArrayLike) -> None:
        """Enter one day.

        Parameters
        ----------
        pack_clips
            (P,) clips in a pack sold today.
        """
        self.moving += tally.counts @ MOVEMENTS
        self.unaware_by_cell += tally.unaware_by_cell
        self.last_active += tally.last_active
        self.fed[:] = tally.by_day[FED]
        self.offspring += tally.by_day[OFFSPRING]
        self.credit += tally.counts[:, Count.PACKS] * np.asarray(pack_clips)


def measures(
    tally: Tally, books: Books, day: int, started: npt.NDArray[np.int64]
) -> dict[str, npt.ArrayLike]:
    """Return a day's metrics by name, a value for each platform.

    Parameters
    ----------
    started
        (days, P) who started on each day before.
    """
    count = tally.counts
    month = books.last_active[:, max(day - MONTH_DAYS + 1, 0) : day + 1]
    values: dict[str, npt.ArrayLike] = dict(zip(COUNTED, count.T[_COLUMNS].tolist(), strict=True))
    values.update(zip(STATUSES, books.stocks.T.tolist(), strict=True))
    values["subscribers"] = books.subscribers.tolist()
    values["monthly_active"] = month.sum(axis=1).tolist()
    values["codes_used"] = count[:, CODES_USED].sum(axis=1).tolist()
    values["offspring_of_cohort"] = tally.by_day[OFFSPRING]
    values["reproduction_number"] = reproduction_number(tally.by_day[OFFSPRING], started)
    values["codes_left"] = (books.codes_issued - books.codes_used).tolist()
    return values


def reproduction_number(
    offspring: npt.NDArray[np.int64], started: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return (P,) offspring today per member of each cohort, summed over cohorts.

    What somebody would bring in a life of which each day is as today is at that age: the
    instantaneous reproduction number (Cori et al. 2013, Am. J. Epidemiol. 178), as the total
    fertility rate of a year is to births. Whoever brings somebody started on a day before.

    Parameters
    ----------
    offspring
        (P, days) people brought today, by cohort of who brought them.
    started
        (days, P) size of the cohorts before today.
    """
    # Few cohorts brought anybody today.
    p, cohort = offspring.nonzero()
    numbers = np.zeros(len(offspring))
    if p.size > 0:
        np.add.at(numbers, p, offspring[p, cohort] / started[cohort, p])
    return numbers


def check_books(columns: Columns, books: Books, pools: Sequence[int], names: Sequence[str]) -> None:
    """Raise AssertionError unless the columns of people say what the books say, to the last one.

    Parameters
    ----------
    pools, names
        Public invite codes of each platform, and its name in messages.
    """
    n_days = books.last_active.shape[1]
    for p, name in enumerate(names):
        where = f"{name}: "
        status = columns["status"][p]
        stocks = np.bincount(status, minlength=len(Status))
        _agree(stocks, books.stocks[p], where + "people by status")
        _agree(stocks.sum(), columns.n_users, where + "people in all")
        unaware = columns["cell"][status == Status.UNAWARE]
        by_cell = np.bincount(unaware, minlength=books.unaware_by_cell.shape[1])
        _agree(by_cell, books.unaware_by_cell[p], where + "unaware people by cell")
        used = columns["day_active"][p]
        last_active = np.bincount(used[used >= 0], minlength=n_days)
        _agree(last_active, books.last_active[p], where + "people by last day of use")
        in_hands = int(columns["codes"][p].sum()) + int(columns["codes_ready"][p].sum())
        _agree(
            books.codes_issued[p],
            books.codes_used[p] + books.codes_idle[p] + pools[p] + in_hands,
            where + "codes issued = used + left",
        )
        _agree(columns["clips_total"][p].sum(), books.clips[p], where + "clips ever made")
        _agree(columns["credit"][p].sum(), books.credit[p], where + "clips left in packs")
        brought = columns["parent"][p][
            (columns["parent"][p] >= 0) & (columns["day_activated"][p] >= 0)
        ]
        more = np.bincount(brought, minlength=n_days) > books.offspring[p]
        _agree(more.sum(), 0, where + "cohorts that brought more people than were counted")
        plans = (columns["marks"][p] & Flag.SUBSCRIBED > 0).sum()
        _agree(plans, books.subscribers[p], where + "plans held")


def check_day(columns: Columns, tally: Tally, names: Sequence[str]) -> None:
    """Raise AssertionError unless the counts of the day last lived agree among themselves.

    Parameters
    ----------
    names
        Of the platforms, in messages.
    """
    count = tally.counts
    for p, name in enumerate(names):
        where = f"{name}: "
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
        ways = tally.offspring_by_way[p].sum()
        _agree(tally.by_day[OFFSPRING, p].sum(), ways, where + "people brought by users")
        _agree(tally.by_day[FED, p].sum(), count[p, Count.SHARES_FEED], where + "clips on the feed")
        made = int(columns["clips_today"][p].sum())
        _agree(made, count[p, CLIPS].sum(), where + "clips of the day by tier")
        _agree(tally.active_by_cohort[p].sum(), count[p, Count.DAILY_ACTIVE], where + "daily users")


def _agree(found: Any, expected: Any, what: str) -> None:
    # No assert statement: Python leaves those out when it optimizes.
    if not np.array_equal(found, expected):
        raise AssertionError(
            f"{what}: found {short(found, 200)}, the books say {short(expected, 200)}"
        )
