"""Where questions are put to the market: all arms at the same luck, then each assumption moved.

Runs are remembered by what determines them, so that questions share the baseline and its
variations, and an assumption that does not touch an arm costs nothing. A lab with a store keeps
them on disk: what was asked before an interruption, or by another question, is not run again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from scenarios import baseline
from scenarios.asking.findings import Findings
from scenarios.asking.question import REFERENCE, Asked, Measure, Number, Question, Values
from scenarios.inputs.assumptions import Assumption, Inputs
from scenarios.inputs.sizing import sized
from sim.config import parse_date
from sim.coupling import alone, bearing_on
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
    """

    n_users: int = 20_000
    replicates: int = 20
    assumption_users: int = ASSUMPTION_USERS
    assumption_replicates: int = ASSUMPTION_REPLICATES
    seed: int = 1


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
    """

    def __init__(
        self,
        size: Size,
        executor: Executor,
        tell: Callable[[str], None] = lambda text: None,
        store: Store | None = None,
        setup: str | None = None,
    ) -> None:
        self.size = size
        self.executor = executor
        self.tell = tell
        self.store = store
        self.setup = setup
        self._ensembles: dict[tuple[str, int], Ensemble] = {}
        self._numbers: dict[tuple[str, Measure], float] = {}
        # A dict keeps the order in which they came.
        self._expected: dict[Measure, None] = {}

    def ensemble(self, scenario: Scenario, replicates: int | None = None) -> Ensemble:
        """Return an ensemble of a scenario, to the last day of the scenario itself."""
        n = replicates or self.size.replicates
        chosen = sized(scenario, self.size.n_users, self.size.seed)
        key = (chosen.fingerprint, n)
        if key not in self._ensembles:
            source = Source(chosen, self.setup)
            self._ensembles[key] = ensemble(source, n, executor=self.executor, store=self.store)
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
        runs = [self._runs(alone(scenario, _pairs(measures)), replicates) for scenario in scenarios]
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
        ensembles = {}
        changed = (unminded(arms[REFERENCE], arm) for arm in arms.values())
        for line in told(dict.fromkeys(one for some in changed for one in some)):
            self.tell(line)
        for label, arm in arms.items():
            self.tell(f"{question.name}: {label}")
            ensembles[label] = self.ensemble(arm)
        found = Findings(question, arms, ensembles)
        if not self.size.assumption_replicates:
            return found
        self.tell(f"{question.name}: assumptions")
        return replace(found, swings=self.swings(question, found.number.middle))

    def about(self, found: Findings, number: Number) -> Findings:
        """Return the findings with another number in the middle, its assumptions moved too."""
        question = replace(found.question, number=number)
        if not self.size.assumption_replicates:
            return replace(found, question=question)
        swings = self.swings(question, found.work(number).middle)
        return replace(found, question=question, swings=swings)

    def swings(self, question: Question, middle: float) -> dict[str, tuple[float, float]]:
        """Return by how much both ends of each assumption's range change the question's number.

        One at a time, median of few replicates at the same luck; NaN where the number has no
        value, or the model refuses what an assumption is set to. Few replicates have a middle of
        their own: changes are in proportion to ``middle``, that of all replicates, so that what
        cannot be negative does not become so.
        """
        inputs = question.inputs()
        needed, of_number = needed_for(question)
        plain = question.arms(inputs)
        ends = [
            (one.id, inputs.with_value(one.id, end))
            for one in inputs.assumptions.values()
            if one.low is not None and one.high is not None
            and not is_elsewhere(one, [plain[label] for label in needed], of_number)
            for end in (one.low, one.high)
        ]  # fmt: skip
        jobs = [
            ending(arms[label], question.until)
            for arms in map(question.arms, (inputs, *(end for _, end in ends)))
            for label in needed
        ]
        found = self.numbers(jobs, question.measures, self.size.assumption_replicates)
        per_end = [found[i : i + len(needed)] for i in range(0, len(found), len(needed))]
        values = [
            _number(question, other, dict(zip(needed, of_arm, strict=True)))
            for other, of_arm in zip((inputs, *(e for _, e in ends)), per_end, strict=True)
        ]
        own = values[0]
        scale = middle / own if middle * own > 0.0 else 1.0
        moves = [(value - own) * scale for value in values[1:]]
        names = [name for name, _ in ends]
        return {names[i]: (moves[i], moves[i + 1]) for i in range(0, len(moves), 2)}


def _number(
    question: Question, inputs: Inputs, by_arm: Mapping[str, Mapping[Measure, Values]]
) -> float:
    """Return the median of the question's number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = question.number.of(Asked(lambda arm, m: by_arm[arm][m], inputs))
    return float(np.median(values))


def needed_for(question: Question) -> tuple[list[str], list[Measure]]:
    """Return the arms and measures that the question's number is made of, by asking it."""
    needed: dict[tuple[str, Measure], None] = {}

    def note(arm: str, measure: Measure) -> Values:
        needed[arm, measure] = None
        return np.ones(1)

    with np.errstate(divide="ignore", invalid="ignore"):
        question.number.of(Asked(note, question.inputs()))
    return list(dict.fromkeys(arm for arm, _ in needed)), [measure for _, measure in needed]


def _pairs(measures: Iterable[Measure]) -> set[tuple[str, str]]:
    """Return metrics and platforms, as `sim.coupling` takes them."""
    return {(measure.metric, measure.platform) for measure in measures}


def is_elsewhere(one: Assumption, arms: Sequence[Scenario], measures: Sequence[Measure]) -> bool:
    """Say whether an assumption is about platforms that bear on nothing measured in these arms."""
    touched = frozenset[str]().union(*(bearing_on(arm, _pairs(measures)) for arm in arms))
    events = {event.id: event.platform for arm in arms for event in arm.events}
    for path in one.paths:
        owner = path.partition(".")[0]
        owner = events.get(owner.removeprefix("event:"), owner)
        if owner in touched or not any(owner in arm.platforms for arm in arms):
            return False
    return True


def ending(scenario: Scenario, date: str) -> Scenario:
    """Return the scenario ending on the last day that is asked about."""
    return scenario.with_market(until=parse_date(date, "until"))


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
) -> Iterator[Lab]:
    """Yield a lab on the given executor, or on local processes that end with it.

    Parameters
    ----------
    folder
        Of the store in which runs are kept; without one they are forgotten at the end.
    size, executor, tell, setup
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
        yield Lab(size, stack.enter_context(opened(executor)), tell, store, setup)
