"""The full table: every move of one side against every move of the other, at the same luck.

Draw d is one draw of the posterior and one seed; both are the same in all cells, so that two cells
of a draw differ by the moves alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from scenarios import baseline
from scenarios.asking.bands import INSIDE
from scenarios.asking.lab import measured
from scenarios.asking.question import Measure
from scenarios.dueling.games import Game
from scenarios.dueling.moves import Move, together
from scenarios.fitting.members import Tell
from scenarios.fitting.posterior import Posterior
from scenarios.fitting.rivals import structured
from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.sizing import check_size, sized
from scenarios.structures import MARKET
from sim.checks import chosen, in_range
from sim.errors import ConfigError
from sim.experiments.store.kept_runs import drive_through, through
from sim.experiments.store.store import Store
from sim.experiments.work.driving import ExperimentError
from sim.experiments.work.running import Task
from sim.experiments.work.sources import Source
from sim.formulas import Array
from sim.scenario import Scenario

#: Days of the month at the end of a run over which stocks and rates are averaged.
LAST_DAYS = 30
_MOST_DRAWS, _MOST_USERS = 10_000, 10**9
#: Ends of the band that is told, and its middle.
ENDS_TOLD = tuple(round(q, 6) for q in ((1 - INSIDE) / 2, 0.5, (1 + INSIDE) / 2))


@dataclass(frozen=True)
class Payoff:
    """One number that a side may want.

    Parameters
    ----------
    key, text, unit
        Name, words, and unit as `scenarios.asking.findings.Band` writes it.
    metric
        Of the catalogue.
    over
        "run", "contest" (since both are there) or "month" (the last `LAST_DAYS` days).
    is_goal
        Whether it always has a value, so that sides may want it.
    """

    key: str
    text: str
    unit: str
    metric: str
    over: str
    is_goal: bool = True

    @property
    def difference(self) -> tuple[float, str]:
        """By what a difference of two values is multiplied to be told, and its unit."""
        return (100.0, "points") if self.unit == "share" else (1.0, self.unit)


PAYOFFS = (
    Payoff("contribution", "contribution to the end", "USD", "contribution_usd", "run"),
    Payoff("users", "daily users in the last month", "people", "daily_active", "month"),
    Payoff("share", "share of clips", "share", "share_clips", "contest"),
    Payoff("runway", "runway in the last month", "days", "runway_days", "month", False),
)
#: What a side may want, by key.
GOALS = {one.key: one for one in PAYOFFS if one.is_goal}


@dataclass(frozen=True)
class Duel:
    """Moves of two sides, and the draws over which they meet.

    Parameters
    ----------
    moves_a, moves_b
        Of each side; the first of each is where answering begins.
    inputs
        Facts and assumptions, the entrant's too if there is one.
    posterior
        What assumptions are drawn from; None: they stay as they are.
    n_draws
        Draws; each has the seed ``seed + d``.
    n_users
        Of each run.
    seed
        First key of luck; it also chooses the draws of the posterior.
    until
        Last day, else the scenario's own.
    setup
        File of one's own in which moves or strategies register themselves.

    Raises
    ------
    ConfigError
        If a side has no move, moves of two platforms, or the other's platform; or a size is
        outside of its bounds.
    """

    moves_a: Sequence[Move]
    moves_b: Sequence[Move]
    inputs: Inputs = field(default_factory=load_inputs)
    posterior: Posterior | None = None
    n_draws: int = 16
    n_users: int = 5_000
    seed: int = 1
    until: dt.date | None = None
    setup: str | None = None

    def __post_init__(self) -> None:
        for moves in self.sides:
            if len({one.platform for one in moves}) != 1:
                raise ConfigError(
                    "duel: each side needs moves of one platform. Give each side its own."
                )
        if self.platforms[0] == self.platforms[1]:
            raise ConfigError(f"duel: both sides are {self.platforms[0]}. Give it a rival.")
        in_range("draws", self.n_draws, 1, _MOST_DRAWS)
        in_range("n_users", self.n_users, 1, _MOST_USERS)
        base = self.scenario()
        for platform in self.platforms:
            chosen("platform", platform, base.platforms)
        check_size(base)
        if self.span("month")[0] <= self.contest_since:
            raise ConfigError(
                f"market.until = {base.market.until}: must be {LAST_DAYS} days or more after "
                f"{self.contest_since}, when both are there. Give a later day."
            )

    @property
    def sides(self) -> tuple[Sequence[Move], Sequence[Move]]:
        """Moves of both sides."""
        return self.moves_a, self.moves_b

    @property
    def platforms(self) -> tuple[str, str]:
        """Platforms of both sides."""
        return self.moves_a[0].platform, self.moves_b[0].platform

    @property
    def n_runs(self) -> int:
        """Runs in all."""
        return self.n_draws * len(self.moves_a) * len(self.moves_b)

    @property
    def contest_since(self) -> dt.date:
        """First day on which both are there."""
        terms = self.scenario().platforms
        return max(terms[platform].launch for platform in self.platforms)

    def scenario(self, inputs: Inputs | None = None) -> Scenario:
        """Return the market as it was, of the size of a run."""
        base = baseline.scenario(inputs or self.inputs)
        return sized(base, self.n_users, self.seed, until=self.until)

    def span(self, over: str) -> tuple[dt.date, dt.date]:
        """Return the first and last day over which a payoff is taken."""
        market = self.scenario().market
        month = market.until - dt.timedelta(LAST_DAYS - 1)
        return {"run": market.start, "contest": self.contest_since, "month": month}[over], (
            market.until
        )

    def worlds(self) -> list[tuple[Inputs, str]]:
        """Return the inputs of each draw, and its structure."""
        known = self.posterior
        if known is None:
            return [(self.inputs, MARKET)] * self.n_draws
        places = map(int, known.drawn(self.n_draws, self.seed))
        return [(known.inputs(self.inputs, one), known.structures[one]) for one in places]

    def cells(self) -> Iterator[Scenario]:
        """Yield every run: draw by draw, in it row by row."""
        for draw, (inputs, structure) in enumerate(self.worlds()):
            base = baseline.scenario(inputs)
            arms = [[(one.platform, one.arm(base, inputs)) for one in moves]
                    for moves in self.sides]  # fmt: skip
            for own in arms[0]:
                for other in arms[1]:
                    both = structured(together([own, other]), structure)
                    yield sized(both, self.n_users, self.seed + draw, until=self.until)

    def measures(self) -> list[Measure]:
        """Return what is measured of each run: payoff by payoff, in it both sides."""
        return [
            Measure(one.metric, platform, *map(str, self.span(one.over)))
            for one in PAYOFFS
            for platform in self.platforms
        ]

    def play(
        self,
        executor: Executor,
        store: Store | None = None,
        tell: Tell = lambda what, done, total: None,
    ) -> Played:
        """Run every cell of every draw.

        Parameters
        ----------
        executor
            Where runs are done; the table is the same wherever that is.
        store
            Open for writing; what it has is not run again.
        tell
            Is told of progress.

        Raises
        ------
        ExperimentError
            If a run fails, after all others are done.
        """
        finish = partial(measured, measures=self.measures())
        values = np.full((self.n_runs, 2 * len(PAYOFFS)), np.nan)
        failed: list[str] = []
        tell("duel", 0, self.n_runs)
        outcomes = drive_through(store, self._tasks(store), executor, finish)
        for done, (place, _, outcome) in enumerate(outcomes, 1):
            if outcome.value is None:
                failed.append(outcome.error)
            else:
                values[place] = outcome.value
            tell("duel", done, self.n_runs)
        if failed:
            raise ExperimentError(
                f"{len(failed)} of {self.n_runs} runs of the duel have no result: {failed[0]}"
            )
        shape = self.n_draws, len(self.moves_a), len(self.moves_b), len(PAYOFFS), 2
        return Played(self, values.reshape(shape).transpose(3, 4, 0, 1, 2))

    def _tasks(self, store: Store | None) -> Iterator[list[Task]]:
        return ([through(store, Source(cell, self.setup))] for cell in self.cells())


@dataclass(frozen=True)
class Played:
    """What a duel came to.

    Parameters
    ----------
    duel
        What was played.
    values
        (payoffs, 2, draws, rows, columns), NaN where a payoff has no value.
    """

    duel: Duel
    values: Array

    def __repr__(self) -> str:
        both, n = self.duel.sides, self.duel.n_draws
        return f"<Duel {' x '.join(str(len(moves)) for moves in both)} moves · {n} draws>"

    def of(self, payoff: Payoff, side: int) -> Array:
        """Return (draws, rows, columns) values of a payoff of one side."""
        return np.asarray(self.values[PAYOFFS.index(payoff), side])

    def game(self, goals: Sequence[Payoff]) -> Game:
        """Return the game in which each side wants one payoff."""
        labels = [[one.label for one in moves] for moves in self.duel.sides]
        return Game.of(self.of(goals[0], 0), self.of(goals[1], 1), labels)

    def frame(self) -> pd.DataFrame:
        """Return a row for each cell, side and payoff, with mean, quantiles and known draws."""
        rows = []
        for payoff in PAYOFFS:
            for side, platform in enumerate(self.duel.platforms):
                values = self.of(payoff, side)
                for i, own in enumerate(self.duel.moves_a):
                    for j, other in enumerate(self.duel.moves_b):
                        known = values[:, i, j][np.isfinite(values[:, i, j])]
                        ends = np.quantile(known, ENDS_TOLD) if known.size else [np.nan] * 3
                        rows.append({
                            self.duel.platforms[0]: own.key, self.duel.platforms[1]: other.key,
                            "side": platform, "payoff": payoff.key, "unit": payoff.unit,
                            "mean": known.mean() if known.size else np.nan,
                            **{f"q{100 * q:02.0f}": end
                               for q, end in zip(ENDS_TOLD, ends, strict=True)},
                            "draws": self.duel.n_draws, "known": known.size,
                        })  # fmt: skip
        return pd.DataFrame(rows)
