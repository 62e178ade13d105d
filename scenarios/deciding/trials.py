"""What a search came to: trials over the same draws, and which of them is best in which sense."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scenarios.deciding.goals import Condition, Goal
from scenarios.deciding.policies import (
    MeanBand,
    band,
    chance_kept,
    first_largest,
    frontier,
    kept,
    regrets,
)
from sim.experiments.search import Lever, Tried, Valued, search
from sim.formulas import Array

#: The trial in which nothing is changed.
AS_IT_WAS = 0
#: From points and draws to (points, draws, measures) numbers, as `valuing.Valuer`.
DrawnWorths = Callable[[Sequence[Mapping[str, Any]], int], Array]


@dataclass(frozen=True)
class Trials:
    """Trials of a search.

    Parameters
    ----------
    goals, conditions
        What was wanted, and what had to be kept.
    points
        What each trial changes; the first one nothing.
    drawn
        (trials, draws, goals and conditions); NaN of a policy that cannot be.
    """

    goals: tuple[Goal, ...]
    conditions: tuple[Condition, ...]
    points: tuple[Mapping[str, Any], ...]
    drawn: Array

    @cached_property
    def worth(self) -> Array:
        """(trials, draws, goals) of which more is better."""
        signs = np.array([1.0 if goal.upward else -1.0 for goal in self.goals])
        return np.asarray(self.drawn[:, :, : len(self.goals)] * signs)

    @cached_property
    def lacks(self) -> Array:
        """(trials, draws, conditions) by how much each is missed; 0 or less where it is kept."""
        given = self.drawn[:, :, len(self.goals) :]
        found = [one.lack(given[:, :, k]) for k, one in enumerate(self.conditions)]
        return np.stack(found, axis=2) if found else np.zeros((*given.shape[:2], 0))

    @cached_property
    def kept(self) -> npt.NDArray[np.bool_]:
        """(trials,) whether all conditions are kept on average, of policies that can be."""
        return np.asarray(kept(self.lacks) & np.isfinite(self.worth).all(axis=(1, 2)))

    @cached_property
    def chances(self) -> Array:
        """(trials,) part of the draws in which all conditions are kept."""
        return chance_kept(self.lacks)

    @cached_property
    def best(self) -> int | None:
        """The most of the first goal on average, of those that keep all; None if none does."""
        found = self.worth[:, :, 0].mean(axis=1)
        return first_largest(found, self.kept) if self.kept.any() else None

    @cached_property
    def regrets(self) -> Array:
        """(trials,) largest regret of the first goal over draws; NaN of a policy that cannot be."""
        return regrets(self.worth[:, :, 0], self.lacks)

    @cached_property
    def robust(self) -> int | None:
        """The least regret, of those that keep all conditions; None if none does."""
        return first_largest(-self.regrets, self.kept) if self.kept.any() else None

    @cached_property
    def front(self) -> list[int]:
        """Trials that no other is better than in all goals, of those that keep all conditions."""
        return frontier(self.worth.mean(axis=1), self.kept)

    @property
    def nearest(self) -> int | None:
        """The policy that keeps the conditions most often; None if none can be."""
        can = np.asarray(np.isfinite(self.worth).all(axis=(1, 2)))
        return first_largest(self.chances, can) if can.any() else None

    def band(self, trial: int, place: int = 0) -> MeanBand:
        """Return a goal, or a condition's number, of a trial."""
        return band(self.drawn[trial, :, place])

    def gain(self, trial: int, place: int = 0) -> MeanBand:
        """Return by how much a number of a trial differs from what was done, draw by draw."""
        return band(self.drawn[trial, :, place] - self.drawn[AS_IT_WAS, :, place])

    @property
    def so_far(self) -> Array:
        """(trials,) the best first goal up to each trial, as it is told; NaN before there is one.

        Of those that keep all conditions.
        """
        means = np.where(self.kept, self.worth[:, :, 0].mean(axis=1), -np.inf)
        found = np.maximum.accumulate(means)
        sign = 1.0 if self.goals[0].upward else -1.0
        return np.where(np.isfinite(found), sign * found, np.nan)

    def frame(self) -> pd.DataFrame:
        """Return a row for each trial: what it changes, means and ends of its numbers, regret."""
        measures = [*(g.measure for g in self.goals), *(c.measure for c in self.conditions)]
        names = [f"{one.platform}.{one.metric}" for one in measures]
        rows = []
        for k, point in enumerate(self.points):
            row: dict[str, Any] = {"trial": k, **point}
            for place, name in enumerate(names):
                found = self.band(k, place)
                row |= {name: found.mean, f"{name} 5 %": found.low, f"{name} 95 %": found.high}
            keeps = bool(self.kept[k])
            rows.append(row | {"largest_regret": float(self.regrets[k]), "keeps": keeps,
                               "chance_kept": float(self.chances[k])})  # fmt: skip
        return pd.DataFrame(rows)


def outcomes(
    levers: Sequence[Lever],
    goals: tuple[Goal, ...],
    conditions: tuple[Condition, ...],
    worths: DrawnWorths,
    n_trials: int,
    n_draws: int,
    seed: int,
    now: Mapping[str, Any],
) -> Iterator[Trials]:
    """Yield what is known after each batch of a search; the last one is the whole.

    Parameters
    ----------
    levers, n_trials, seed, now
        As of `search`.
    worths
        Values points over draws.
    n_draws
        The same markets and luck at every point.
    """
    points: list[Mapping[str, Any]] = []
    drawn: list[Array] = []

    def value(asked: Sequence[Mapping[str, Any]]) -> list[Valued | None]:
        found = worths(asked, n_draws)
        drawn.extend(found)
        return [_valued(one, goals, conditions) for one in found]

    def told(tried: Tried) -> Trials | None:
        points.append(tried.point)
        if len(points) < len(drawn):
            return None
        return Trials(goals, conditions, tuple(points), np.stack(drawn))

    for tried in search(levers, [one.upward for one in goals], value, n_trials, seed, now):
        known = told(tried)
        if known is not None:
            yield known


def _valued(drawn: Array, goals: Sequence[Goal], conditions: Sequence[Condition]) -> Valued | None:
    """Return what the search is told of a point: means over draws."""
    means = drawn.mean(axis=0)
    if not np.isfinite(means).all():
        return None
    n = len(goals)
    lacks = tuple(one.lack(float(means[n + k])) for k, one in enumerate(conditions))
    return Valued(tuple(map(float, means[:n])), lacks)
