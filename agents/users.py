"""The population: one Mesa agent that owns the columns and lets everybody live the day."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import mesa
import numpy as np
import numpy.typing as npt

from agents import ahead, invites, loop
from agents.by_hand import set_status
from agents.cells import Cells
from agents.measures import Books, check, measures
from agents.moves import refresh
from agents.selection import Selection, select
from agents.state import (
    CELL_CAUSES,
    COLUMNS,
    SEEN_BITS,
    SEEN_PACKED,
    SEEN_PAYING,
    SEEN_PRESENT,
    Cause,
    Status,
    Stir,
)
from agents.terms import felt_today, market_record, novelty_table, terms_record
from agents.traits import draw_people, draw_tastes
from agents.user import User, asked_daily
from agents.world import KINDS, REACH, Awake, Count, Drawn, Tally, World
from sim.columns import Columns
from sim.errors import ConfigError

if TYPE_CHECKING:
    from agents.platform import Platform
    from sim.market import Market

_PAID = CELL_CAUSES.index(Cause.PAID)
_NOT_PROMOTED = np.uint8(0xFF - Stir.PROMOTED)


class Users(mesa.Agent):  # type: ignore[misc]
    """All users.

    Attributes
    ----------
    columns
        State, see ``agents/state.py``.
    cells
        Kinds of people.
    tally
        What was counted today.
    """

    def __init__(self, market: Market) -> None:
        super().__init__(market)
        self.market = market
        config = market.config
        self.n_users: int = config.n_users
        self.names = tuple(market.platforms)
        self.cells = Cells(config)
        self.columns = Columns(COLUMNS, self.n_users, len(self.names))
        self.platforms: list[Platform] = list(market.platforms.values())  # type: ignore[arg-type]
        arrays, run = self.columns.arrays, market.execution
        draw_people(arrays, market.uid, self.cells, config, market.seed, run)
        for p, platform in enumerate(self.platforms):
            draw_tastes(
                arrays, market.uid, p, platform.key, platform.terms, config, market.seed, run
            )
        self.tally = self._blank_tally()
        #: Where each thread counts, and room for its draws.
        self._workers = [(self.tally, self._room())]
        self._drawn_nothing = Drawn.nothing(len(self.names))
        self._rows = np.empty(0, np.int32)
        self._edges = market.execution.edges_by(market.graph.indptr)
        self._least_degree = loop.least_degree(market.graph.indptr)
        #: (P,) platforms of which anybody was exposed to a friend's share this morning.
        self._loud: npt.NDArray[np.bool_] = np.zeros(len(self.names), bool)
        self._views: WeakValueDictionary[int, User] = WeakValueDictionary()
        self._promoted: dict[int, User] = {}
        self._market_record = market_record(config)
        self._terms_known: list[Any] = [None] * len(self.platforms)
        self._nobody = Awake.of(len(self.names))
        self._kinds = np.zeros(len(self.cells), KINDS).view(np.recarray)
        self._kinds.segment = self.cells.segment
        self._kinds.demand = np.array([s.rel_demand for s in config.segments.values()])[
            self.cells.segment
        ]
        by_cell = np.bincount(self.columns["cell"], minlength=len(self.cells))
        self.books = Books(len(self.names), self.n_users, config.n_days, by_cell)
        self.by_hand = self._blank_tally()
        self.world = self._world()
        self._derive()

    def _derive(self) -> None:
        """Say how columns are read that take no memory of their own."""

        def promoted() -> npt.NDArray[np.bool_]:
            return np.asarray(self.columns["stir"] & Stir.PROMOTED > 0)

        def uid() -> npt.NDArray[np.uint32]:
            given = self.market.uid
            return given if given.size else np.arange(self.n_users, dtype=np.uint32)

        def visible() -> npt.NDArray[np.uint8]:
            p = np.arange(len(self.names))[:, None]
            shift = (SEEN_BITS * (p % SEEN_PACKED)).astype(np.uint8)
            packed = self.columns["sights"][p[:, 0] // SEEN_PACKED]
            return (packed >> shift) & np.uint8(SEEN_PRESENT | SEEN_PAYING)

        def exposure() -> npt.NDArray[np.uint16]:
            # Days on which nobody shared pass it over, so that nobody else may write into it.
            array: npt.NDArray[np.uint16] = self.columns.arrays["exposure"].view()
            array.flags.writeable = False
            return array

        def clips_today() -> npt.NDArray[np.uint16]:
            last = self.columns["clips_last"]
            return np.where(self.columns["day_active"] == self.world.day, last, 0).astype(np.uint16)

        def shares() -> npt.NDArray[np.uint16]:
            sent = np.zeros((len(self.names), self.n_users), np.uint16)
            sent[:, self.world.awake.row] = self.world.awake.sent
            return sent

        for read in (promoted, uid, visible, exposure, clips_today, shares):
            self.columns.derive(read.__name__, read)

    def _blank_tally(self) -> Tally:
        config = self.market.config
        return Tally.blank(len(self.names), len(config.segments), config.n_days, len(self.cells))

    def _room(self) -> Drawn:
        return Drawn.nothing(len(self.names), ahead.BLOCK)

    # The day, in the order of Market.step

    def listen(self) -> None:
        """Work out the hazards of today, cause by cause and cell by cell."""
        self.tally.clear()
        self.world = self._world()

    def _world(self) -> World:
        """Bundle yesterday's state and today's terms for the rules."""
        reaches = [p.reach(self.books.unaware_by_cell[p.index]) for p in self.platforms]
        by_cause = np.empty((len(CELL_CAUSES), len(reaches), len(self.cells)))
        table = np.zeros(by_cause.shape[1:], REACH)
        for p, reach in enumerate(reaches):
            by_cause[:, p] = reach.hazards()
            table["friction"][p] = reach.presence.friction
            table["open"][p] = reach.presence.open
        unaware = by_cause.sum(axis=0)
        table["hazard_unaware"] = unaware
        table["hazard_aware"] = np.maximum(unaware - by_cause[_PAID], 0.0)
        return World(
            day=self.market.day,
            seed=self.market.seed,
            uid=self.market.uid,
            **self.columns.arrays,
            indptr=self.market.graph.indptr,
            indices=self.market.graph.indices,
            terms=self._terms(),
            reach=table.view(np.recarray),
            hazard_by_cause=by_cause,
            novelty=self._novelty,
            kinds=self._kinds,
            market=self._market_record,
            awake=self._nobody,
            drawn=self._drawn_nothing,
        )

    def _terms(self) -> Any:
        """Return the terms of today for compiled code; made anew only when they change."""
        terms = [p.terms for p in self.platforms]
        if not all(map(operator.is_, terms, self._terms_known)):
            self._terms_known = terms
            self._terms_record = terms_record([p.key for p in self.platforms], terms)
            self._novelty = novelty_table(terms, self.market.config.n_days)
        felt_today(
            self._terms_record,
            terms,
            [p.utilization for p in self.platforms],
            [p.feed_views for p in self.platforms],
        )
        return self._terms_record

    def bars(self) -> npt.NDArray[np.uint64]:
        """Return (P, C) words below which somebody may notice; never lower than the rule's bar."""
        # Plain arrays: each look at a field of a record array by its name takes microseconds.
        reach, terms = np.asarray(self.world.reach), np.asarray(self.world.terms)
        # Whoever has not heard of a platform hears at least as much as who has.
        h = reach["hazard_unaware"] * np.where(
            reach["open"], 1.0, terms["rel_awareness_closed"][:, None]
        )
        p = -np.expm1(-np.minimum(h, self.market.config.attention_budget))
        bar = np.where(p > 0.0, np.ceil(p * loop.MARGIN * loop.WORDS) + loop.MARGIN_WORDS, 0.0)
        return np.minimum(bar, loop.WORDS).astype(np.uint64)

    def hand_out_codes(self) -> None:
        """Give invite codes to people who wait, from friends and from the public pool."""
        for p, platform in enumerate(self.platforms):
            terms = platform.terms
            if not terms.invites_required or not terms.running:
                continue
            open_now = self.world.reach[p].open.any()
            if open_now:
                per_day = terms.public_codes_per_day / self.market.config.weight
                self.tally.counts[p, Count.CODES_ISSUED] += platform.pool.issue(per_day)
            invites.hand_out(self.world, p, self._rows, platform.pool, self.market.execution)

    def step(self) -> None:
        """Let everybody live the day: find who can change, then person by person."""
        w, bars, run = self.world, self.bars(), self.market.execution
        while len(self._workers) < run.workers(self.n_users):
            self._workers.append((self._blank_tally(), self._room()))
        for tally, _ in self._workers[1:]:
            tally.clear()

        def live(worker: int, low: int, high: int) -> Awake:
            awake = find_awake(w, low, high, bars, self._loud, self._least_degree)
            tally, drawn = self._workers[worker]
            loop.live_day(w._replace(awake=awake, drawn=drawn), 0, awake.row.size, tally)
            return awake

        awake = Awake.joined(run.spread(self.n_users, live))
        daily = [row for row, user in self._promoted.items() if asked_daily(type(user))]
        if daily:
            awake = awake.including(daily)
        self._yesterday, self._rows = self._rows, awake.row
        self.world = w._replace(awake=awake)
        for tally, _ in self._workers[1:]:
            self.tally.add(tally)
        self._step_promoted()
        self.tally.add(self.by_hand)
        self.by_hand.clear()
        self.books.add(self)

    def _step_promoted(self) -> None:
        """Step the users with a class of their own, one by one, as plain Mesa would."""
        if not self._promoted:
            return
        self._place = dict(zip(self._rows.tolist(), range(self._rows.size), strict=True))
        for user in self._promoted.values():
            user.step()

    def place(self, row: int) -> int | None:
        """Return the place of a user among today's awake; None if nothing can happen to him."""
        return self._place.get(row)

    def close_day(self) -> None:
        """Turn today into yesterday: shares become exposure, what was done can be seen."""
        w, yesterday = self.world, self._yesterday
        loud = self.tally.counts[:, Count.SHARES_FRIENDS] > 0
        changed = np.flatnonzero(loud | self._loud)

        def close(worker: int, low: int, high: int) -> None:
            loop.be_seen(w, yesterday, low, high)
            for p in changed:
                loop.spread(w, p, low, high)

        self.market.execution.spread(self.n_users, close, self._edges)
        self._loud = loud

    # What was counted

    def measures(
        self,
    ) -> tuple[Mapping[str, npt.ArrayLike], npt.NDArray[Any], npt.NDArray[Any]]:
        """Return today's metrics by name (P,), active users by cohort, and use by segment."""
        return measures(self)

    def check(self) -> None:
        """Raise AssertionError unless people, codes and clips are conserved to the last one."""
        check(self)

    # People

    def __len__(self) -> int:
        return self.n_users

    def __getitem__(self, row: int) -> User:
        """Return the live view of one user; the same object while somebody holds it."""
        row = self._row(row)
        user = self._promoted.get(row) or self._views.get(row)
        if user is None:
            user = User(self, row)
            self._views[row] = user
        return user

    def _row(self, row: int) -> int:
        if isinstance(row, bool) or not isinstance(row, int | np.integer):
            raise ConfigError(f"user {row!r}: must be a whole number from 0 to {self.n_users - 1}.")
        if not -self.n_users <= row < self.n_users:
            raise IndexError(f"user {row}: there are users 0 to {self.n_users - 1}.")
        return int(row) % self.n_users

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
            raise ConfigError(f"class {cls!r}: must be agents.User or a subclass of it.")
        if isinstance(rows, str):
            if rows != "all":
                raise ConfigError(f'rows = {rows!r}: must be row numbers or "all".')
            rows = range(self.n_users)
        made = []
        for row in map(self._row, rows):
            if row in self._promoted:
                self.demote([row])
            user = cls(self, row)
            self._promoted[row] = user
            self._views[row] = user
            self.columns["stir"][row] |= Stir.PROMOTED
            self.market.register_agent(user)
            made.append(user)
        return made

    def demote(self, rows: Iterable[int]) -> None:
        """Give promoted users back to the compiled loop; they stay who they are."""
        for row in map(self._row, rows):
            user = self._promoted.pop(row, None)
            if user is not None:
                self.columns["stir"][row] &= _NOT_PROMOTED
                self.market.deregister_agent(user)

    @property
    def promoted(self) -> Mapping[int, User]:
        """Users with a class of their own, by row."""
        return self._promoted

    def set_status(self, p: int, row: int, status: Status) -> None:
        """Change a status by hand, keeping all books in balance."""
        set_status(self, p, row, status)
        refresh(self.world, row)

    def activate(self, platform: str, rows: Iterable[int]) -> None:
        """Make users start on a platform by hand: the seeds of a spread."""
        p = self.names.index(self.market.platform(platform).name)
        for row in map(self._row, rows):
            self.set_status(p, row, Status.ACTIVE)

    def state(self) -> dict[str, Any]:
        """Return all that a restart needs."""
        return {
            **{f"columns.{name}": array for name, array in self.columns.state().items()},
            "rows": self._rows,
            **{f"books.{name}": getattr(self.books, name) for name in Books.NAMES},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state."""
        prefix = "columns."
        self.columns.restore(
            {n.removeprefix(prefix): a for n, a in state.items() if n.startswith(prefix)}
        )
        self.columns["stir"] &= _NOT_PROMOTED
        self._rows = np.array(state["rows"], np.int32)
        self._loud = np.asarray(self.columns["exposure"].any(axis=1))
        # What was made today was made on the last day lived.
        self.world = self._world()._replace(day=self.market.day - 1)
        for name in Books.NAMES:
            getattr(self.books, name)[:] = state[f"books.{name}"]

    def __repr__(self) -> str:
        n = len(self._promoted)
        own = f" · {n:,} with a class of their own" if n else ""
        return f"<Users {self.n_users:,} · {self.columns.bytes_per_user:.0f} bytes each{own}>"


def find_awake(
    w: World,
    low: int,
    high: int,
    bars: npt.NDArray[np.uint64],
    loud: npt.NDArray[np.bool_],
    least_degree: int,
) -> Awake:
    """Return those of some rows for whom anything can happen today (see `loop.find_awake`)."""
    # Room for everybody; memory that is not written to is not taken.
    row, heard = np.empty(high - low, np.int32), np.empty(high - low, np.uint16)
    n = loop.find_awake(w, low, high, bars, loud, least_degree, row, heard)
    return Awake.of(w.terms.size, row[:n], heard[:n])
