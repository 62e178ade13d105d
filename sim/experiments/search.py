"""The search for the best point: what a factor's values are to a sampler, and asking in batches.

Points are asked for in batches of one size, valued, and told in the order in which they were asked
for, and the sampler of each batch has a key of its own; so the points of a search hang on its seed
alone, and neither on workers nor on where it was stopped and gone on with.

The sampler is a tree-structured Parzen estimator over all factors together (Bergstra et al. 2011,
"Algorithms for hyper-parameter optimization"; for several values Ozaki et al. 2022, "Multiobjective
tree-structured Parzen estimator", JAIR 73), as Optuna has it; it begins with a Sobol' sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.checks import whole_from
from sim.experiments.design import Factor, sobol_shares
from sim.experiments.paths import as_date

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import Trial

#: Points that are asked for together, before any of them is valued.
BATCH = 4
#: Points of the Sobol' sequence that a search begins with: at least, and for each factor.
_FIRST, _FIRST_EACH = 8, 4
#: Trials a search may have; the sampler looks at all of them each time.
MOST_TRIALS = 10_000


@dataclass(frozen=True)
class Valued:
    """What a point came to.

    Parameters
    ----------
    values
        One for each goal.
    lacks
        By how much each condition is missed; 0 or less where it is met.
    """

    values: tuple[float, ...]
    lacks: tuple[float, ...] = ()


#: From points to what each came to; None for a point that has no value.
Valuing = Callable[[Sequence[Mapping[str, Any]]], Sequence[Valued | None]]


@dataclass(frozen=True)
class Lever:
    """A factor as a sampler sees it: a number, a whole number, or one of a list.

    Parameters
    ----------
    factor
        What is varied.
    levels
        Of a range, if only so many values of it are taken.
    """

    factor: Factor
    levels: int | None = None

    @property
    def _listed(self) -> list[Any]:
        """The values, if they are counted; none in a range."""
        if self.factor.values:
            return list(self.factor.values)
        return self.factor.levels(self.levels) if self.levels is not None else []

    def distribution(self) -> BaseDistribution:
        """Return what Optuna draws from: of a list places, of dates days."""
        from optuna.distributions import (
            CategoricalDistribution,
            FloatDistribution,
            IntDistribution,
        )

        one, listed = self.factor, self._listed
        if one.values:
            return CategoricalDistribution(range(len(listed)))
        if listed:
            return IntDistribution(0, len(listed) - 1)
        if one.kind == "float":
            return FloatDistribution(one.low, one.high, log=one.log)
        return IntDistribution(round(one.low), round(one.high), log=one.log)

    def value(self, drawn: Any) -> Any:
        """Return the value that stands for what was drawn."""
        listed = self._listed
        if listed:
            return listed[int(drawn)]
        return str(as_date(int(drawn))) if self.factor.kind == "date" else drawn

    def at(self, share: float) -> Any:
        """Return what would be drawn at a share of the way, from 0 to 1."""
        listed = self._listed
        if listed:
            return min(int(share * len(listed)), len(listed) - 1)
        return self.drawn(self.factor.at(share))

    def drawn(self, value: Any) -> Any:
        """Return what stands for a value; None if it is none of the lever's."""
        listed = self._listed
        if listed:
            texts = [str(one) for one in listed]
            return texts.index(str(value)) if str(value) in texts else None
        try:
            number = as_date(value).toordinal() if self.factor.kind == "date" else float(value)
        except (TypeError, ValueError):
            return None
        if not self.factor.low <= number <= self.factor.high:
            return None
        return number if self.factor.kind == "float" else int(number)


@dataclass(frozen=True)
class Tried:
    """A trial of a search.

    Parameters
    ----------
    number
        From 0, in order.
    point
        Path to value; empty where nothing is changed.
    found
        What it came to; None if it has no value.
    """

    number: int
    point: Mapping[str, Any]
    found: Valued | None


def search(
    levers: Sequence[Lever],
    upward: Sequence[bool],
    value: Valuing,
    n_trials: int,
    seed: int,
    now: Mapping[str, Any],
) -> Iterator[Tried]:
    """Yield trials, the first of which changes nothing, each batch as soon as it is valued.

    Parameters
    ----------
    levers
        What is varied.
    upward
        For each goal whether more of it is better.
    value
        Is given the points of a batch.
    n_trials
        In all, with the first.
    seed
        Key of the search, from 0.
    now
        Name of a lever to the value that it has if nothing is changed, so that the search learns of
        the first trial; left out where it is none of the lever's.

    Raises
    ------
    ConfigError
        If the number of trials or the seed is out of its bounds.
    """
    import optuna

    n_trials = whole_from("trials", n_trials, 2, MOST_TRIALS)
    seed = whole_from("seed", seed, 0, 2**64 - 1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    ways = optuna.study.StudyDirection
    study = optuna.create_study(
        directions=[ways.MAXIMIZE if up else ways.MINIMIZE for up in upward]
    )
    space = {one.factor.name: one.distribution() for one in levers}
    (found,) = value([{}])
    yield Tried(0, {}, found)
    drawn = {one.factor.name: one.drawn(now.get(one.factor.name)) for one in levers}
    if found is not None and None not in drawn.values():
        _learn(study, drawn, space, found)
    first = max(_FIRST, _FIRST_EACH * len(levers))
    for shares in sobol_shares(len(levers), min(first, n_trials - 1), seed):
        study.enqueue_trial(
            {one.factor.name: one.at(s) for one, s in zip(levers, shares, strict=True)}
        )
    for start in range(1, n_trials, BATCH):
        study.sampler = optuna.samplers.TPESampler(
            seed=_key(seed, start), multivariate=True, constant_liar=True, n_startup_trials=_FIRST
        )
        asked = [study.ask(space) for _ in range(min(BATCH, n_trials - start))]
        points = [_point(levers, trial.params) for trial in asked]
        for k, (trial, found) in enumerate(zip(asked, value(points), strict=True)):
            _tell(study, trial, found)
            yield Tried(start + k, points[k], found)


def _point(levers: Sequence[Lever], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every path; a factor of several paths gives each the same."""
    return {path: one.value(params[one.factor.name]) for one in levers for path in one.factor.path}


def _tell(study: Study, trial: Trial, found: Valued | None) -> None:
    from optuna.trial import TrialState

    if found is None:
        study.tell(trial, state=TrialState.FAIL)
        return
    for k, lack in enumerate(found.lacks):
        trial.set_constraint(f"condition {k}", lack)
    study.tell(trial, found.values)


def _learn(study: Study, drawn: Mapping[str, Any], space: Any, found: Valued) -> None:
    from optuna.trial import create_trial

    lacks = {f"condition {k}": lack for k, lack in enumerate(found.lacks)}
    study.add_trial(create_trial(
        params=dict(drawn), distributions=space, values=found.values, constraints=lacks or None,
    ))  # fmt: skip


def _key(seed: int, batch: int) -> int:
    """Return the seed of the sampler of one batch, 32 bits."""
    return int(np.random.SeedSequence([seed, batch]).generate_state(1)[0])
