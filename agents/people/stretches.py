"""Stretches of days that compiled code lives by itself: when there are any, and what they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from agents.day import invites, loop, scan, stretch
from agents.day.outlook import Foresight
from agents.day.world import WHOLE, Awake, World
from agents.people.diary import MEASURES, OF_COHORT, WHOLE_NUMBERS, Chronicle, places
from agents.people.limits import check_exposure
from agents.people.measures import MOVEMENTS
from agents.platforms.congestion import NO_LIMIT
from agents.platforms.economics import QUARTER_DAYS
from agents.platforms.evening import COMPANY
from agents.platforms.platform import Platform
from agents.platforms.strategies import days_of_rest
from agents.platforms.unit_cost import UnitCost
from sim.compiled import address_of

if TYPE_CHECKING:
    from agents.day.outlook import DaysAhead
    from agents.people.users import Users

#: User-days that are lived in one call at most: it takes about a tenth of a second, after which
#: whoever pressed Ctrl-C is heard.
_MOST_USER_DAYS = 10_000_000


class Stretches:
    """Lives days of a market in compiled code, as far as nobody else has a say in them."""

    def __init__(self, users: Users) -> None:
        self._users, self._market = users, users.market
        self._platforms = cast("list[Platform]", users.platforms)
        self._foresight: Foresight | None = None
        self._at: npt.NDArray[np.uint64] | None = None
        self._book: Chronicle | None = None

    def live(self, most: int) -> tuple[int, bool]:
        """Live days from this morning on, which has been made already.

        Parameters
        ----------
        most
            Days on which the calendar has nothing, today included.

        Returns
        -------
        int
            Days over; 0 if today is none that can be lived so.
        bool
            Whether one more has been lived up to its evening.
        """
        if not self._may_live():
            return 0, False
        self._users.packs_sold.look(self._users.columns)
        if self._foresight is None:
            self._prepare()
        n = self._days_alike(most)
        outlook = cast(Foresight, self._foresight).outlook(n)
        company, posted, today = self._told()
        world, workers = self._users.world.bare(), self._users.workers
        workers.begin(1)
        if self._at is None:
            self._at = self._addresses(world)
        users, loud = self._users, self._users.loud
        room = stretch.Room(
            workers.tally, workers.drawn, loud, users.least_degree, self._market.config.weight
        )
        over, end, awake, rows_before, sent_before, full, money, packs_left = stretch.live_days(
            self._at, world, n, outlook, self._book, company, posted, today, room,
            users.packs_sold.left,
        )  # fmt: skip
        last = world.day + over - (end == stretch.WHOLE_DAYS)
        self._put_back(over, outlook, company, posted, money)
        self._users.packs_sold.left = packs_left
        self._users.woke(awake, rows_before, sent_before, last)
        self._market.record.n_days += over
        self._market.count_days(over)
        if end == stretch.BEFORE_EVENING:
            self._users.packs_sold.look(self._users.columns)
        check_exposure([full], users.names)
        return over, end == stretch.BEFORE_EVENING

    def _may_live(self) -> bool:
        """Say whether today is a day like any other, but for what its morning brought."""
        users = self._users
        return (
            not users.promoted
            and self._market.execution.workers(users.n_users) == 1
            and all(one.most_clips == NO_LIMIT for one in self._platforms)
            and not any(array.any() for array in users.by_hand)
            and (self._book is not None or self._can_be_told())
        )

    def _can_be_told(self) -> bool:
        """Say whether all platforms, and all that is recorded, are of this distribution."""
        whole, others = (names for names, _ in self._market.record.together)
        return (
            all(type(one) is Platform for one in self._platforms)
            and WHOLE_NUMBERS.keys() >= set(whole)
            and MEASURES.keys() >= set(others)
            and self._market.record.of_cohorts == {OF_COHORT}
        )

    def _days_alike(self, most: int) -> int:
        """Return how many days from today on are decided by nobody, at most so many."""
        for one in self._platforms:
            terms = one.terms
            if (
                terms.learning == "wright"
                or terms.marketing_usd_per_day > 0.0
                or one.congestion != 1.0
            ):
                return 1
            age = self._market.day - self._market.config.day(terms.launch)
            most = int(min(most, days_of_rest(terms, age, one.memory)))
        return max(1, min(most, _MOST_USER_DAYS // self._users.n_users))

    def _prepare(self) -> None:
        users, record = self._users, self._market.record
        books = users.books
        self._foresight = Foresight(self._market, self._platforms, users.morning)
        (whole, wholes), (others, measured) = record.together
        self._book = Chronicle(
            books.moving, MOVEMENTS, books.unaware_by_cell, books.last_active, books.fed,
            books.offspring, wholes, places(whole, WHOLE_NUMBERS), measured,
            places(others, MEASURES), record.daily["activations"], record.daily[OF_COHORT],
            record.cohorts, record.segments,
        )  # fmt: skip

    def _told(self) -> tuple[Any, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return what platforms know this morning: records, public codes, and cents booked."""
        company = np.zeros(len(self._platforms), COMPANY).view(np.recarray)
        for row, one in zip(company, self._platforms, strict=True):
            pool = one.pool
            row["cash"] = one.ledger.closed_cents
            row["codes"], row["codes_issued"] = pool.company, pool.issued
            row["entitlement"], row["clips_made"] = pool.entitlement, one.clips_made
            row["feed_views"], row["chart"] = one.feed_views, one.chart
            row["congestion"], row["missed"] = one.congestion, one.paid_reach_missed
            row["owner_loss_usd"] = one.terms.owner_loss_usd_per_quarter / QUARTER_DAYS
        posted = np.array([one.pool.posted for one in self._platforms])
        today = np.array([one.ledger.today for one in self._platforms], np.int64)
        return company.view(np.ndarray), posted, today

    def _addresses(self, world: World) -> npt.NDArray[np.uint64]:
        """Return where the long kernels stand."""
        key = _layout(world)
        if key in _addresses_known:
            return _addresses_known[key]
        nobody, nothing = Awake.of(world.terms.size), self._users.workers.drawn
        todays = world._replace(awake=nobody, drawn=nothing)
        rows, heard, lots = (np.empty(0, kind) for kind in (np.int32, np.uint16, np.uint64))
        loud, tally, least = self._users.loud, self._users.tally, self._users.least_degree
        codes = np.empty(0, np.int64)
        _addresses_known[key] = np.array(
            [
                address_of(invites.ask_friends, todays, 0, rows, 0, 0, rows, rows, lots),
                address_of(invites.give, todays, 0, rows, rows, lots, codes),
                address_of(scan.find_awake, todays, 0, 0, loud, least, rows, heard),
                address_of(loop.live_day, todays, 0, 0, tally, WHOLE),
                address_of(loop.close_day, todays, rows, loud, 0, 0),
            ],
            np.uint64,
        )
        return _addresses_known[key]

    def _put_back(
        self,
        over: int,
        outlook: DaysAhead,
        company: Any,
        posted: npt.NDArray[np.int64],
        money: npt.NDArray[np.int64],
    ) -> None:
        """Let the platforms know what happened."""
        for p, one in enumerate(self._platforms):
            row = company[p]
            pool = one.pool
            pool.company, pool.issued = int(row["codes"]), int(row["codes_issued"])
            pool.entitlement = float(row["entitlement"])
            pool.posted[:] = posted[p]
            one.clips_made, one.chart = float(row["clips_made"]), float(row["chart"])
            one.feed_views, one.congestion = float(row["feed_views"]), float(row["congestion"])
            one.ledger.take(money[:over, p])
            unit = outlook.unit[min(over, len(outlook.unit) - 1), p]
            one.unit_cost = UnitCost(*unit.tolist())


#: Addresses of the long kernels by the layout of a world: to ask numba takes milliseconds.
_addresses_known: dict[Any, npt.NDArray[np.uint64]] = {}


def _layout(world: World) -> Any:
    """Return all that the types of a world's arrays hang on."""
    return tuple(
        (one.dtype, one.ndim, one.flags.num)
        for one in (*world, *world.awake, *world.drawn)
        if isinstance(one, np.ndarray)
    )
