"""Runs of many markets, each kept once it is done: asked another thing, none is run again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial

import numpy as np

from scenarios import baseline
from scenarios.asking.question import Measure
from scenarios.fitting.measured import measured
from scenarios.fitting.members import SEEDS, Tell
from scenarios.fitting.priors import Prior, inputs_with, values_of
from scenarios.fitting.rivals import structured
from scenarios.inputs.assumptions import Inputs
from scenarios.inputs.sizing import sized
from scenarios.structures import MARKET
from sim.experiments.store.kept_runs import drive_through, through
from sim.experiments.store.store import Store
from sim.experiments.work.driving import ExperimentError
from sim.experiments.work.sources import Source
from sim.formulas import Array
from sim.results import Results
from sim.scenario import Scenario

#: Of runs that fail, so many are left out without a word; of more, no share says anything.
_MOST_FAILED = 0.05


class KeptMarkets:
    """Runs markets of one size through a store.

    Parameters
    ----------
    inputs
        With the central values of all assumptions.
    n_users, seed
        Size of each market, and the first of the seeds that they take in turn.
    executor, store
        Where runs are done, and kept; without a store they are forgotten.
    tell
        Is told of progress.
    """

    def __init__(
        self,
        inputs: Inputs,
        n_users: int,
        seed: int,
        executor: Executor,
        store: Store | None,
        tell: Tell,
    ) -> None:
        self.inputs, self.n_users, self.seed = inputs, n_users, seed
        self._executor, self._store, self._tell = executor, store, tell

    def scenario(
        self, values: Mapping[str, float], turn: int = 0, structure: str = MARKET
    ) -> Scenario:
        """Return the market of some values of assumptions; turns take seeds in turn.

        Parameters
        ----------
        structure
            Of `scenarios.fitting.rivals.RIVALS`.
        """
        made = structured(baseline.scenario(inputs_with(self.inputs, values)), structure)
        return sized(made, self.n_users, self.seed + turn % SEEDS)

    def of_rows(
        self,
        priors: Sequence[Prior],
        values: Array,
        turns: Iterable[int],
        structures: Iterable[str] = (),
    ) -> list[Scenario]:
        """Return a market for each row of (markets, priors) values.

        Parameters
        ----------
        turns, structures
            Of each market; without structures, each is of the model's own.
        """
        names = [one.id for one in priors]
        kinds = tuple(structures) or (MARKET,) * len(values)
        return [
            self.scenario(dict(zip(names, map(float, row), strict=True)), turn, kind)
            for row, turn, kind in zip(values, turns, kinds, strict=True)
        ]

    def of_scores(self, priors: Sequence[Prior], scores: Array, replicates: int) -> list[Scenario]:
        """Return so many markets for each row of (points, priors) scores, of the same seeds."""
        values = np.repeat(values_of(scores, priors), replicates, axis=0)
        return self.of_rows(priors, values, np.arange(len(values)) % replicates)

    def rows(
        self, scenarios: Sequence[Scenario], finish: Callable[[Results], Array], what: str
    ) -> Array:
        """Return (markets, numbers) what is read of each market; NaN where a run failed.

        Parameters
        ----------
        finish
            What a worker makes of the days of a run; cohorts are not kept.
        what
            For progress.

        Raises
        ------
        ExperimentError
            If more than one in twenty fails, with the reason of the first.
        """
        return self._rows(scenarios, finish, what, self._store)

    def readings(self, scenarios: Sequence[Scenario], last: dt.date, what: str) -> Array:
        """Return (markets, kept) what `measured` reads of each, cohorts too, so run anew.

        Parameters
        ----------
        last
            Last day of which anything was published.
        """
        ended = [one.with_market(until=min(last, one.market.until)) for one in scenarios]
        return self._rows(ended, measured, what, None)

    def _rows(
        self,
        scenarios: Sequence[Scenario],
        finish: Callable[[Results], Array],
        what: str,
        store: Store | None,
    ) -> Array:
        """Run each market once, in order of seeds, so that the runs of a worker share a graph."""
        markets = {one.fingerprint: one for one in scenarios}
        keys = sorted(markets, key=lambda key: markets[key].market.seed)
        found: dict[str, Array] = {}
        failed: list[str] = []
        # What is done in a moment is not told.
        tell: Tell = self._tell if len(keys) > SEEDS else lambda what, done, total: None
        tell(what, 0, len(keys))
        groups = [[through(store, Source(markets[key]))] for key in keys]
        for place, _, outcome in drive_through(store, groups, self._executor, finish):
            if outcome.value is None:
                failed.append(outcome.error)
            else:
                found[keys[place]] = outcome.value
            tell(what, len(found) + len(failed), len(keys))
        if len(failed) > _MOST_FAILED * len(keys):
            raise ExperimentError(f"{what}: {len(failed)} of {len(keys)} runs: {failed[0]}")
        width = len(next(iter(found.values()))) if found else 1
        blank = np.full(width, np.nan)
        return np.stack([found.get(one.fingerprint, blank) for one in scenarios])


def by_days(results: Results, measure: Measure) -> Array:
    """Return one row of a run: the measure, then its metric of its platform on each day."""
    p = results.platforms.index(measure.platform)
    return np.concatenate([[measure.of_one(results)], results.array(measure.metric)[:, p]])


def reading_of(measure: Measure) -> Callable[[Results], Array]:
    """Return what makes rows of `by_days`, as a worker takes it."""
    return partial(by_days, measure=measure)
