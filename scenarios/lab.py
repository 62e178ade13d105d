"""Where questions are put to the market: all arms at the same luck, then each assumption moved.

Runs are remembered by what determines them, so that questions share the baseline and its
variations, and an assumption that does not touch an arm costs nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from scenarios.assumptions import Assumption, Inputs
from scenarios.build import sized
from scenarios.findings import Findings
from scenarios.question import Asked, Measure, Number, Question, Values
from sim.config import parse_date
from sim.experiments import Ensemble, ensemble
from sim.experiments.driving import batches_of, drive
from sim.experiments.executors import opened
from sim.experiments.running import Task
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
    """

    def __init__(
        self, size: Size, executor: Executor, tell: Callable[[str], None] = lambda text: None
    ) -> None:
        self.size = size
        self.executor = executor
        self.tell = tell
        self._ensembles: dict[tuple[str, int], Ensemble] = {}
        self._numbers: dict[tuple[str, Measure], Values] = {}

    def ensemble(self, scenario: Scenario, replicates: int | None = None) -> Ensemble:
        """Return an ensemble of a scenario, to the last day of the scenario itself."""
        n = replicates or self.size.replicates
        chosen = sized(scenario, self.size.n_users, self.size.seed)
        key = (chosen.fingerprint, n)
        if key not in self._ensembles:
            self._ensembles[key] = ensemble(chosen, n, executor=self.executor)
        return self._ensembles[key]

    def numbers(
        self, scenarios: Sequence[Scenario], measures: Sequence[Measure], replicates: int
    ) -> list[dict[Measure, Values]]:
        """Return (replicates,) values by measure of each scenario; NaN where a run fails.

        Only the numbers come back from the workers, so hundreds of scenarios fit in memory.
        """
        runs = [self._runs(scenario, replicates) for scenario in scenarios]
        missing: dict[str, Scenario] = {}
        for one in runs:
            if any((key, m) not in self._numbers for key in one for m in measures):
                missing.update(one)
        # In order of seeds, so that the runs of a worker share a graph.
        tasks = sorted(missing, key=lambda key: missing[key].market.seed)
        groups = [[Task(missing[key].as_dict())] for key in tasks]
        finish = partial(measured, measures=tuple(measures))
        for place, _, outcome in drive(batches_of(groups), self.executor, finish):
            values = outcome.value or [float("nan")] * len(measures)
            self._numbers.update(
                {(tasks[place], m): value for m, value in zip(measures, values, strict=True)}
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
        for label, arm in arms.items():
            self.tell(f"{question.name}: {label}")
            ensembles[label] = self.ensemble(arm)
        swings = {}
        if self.size.assumption_replicates:
            self.tell(f"{question.name}: assumptions")
            swings = self.swings(question)
        return Findings(question, arms, ensembles, swings)

    def about(self, found: Findings, number: Number) -> Findings:
        """Return the findings with another number in the middle, its assumptions moved too."""
        question = replace(found.question, number=number)
        swings = self.swings(question) if self.size.assumption_replicates else {}
        return replace(found, question=question, swings=swings)

    def swings(self, question: Question) -> dict[str, tuple[float, float]]:
        """Return by how much both ends of each assumption's range change the question's number.

        One at a time, median of few replicates at the same luck; NaN where the number has no
        value, or the model refuses what an assumption is set to.
        """
        inputs = question.inputs()
        needed, platforms = _needed(question)
        plain = question.arms(inputs)
        ends = [
            (one.id, inputs.with_value(one.id, end))
            for one in inputs.assumptions.values()
            if one.low is not None and one.high is not None
            and not _is_elsewhere(one, [plain[label] for label in needed], platforms)
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
        moves = [value - values[0] for value in values[1:]]
        names = [name for name, _ in ends]
        return {names[i]: (moves[i], moves[i + 1]) for i in range(0, len(moves), 2)}


def _number(
    question: Question, inputs: Inputs, by_arm: Mapping[str, Mapping[Measure, Values]]
) -> float:
    """Return the median of the question's number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = question.number.of(Asked(lambda arm, m: by_arm[arm][m], inputs))
    return float(np.median(values))


def _needed(question: Question) -> tuple[list[str], set[str]]:
    """Return the arms and platforms that the question's number is made of, by asking it."""
    arms: list[str] = []
    platforms = set()

    def note(arm: str, measure: Measure) -> Values:
        if arm not in arms:
            arms.append(arm)
        platforms.add(measure.platform)
        return np.ones(1)

    with np.errstate(divide="ignore", invalid="ignore"):
        question.number.of(Asked(note, question.inputs()))
    return arms, platforms


def _is_elsewhere(one: Assumption, arms: Sequence[Scenario], platforms: set[str]) -> bool:
    """Say whether an assumption is about platforms that cannot touch the measured ones.

    Without a rival penalty and without strategies, platforms do not touch each other at all (the
    bundle logit at χ = 0), so the runs can be spared.
    """
    for arm in arms:
        coupled = arm.market.rival_penalty != 0.0
        if coupled or any(platform.strategies for platform in arm.platforms.values()):
            return False
    events = {event.id: event.platform for arm in arms for event in arm.events}
    for path in one.paths:
        owner = path.partition(".")[0]
        owner = events.get(owner.removeprefix("event:"), owner)
        if owner in platforms or not any(owner in arm.platforms for arm in arms):
            return False
    return True


def ending(scenario: Scenario, date: str) -> Scenario:
    """Return the scenario ending on the last day that is asked about."""
    return scenario.with_market(until=parse_date(date, "until"))


def measured(results: Results, measures: Sequence[Measure]) -> list[float]:
    """Return what is measured of one run; what a worker sends back."""
    return [measure.of_one(results) for measure in measures]


@contextlib.contextmanager
def lab(
    size: Size, executor: Executor | None = None, tell: Callable[[str], None] = lambda text: None
) -> Iterator[Lab]:
    """Yield a lab on the given executor, or on local processes that end with it."""
    with opened(executor) as chosen:
        yield Lab(size, chosen, tell)
