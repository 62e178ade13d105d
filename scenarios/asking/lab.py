"""Where questions are put to the market: all arms at the same luck, then each assumption moved.

Runs are remembered by what determines them, so that questions share the baseline and its
variations, and an assumption that does not touch an arm costs nothing. A lab with a store keeps
them on disk: what was asked before an interruption, or by another question, is not run again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from scenarios import baseline
from scenarios.asking.conditioned import Ends, allowed_ends
from scenarios.asking.findings import Findings
from scenarios.asking.question import REFERENCE, Measure, Number, Question, Values
from scenarios.asking.swings import as_pairs, ending, swings
from scenarios.fitting.posterior import Posterior
from scenarios.fitting.rivals import structured
from scenarios.inputs.assumptions import Inputs
from scenarios.inputs.sizing import sized
from sim.coupling import alone
from sim.experiments import Ensemble, ensemble
from sim.experiments.store.kept_runs import drive_through, through
from sim.experiments.store.store import Store
from sim.experiments.work.executors import opened
from sim.experiments.work.sources import Source
from sim.minding import told, unminded
from sim.results import Results
from sim.scenario import Scenario

#: Replicates of each arm where an assumption is moved; arms share luck, so few are enough.
ASSUMPTION_REPLICATES = 2
#: Users of these runs; the effect of an assumption is far larger than their chance.
ASSUMPTION_USERS = 20_000
#: Draws of a posterior: each end of a band of 90 % then has five beyond it, and an assumption that
#: makes a sixth of a number's variance is told from chance.
DRAWS = 100


@dataclass(frozen=True)
class Size:
    """How large the experiments are.

    Parameters
    ----------
    n_users, replicates
        Of each arm.
    assumption_users, assumption_replicates
        Of each run with an assumption moved; 0 replicates leaves assumptions alone.
    seed
        First key of luck.
    draws
        Draws of the posterior that each arm is run at, if there is a posterior.
    """

    n_users: int = 20_000
    replicates: int = 20
    assumption_users: int = ASSUMPTION_USERS
    assumption_replicates: int = ASSUMPTION_REPLICATES
    seed: int = 1
    draws: int = DRAWS


class Lab:
    """Runs what questions need, each thing once.

    Parameters
    ----------
    size
        Users and replicates.
    executor
        Where runs are done.
    tell
        Called with a line on what is being done.
    store
        Open for writing; what it has is not run again.
    setup
        Module or file of the question, if it is somebody's own: workers load it first.
    posterior
        Draws that replicates of a question's arms have; without one all have the central values.
    """

    def __init__(
        self,
        size: Size,
        executor: Executor,
        tell: Callable[[str], None] = lambda text: None,
        store: Store | None = None,
        setup: str | None = None,
        posterior: Posterior | None = None,
    ) -> None:
        self.size = size
        self.executor = executor
        self.tell = tell
        self.store = store
        self.setup = setup
        self.posterior = posterior
        self._ensembles: dict[tuple[str, ...], Ensemble] = {}
        self._numbers: dict[tuple[str, Measure], float] = {}
        self._ends: dict[str, Ends] = {}
        # A dict keeps the order in which they came.
        self._expected: dict[Measure, None] = {}

    def ensemble(self, scenario: Scenario, replicates: int | None = None) -> Ensemble:
        """Return an ensemble of a scenario, to the last day of the scenario itself."""
        return self._ran(scenario, (), replicates or self.size.replicates)

    def _ran(self, scenario: Scenario, drawn: Sequence[Scenario], replicates: int) -> Ensemble:
        """Return an ensemble of a scenario, or of the worlds that its replicates have."""
        chosen, *worlds = (
            sized(one, self.size.n_users, self.size.seed) for one in (scenario, *drawn)
        )
        key = (str(replicates), chosen.fingerprint, *(one.fingerprint for one in worlds))
        if key not in self._ensembles:
            source = Source(chosen, self.setup, tuple(worlds))
            self._ensembles[key] = ensemble(
                source, replicates, executor=self.executor, store=self.store
            )
        return self._ensembles[key]

    def expect(self, questions: Sequence[Question]) -> None:
        """Take note of what will be asked, so that a run is measured for all of it at once."""
        for question in questions:
            self._expected.update(dict.fromkeys(question.measures))

    def numbers(
        self, scenarios: Sequence[Scenario], measures: Sequence[Measure], replicates: int
    ) -> list[dict[Measure, Values]]:
        """Return (replicates,) values by measure of each scenario; NaN where a run fails.

        Only the numbers come back from the workers, so hundreds of scenarios fit in memory.
        """
        self._expected.update(dict.fromkeys(measures))
        runs = [
            self._runs(alone(scenario, as_pairs(measures)), replicates) for scenario in scenarios
        ]
        missing: dict[str, Scenario] = {}
        for one in runs:
            if any((key, m) not in self._numbers for key in one for m in measures):
                missing.update(one)
        # In order of seeds, so that the runs of a worker share a graph.
        tasks = sorted(missing, key=lambda key: missing[key].market.seed)
        groups = [[through(self.store, Source(missing[key], self.setup))] for key in tasks]
        expected = tuple(self._expected)
        finish = partial(measured, measures=expected)
        for place, _, outcome in drive_through(self.store, groups, self.executor, finish):
            values = outcome.value or [float("nan")] * len(expected)
            self._numbers.update(
                {(tasks[place], m): value for m, value in zip(expected, values, strict=True)}
            )
        return [{m: np.array([self._numbers[key, m] for key in one]) for m in measures}
                for one in runs]  # fmt: skip

    def _runs(self, scenario: Scenario, replicates: int) -> dict[str, Scenario]:
        """Return the runs of a scenario by fingerprint, in order of seeds."""
        seeds = range(self.size.seed, self.size.seed + replicates)
        runs = (sized(scenario, self.size.assumption_users, seed) for seed in seeds)
        return {run.fingerprint: run for run in runs}

    def ask(self, question: Question) -> Findings:
        """Run all arms of a question, and the answer's number with each assumption moved."""
        arms = {label: ending(arm, question.until) for label, arm in question.arms().items()}
        changed = (unminded(arms[REFERENCE], arm) for arm in arms.values())
        for line in told(dict.fromkeys(one for some in changed for one in some)):
            self.tell(line)
        ensembles = {}
        for label, arm in arms.items():
            self.tell(f"{question.name}: {label}")
            ensembles[label] = self.ensemble(arm)
        found = Findings(question, arms, ensembles)
        if self.posterior is not None:
            found = self._at_draws(found, self.posterior)
        if not self.size.assumption_replicates:
            return found
        self.tell(f"{question.name}: assumptions")
        moves = self.swings(question, found.chance.middle)
        return replace(found, swings=moves, ends=self.ends(question.inputs()))

    def _at_draws(self, central: Findings, posterior: Posterior) -> Findings:
        """Return the findings of a question at draws of a posterior, all arms at the same draw."""
        question, n = central.question, self.size.draws
        inputs = question.inputs()
        draws = [int(draw) for draw in posterior.drawn(n, self.size.seed)]
        known = {draw: posterior.inputs(inputs, draw) for draw in dict.fromkeys(draws)}
        arms = {
            draw: {
                label: structured(ending(arm, question.until), posterior.structures[draw])
                for label, arm in question.arms(own).items()
            }
            for draw, own in known.items()
        }
        ensembles = {}
        for label, arm in central.scenarios.items():
            self.tell(f"{question.name}: {label}, at {n} draws")
            ensembles[label] = self._ran(arm, [arms[draw][label] for draw in draws], n)
        own = tuple(known[draw] for draw in draws)
        structures = tuple(posterior.structures[draw] for draw in draws)
        return replace(
            central, ensembles=ensembles, drawn=own, central=central, structures=structures
        )

    def about(self, found: Findings, number: Number) -> Findings:
        """Return the findings with another number in the middle, its assumptions moved too."""
        question = replace(found.question, number=number)
        if not self.size.assumption_replicates:
            return replace(found, question=question)
        asked = replace(found, question=question)
        return replace(asked, swings=self.swings(question, asked.chance.middle))

    def swings(self, question: Question, middle: float) -> dict[str, tuple[float, float]]:
        """Return by how much both ends of each assumption change the question's number (`swings`).

        An end counts as far as the targets allow (`Lab.ends`).
        """

        def run(jobs: Sequence[Scenario]) -> list[dict[Measure, Values]]:
            return self.numbers(jobs, question.measures, self.size.assumption_replicates)

        return swings(question, middle, self.ends(question.inputs()), run)

    def ends(self, inputs: Inputs) -> Ends:
        """Return how far each assumption may be moved without losing a target; worked out once."""
        key = baseline.scenario(inputs).fingerprint
        if key not in self._ends:
            self.tell("which ends of ranges the targets allow")

            def run(
                jobs: Sequence[Scenario], measures: Sequence[Measure]
            ) -> list[dict[Measure, Values]]:
                return self.numbers(jobs, measures, self.size.assumption_replicates)

            self._ends[key] = allowed_ends(inputs, run)
        return self._ends[key]


def measured(results: Results, measures: Sequence[Measure]) -> list[float]:
    """Return what is measured of one run, NaN for what it does not reach; a worker sends it."""
    last = str(results.dates[-1].date())
    return [
        measure.of_one(results)
        if measure.date <= last and measure.platform in results.platforms
        else float("nan")
        for measure in measures
    ]


@contextlib.contextmanager
def lab(
    size: Size,
    executor: Executor | None = None,
    tell: Callable[[str], None] = lambda text: None,
    folder: str | Path | None = None,
    setup: str | None = None,
    posterior: Posterior | None = None,
) -> Iterator[Lab]:
    """Yield a lab on the given executor, or on local processes that end with it.

    Parameters
    ----------
    folder
        Of the store in which runs are kept; without one they are forgotten at the end.
    size, executor, tell, setup, posterior
        As of `Lab`.

    Raises
    ------
    DataError
        If the folder cannot be used, or another process writes to it.
    """
    with contextlib.ExitStack() as stack:
        store = None
        if folder is not None:
            store = stack.enter_context(Store(folder, baseline.scenario()))
            for note in store.notes:
                tell(note)
            if store.other_models:
                tell(
                    f"{folder}: {store.other_models:,} runs are of another version of the model. "
                    "Nothing here needs them: the folder may be deleted."
                )
        yield Lab(size, stack.enter_context(opened(executor)), tell, store, setup, posterior)
