"""What every scenario with a question shares: its arms, what is measured, and the answer.

A scenario module has ``NAME``, a docstring whose first line is the question, ``EVIDENCE`` (fact
ids), ``ASSUMPTIONS`` (ids), ``MEASURES``, ``variants(inputs)`` and ``answer(found)``. It may have
``reference(inputs)`` (else the baseline), ``NUMBER`` (else the change of the first measure),
``inputs()`` (else the shipped data) and ``exhibits(found, lab)`` (more charts and tables).
docs/SCENARIOS.md shows how to write one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from scenarios import baseline, first_line
from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.sizing import build_market
from sim.config import parse_date
from sim.errors import ConfigError
from sim.metrics import metric_of
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.execution import Execution
    from sim.experiments import Ensemble
    from sim.market import Market
    from sim.results import Results

Values: TypeAlias = npt.NDArray[np.float64]
#: Name of the arm that all others are compared with.
REFERENCE = "baseline"
#: First and last day of most questions: Sora's launch, and half a year on.
LAUNCH, END = "2025-09-30", "2026-03-31"

_WORDS = {
    "USD/day": "USD", "people/day": "people", "clips/day": "clips", "user-days/day": "days of use",
    "packs/day": "packs", "codes/day": "codes", "GPU-hours/day": "GPU-hours",
}  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """One metric of one platform over a period, as one number per run.

    Flows are summed, stocks taken at the end, means averaged, ratios formed of the period's sums,
    as the monthly tables do.

    Parameters
    ----------
    metric, platform
        From the catalogue of metrics; a platform of the scenario.
    since, date
        First and last day, such as ``"2025-12-01"``.
    """

    metric: str
    platform: str
    since: str
    date: str

    def __post_init__(self) -> None:
        metric_of(self.metric)
        if parse_date(self.since, "since") > parse_date(self.date, "date"):
            raise ConfigError(f"since = {self.since}: must not be after date = {self.date}.")

    @property
    def unit(self) -> str:
        """Unit of the number, in words."""
        declared = metric_of(self.metric)
        if declared.monthly == "sum" and self.since != self.date:
            return _WORDS.get(declared.unit, declared.unit)
        return "" if declared.unit == "new users per new user" else declared.unit

    @property
    def text(self) -> str:
        """What it is, for tables and axes."""
        monthly = metric_of(self.metric).monthly
        words = self.metric.removesuffix("_usd").replace("_", " ")
        mean = "mean per day, " if monthly == "mean" and self.since != self.date else ""
        one_day = monthly == "last" or self.since == self.date
        when = self.date if one_day else f"{self.since} to {self.date}"
        return f"{words} of {self.platform.capitalize()}, {mean}{when}"

    def of(self, runs: Ensemble) -> Values:
        """Return (replicates,) values from an ensemble."""
        return runs.total(self.metric, self.platform, self.since, self.date)

    def of_one(self, results: Results) -> float:
        """Return the value of a single run."""
        totals = results.total(self.metric, self.since, self.date)
        return float(totals[results.platforms.index(self.platform)])


class Asked(NamedTuple):
    """What a number is made from: measures of arms, and the inputs behind them.

    Parameters
    ----------
    values
        Function of (arm, measure) to (replicates,).
    inputs
        Facts, and assumptions at the values of this run.
    """

    values: Callable[[str, Measure], Values]
    inputs: Inputs

    def __call__(self, arm: str, measure: Measure) -> Values:
        """Return (replicates,) values of an arm."""
        return self.values(arm, measure)


@dataclass(frozen=True)
class Number:
    """The one number of an answer.

    Parameters
    ----------
    text, unit
        What it is, and in what; "share" is written in percent.
    of
        Function of `Asked` to (replicates,).
    signed
        A change, written with its sign.
    """

    text: str
    unit: str
    of: Callable[[Asked], Values]
    signed: bool = False


@dataclass(frozen=True)
class Question:
    """A scenario module, read once."""

    name: str
    asks: str
    text: str
    evidence: tuple[str, ...]
    assumptions: tuple[str, ...]
    measures: tuple[Measure, ...]
    number: Number
    variants: Callable[[Inputs], Mapping[str, Scenario]]
    reference: Callable[[Inputs], Scenario]
    inputs: Callable[[], Inputs]
    answer: Callable[[Any], str]
    exhibits: Callable[[Any, Any], list[Any]]

    def arms(self, inputs: Inputs | None = None) -> dict[str, Scenario]:
        """Return the reference and all variants, by label."""
        chosen = inputs or self.inputs()
        return {REFERENCE: self.reference(chosen), **self.variants(chosen)}

    @property
    def until(self) -> str:
        """Last day that anything is measured on."""
        return max(measure.date for measure in self.measures)


def read(module: ModuleType) -> Question:
    """Return the question of a scenario module.

    Raises
    ------
    ConfigError
        If it lacks one of the parts, or names a fact or assumption that does not exist.
    """
    for part in ("NAME", "MEASURES", "variants", "answer"):
        if not hasattr(module, part):
            raise ConfigError(
                f"{module.__name__}: has no {part}, so there is nothing to report. See "
                "docs/SCENARIOS.md, or run it with: run."
            )
    inputs = getattr(module, "inputs", load_inputs)
    found = inputs()
    for fact in getattr(module, "EVIDENCE", ()):
        found.facts[fact]
    for assumption in getattr(module, "ASSUMPTIONS", ()):
        found.value(assumption)
    return Question(
        name=module.NAME,
        asks=first_line(module),
        text=(module.__doc__ or "").strip().partition("\n")[2].strip(),
        evidence=tuple(getattr(module, "EVIDENCE", ())),
        assumptions=tuple(getattr(module, "ASSUMPTIONS", ())),
        measures=tuple(module.MEASURES),
        number=getattr(module, "NUMBER", None) or _change(module),
        variants=module.variants,
        reference=getattr(module, "reference", baseline.scenario),
        inputs=inputs,
        answer=module.answer,
        exhibits=getattr(module, "exhibits", lambda found, lab: []),
    )


def _change(module: ModuleType) -> Number:
    """Return the change that the first variant brings to the first measure."""
    first = module.MEASURES[0]
    arm = next(iter(module.variants(None)))
    return Number(
        f"change of {first.text}",
        first.unit,
        lambda get: get(arm, first) - get(REFERENCE, first),
        signed=True,
    )


def main_arm(variants: Mapping[str, Scenario], name: str) -> Scenario:
    """Return the first variant under the question's own name: what ``run NAME`` runs."""
    return next(iter(variants.values())).renamed(name)


def builder(scenario: Callable[[], Scenario]) -> Callable[..., Market]:
    """Return the ``build`` function of a scenario module."""

    def build(
        n_users: int = 100_000,
        seed: int = 1,
        n_people: float | None = None,
        graph: str | None = None,
        execution: Execution | None = None,
    ) -> Market:
        """Return a market of the scenario, ready to run."""
        return build_market(scenario(), n_users, seed, n_people, graph, execution)

    return build
