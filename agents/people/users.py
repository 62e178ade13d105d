"""The population: one Mesa agent that owns the columns and lets everybody live the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload
from weakref import WeakValueDictionary

import mesa
import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.day import invites, loop, scan
from agents.day.admission import admit
from agents.day.morning import Morning
from agents.day.world import ORDERING, SERVING, WHOLE, Awake
from agents.people import saved
from agents.people.by_hand import set_status
from agents.people.derived import derive_columns
from agents.people.limits import PacksSold, check_exposure
from agents.people.measures import Books, check_books, check_day, measures
from agents.people.rows import all_or_some, row_of, rows_of
from agents.people.selection import Selection, select
from agents.people.stretches import Stretches
from agents.people.turns import Turns
from agents.people.user import User, asked_daily, live_part
from agents.people.ways import NoAgentSet
from agents.people.workers import DayWorkers
from agents.state import COLUMNS, Stir
from agents.tally import POSTED
from agents.traits import draw_people, draw_tastes
from sim.checks import short
from sim.columns import Columns
from sim.copies import OneOfAKind
from sim.counts import Count, Status
from sim.errors import ConfigError

if TYPE_CHECKING:
    from sim.contracts import PlatformAgent
    from sim.market import Market

_NOT_PROMOTED = np.uint8(0xFF - Stir.PROMOTED)


class Users(NoAgentSet, OneOfAKind, mesa.Agent):  # type: ignore[misc]
    """All users.

    Attributes
    ----------
    columns, cells, tally
        State, see ``agents/state.py``; kinds of people; what was counted today.
    """

    def __init__(self, market: Market) -> None:
        super().__init__(market)
        self.market, config = market, market.config
        self.n_users: int = config.n_users
        self.names = tuple(market.platforms)
        self.cells = Cells(config)
        self.columns = Columns(COLUMNS, self.n_users, len(self.names))
        self.platforms: list[PlatformAgent] = list(market.platforms.values())
        arrays, run = self.columns.arrays, market.execution
        draw_people(arrays, market.uid, self.cells, config, market.seed, run)
        for p, platform in enumerate(self.platforms):
            draw_tastes(
                arrays, market.uid, p, platform.key, platform.terms, config, market.seed, run
            )
        self.workers = DayWorkers(config, len(self.names), len(self.cells))
        self.tally = self.workers.tally
        self._awake = Awake.of(len(self.names))
        self._edges = market.execution.edges_by(market.graph.indptr)
        self.least_degree = scan.least_degree(market.graph.indptr)
        #: (P,) platforms of which anybody was exposed to a friend's share this morning.
        self.loud: npt.NDArray[np.bool_] = np.zeros(len(self.names), bool)
        self._views: WeakValueDictionary[int, User] = WeakValueDictionary()
        self._promoted: dict[int, User] = {}
        self.turns = Turns()
        self.packs_sold = PacksSold()
        #: Whether `tally` holds the day last lived.
        self._is_tallied = False
        self.morning = Morning(market, self.cells, self.columns, self.platforms)
        by_cell = np.bincount(arrays["cell"], minlength=len(self.cells))
        self.books = Books(len(self.names), self.n_users, config.n_days, by_cell)
        self.by_hand = self.workers.blank()
        self.world = self.morning.world(self.books, self._awake)
        derive_columns(self.columns, market.uid, lambda: self.world)
        self._stretches = Stretches(self)

    # The day, in the order of Market.step

    def listen(self) -> None:
        """Work out the hazards of today, cause by cause and cell by cell."""
        self.tally.clear()
        self.world = self.morning.world(self.books, self._awake)

    def live_days(self, most: int) -> tuple[int, bool]:
        """Live today and days like it in compiled code (see `Stretches.live`)."""
        self.market.whole_days.part("users.live_days()")
        return self._stretches.live(most)

    def woke(self, awake: Awake, rows_before: Any, sent_before: Any, day: int) -> None:
        """Take over who was awake on a day that was lived elsewhere, and who on the day before."""
        self._yesterday, self._awake, self._is_tallied = rows_before, awake, True
        before = {"rows_yesterday": rows_before, "sent_yesterday": sent_before}
        self.world = self.world._replace(day=day, awake=awake, **before)

    def hand_out_codes(self) -> None:
        """Give invite codes to people who wait, from friends and from the public pool."""
        self.market.whole_days.part("users.hand_out_codes()")
        w = self.world.bare()
        for p, platform in enumerate(self.platforms):
            if not (terms := platform.terms).invites_required or not terms.running:
                continue
            if self.world.reach[p].open.any():
                per_day = terms.public_codes_per_day / self.market.config.weight
                self.tally.counts[p, Count.CODES_ISSUED] += platform.pool.issue(per_day)
            invites.hand_out(w, p, self._awake.row, platform.pool, self.market.execution)

    def step(self) -> None:
        """Let everybody live the day: find who can change, then person by person.

        Where capacity is limited, all order first; then it is known who is served.
        """
        self.market.whole_days.part("users.step()")
        w, run, workers = self.world.bare(), self.market.execution, self.workers
        workers.begin(run.workers(self.n_users))
        is_limited = any(one.most_clips >= 0 for one in self.platforms)
        part = ORDERING if is_limited else WHOLE

        def live(worker: int, low: int, high: int) -> Awake:
            awake = scan.find(w, low, high, self.loud, self.least_degree, part == ORDERING)
            workers.live(worker, w, awake, part)
            return awake

        awake = Awake.joined(run.spread(self.n_users, live))
        daily = [row for row, user in self._promoted.items() if asked_daily(type(user))]
        if daily:
            awake = awake.including(daily)
        self._yesterday, self._awake = self._awake.row, awake
        self.world = self.world._replace(awake=awake)
        self.turns.begin(self._promoted.values(), awake.row)
        if part == ORDERING:
            self.turns.order(live_part)
            admit(self.world)
            run.spread(awake.row.size, lambda n, *to: workers.live(n, w, awake, SERVING, to))
        workers.gather()
        self.turns.give()
        self.tally.add(self.by_hand)
        self.by_hand.clear()
        self._is_tallied = True
        self.books.add(self.tally, [platform.terms.pack_clips for platform in self.platforms])
        self.packs_sold.add(self.tally.counts[:, Count.PACKS], self.columns)
        for platform, by_cohort in zip(self.platforms, self.tally.by_day[POSTED], strict=True):
            platform.pool.post(by_cohort)

    def close_day(self) -> None:
        """Turn today into yesterday: shares become exposure, what was done can be seen."""
        self.market.whole_days.part("users.close_day()")
        w, yesterday = self.world.bare(), self._yesterday
        loud = self.tally.counts[:, Count.SHARES_FRIENDS] > 0
        changed = loud | self.loud

        def close(worker: int, low: int, high: int) -> int:
            return int(loop.close_day(w, yesterday, changed, low, high))

        full = self.market.execution.spread(self.n_users, close, self._edges)
        check_exposure(full, self.names)
        self.loud = loud

    # What was counted

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """(P, columns) what was counted today, see `agents.tally.Tally.counts`."""
        return self.tally.counts

    def measures(
        self,
    ) -> tuple[Mapping[str, npt.ArrayLike], npt.NDArray[Any], npt.NDArray[Any]]:
        """Return today's metrics by name (P,), active users by cohort, and use by segment."""
        started = self.market.record.past("activations")
        values = measures(self.tally, self.books, self.market.day, started)
        return values, self.tally.active_by_cohort, self.tally.by_segment

    def check(self) -> None:
        """Raise AssertionError unless people, codes and clips are conserved to the last one.

        At night or between days; of people put back (`saved`), DataError unless they can be so.
        """
        if not self._is_tallied:
            saved.check_people(self.columns, self._awake.row, self.market.day)
        pools = [platform.pool.codes for platform in self.platforms]
        where = [f"{name}, day {self.market.day}" for name in self.names]
        check_books(self.columns, self.books.with_more(self.by_hand), pools, where)
        if self._is_tallied:
            check_day(self.columns, self.tally, where)

    # People

    def __len__(self) -> int:
        return self.n_users

    @overload
    def __getitem__(self, row: int) -> User: ...
    @overload
    def __getitem__(self, row: slice) -> list[User]: ...
    def __getitem__(self, row: int | slice) -> User | list[User]:
        """Return the live view of one user, the same object while somebody holds it; or several."""
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(self.n_users))]
        row = row_of(row, self.n_users)
        user = self._promoted.get(row) or self._views.get(row)
        if user is None:
            user = User(self, row)
            self._views[row] = user
        return user

    def where(
        self,
        platform: str | None = None,
        status: str | None = None,
        region: str | None = None,
        os: str | None = None,
        segment: str | None = None,
    ) -> Selection:
        """Return the users that fit every condition, as columns."""
        return select(self, platform, status, region, os, segment)

    def promote(self, rows: Iterable[int] | str, cls: type[User] = User) -> list[User]:
        """Give users a Python class of their own; they then stand in ``market.agents``.

        Parameters
        ----------
        rows
            Row numbers, or ``"all"``.
        cls
            `User` or a subclass that overrides decisions. Results change only as far as these do.
        """
        if not (isinstance(cls, type) and issubclass(cls, User)):
            raise ConfigError(f"class {short(cls)}: must be agents.User or a subclass of it.")
        made = []
        for row in all_or_some(rows, self.n_users):
            if row in self._promoted:
                self.demote([row])
            user = cls(self, row)
            self._promoted[row] = self._views[row] = user
            self.columns.arrays["stir"][row] |= Stir.PROMOTED
            self.market.register_agent(user)
            made.append(user)
        return made

    def demote(self, rows: Iterable[int]) -> None:
        """Give promoted users back to the compiled loop; they stay who they are."""
        for row in rows_of(rows, self.n_users):
            user = self._promoted.pop(row, None)
            if user is not None:
                self.columns.arrays["stir"][row] &= _NOT_PROMOTED
                self.market.deregister_agent(user)

    @property
    def promoted(self) -> Mapping[int, User]:
        """Users with a class of their own, by row; read-only."""
        return MappingProxyType(self._promoted)

    def set_status(self, p: int, row: int, status: Status) -> None:
        """Change a status by hand, keeping all books in balance."""
        self.turns.must_be_over("status")
        today, place = self.world._replace(day=self.market.day), row_of(row, self.n_users)
        set_status(today, self.by_hand, range(len(self.names))[p], place, Status(status))

    def remove(self) -> None:
        """Refuse to leave: without people there is no market."""
        raise ConfigError("users cannot be removed. Set market.n_users for fewer of them.")

    def activate(self, platform: str, rows: Iterable[int]) -> None:
        """Make users start on a platform by hand: the seeds of a spread."""
        for row in rows_of(rows, self.n_users):
            self.set_status(self.market.platform(platform).index, row, Status.ACTIVE)

    def state(self) -> dict[str, Any]:
        """Return all that a restart needs."""
        return saved.state(self.columns, self.books, self.by_hand, self._awake)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state; DataError if it is none that people can be in."""
        self._awake = saved.restore(state, self.columns, self.books, self.by_hand)
        self.columns.arrays["stir"] &= _NOT_PROMOTED
        self.loud = np.asarray(self.columns["exposure"].any(axis=1))
        self._is_tallied = False
        # What was made today was made on the last day lived.
        self.world = self.morning.world(self.books, self._awake)._replace(
            day=self.market.day - 1, awake=self._awake
        )

    def __repr__(self) -> str:
        n = len(self._promoted)
        own = f" · {n:,} with a class of their own" if n else ""
        return f"<Users {self.n_users:,} · {self.columns.bytes_per_user:.0f} bytes each{own}>"
