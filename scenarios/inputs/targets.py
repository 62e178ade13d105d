"""The baseline beside the facts: what was observed, what the mechanisms give, how far apart.

What is published is in ``scenarios/data/targets.toml``, by ids of facts. Published numbers
contradict each other: beside a run two vendors that differ are a range; a fit takes one vintage.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.derivations import derived
from scenarios.inputs.known import known_on
from scenarios.inputs.readings import Over, Reading, daily_mean, jump, over_days, peak, total
from scenarios.inputs.target_file import (
    Bound,
    Definition,
    TargetEntry,
    TargetFile,
    Vendor,
    load_target_file,
)
from sim.results import Results

POOL_SHARE = "A45"


@dataclass(frozen=True)
class Target:
    """One observed number, or range, and how a run answers it.

    Parameters
    ----------
    name, unit
        For the table.
    facts
        Ids of the facts it rests on.
    low, high
        What was observed, as published; equal where there is one number.
    tolerance
        Relative distance from the range that still counts as near.
    reading
        How a run answers it: a function of what tells a metric over days, and the target itself.
    platform
        Whom it is about.
    first, last
        Days that a run must contain for it.
    id, metric
        As in the file of targets; what of the market it is.
    bound
        Whether the number is only a lower or upper bound of what was counted.
    vendor, definition
        Who counted, and what exactly.
    factor
        What is expected to be published for one in the market.
    vintage
        Version of the record that it belongs to; empty if nothing contradicts it.
    log_sd
        Standard deviation of its whole error on the log scale, the vendor's included.
    known_on
        First day on which it could be read.
    is_worldwide, pool_share
        Whether it counts the whole world, and the share of that which is the pool's, else 1.
    """

    name: str
    unit: str
    facts: tuple[str, ...]
    low: float
    high: float
    tolerance: float
    reading: Reading
    platform: str
    first: dt.date
    last: dt.date
    id: str
    metric: str
    bound: Bound
    vendor: Vendor
    definition: Definition
    factor: float
    vintage: str
    log_sd: float
    known_on: dt.date
    is_worldwide: bool
    pool_share: float

    def simulated(self, results: Results) -> float:
        """Return what a run gives for it."""
        return self.read(over_days(results))

    def read(self, over: Over) -> float:
        """Return what it is of whatever tells a metric over days, as a vendor counts it."""
        return self.reading(over, self) / self.pool_share

    def median(self, runs: Sequence[Results]) -> float:
        """Return the median of what replicates give for it."""
        return float(np.median([self.simulated(run) for run in runs]))

    def ratio(self, found: float) -> float:
        """Return 1 anywhere inside the observed range, else the ratio to its nearer end."""
        return found / self.low if found < self.low else max(found / self.high, 1.0)

    def near(self, found: float) -> bool:
        """Whether a number lies within the tolerance of what was observed."""
        return abs(self.ratio(found) - 1.0) <= self.tolerance

    def reached(self, results: Results) -> bool:
        """Whether a run contains all its days."""
        first, last = results.dates[0].date(), results.dates[-1].date()
        return first <= self.first and self.last <= last


def targets(
    inputs: Inputs | None = None, as_of: dt.date | None = None, vintage: str | None = None
) -> tuple[Target, ...]:
    """Return targets in the order of their file; numbers and dates are those of the facts.

    Parameters
    ----------
    as_of
        Only those that could be read by this day.
    vintage
        None for those shown beside a run, where a range may span two vintages. Else those that a
        fit is held to: ``""`` for the default vintage of each matter, or names joined by ``+``
        (``"first"``, ``"first+panel"``), with the defaults for matters not named.

    Raises
    ------
    UnknownNameError, ConfigError
        If there is no such vintage, or two of one matter are named.
    """
    inputs = inputs or load_inputs()
    file = load_target_file()
    if vintage is None:
        wanted = [one for one in file.targets.values() if one.is_shown]
    else:
        chosen = {"", *file.chosen(vintage)}
        wanted = [one for one in file.targets.values() if one.is_fitted and one.vintage in chosen]
    made = {one.id: _target(one, file, inputs) for one in wanted}
    if as_of is not None:
        made = {name: one for name, one in made.items() if one.known_on <= as_of}
    if vintage is not None:
        for name in list(made):
            made.pop(file.targets[name].replaces, None)
    return tuple(made.values())


def every_target(inputs: Inputs) -> tuple[Target, ...]:
    """Return the targets of all vintages, in the order of their file."""
    file = load_target_file()
    return tuple(_target(one, file, inputs) for one in file.targets.values())


def _target(entry: TargetEntry, file: TargetFile, inputs: Inputs) -> Target:
    """Return a target with its numbers and days found by id."""
    facts = inputs.facts
    over = facts[entry.over or entry.facts[-1]]
    low = derived(entry.low, facts)
    definition = file.definitions[entry.definition]
    readings: dict[str, Reading] = {
        "total": total(entry.metric),
        "daily_mean": daily_mean(entry.metric),
        # Google counts clips worldwide; the pool makes the share A45 of them.
        "pool_total": total(entry.metric),
        "jump": jump(entry.metric),
        "peak": peak(entry.metric),
    }
    return Target(
        name=entry.name,
        unit=entry.unit,
        facts=entry.facts,
        low=low,
        high=derived(entry.high, facts) if entry.high else low,
        tolerance=entry.tolerance,
        reading=readings[entry.reading],
        platform=entry.platform,
        first=over.date_start,
        last=over.last_day,
        id=entry.id,
        metric=entry.metric,
        bound=entry.bound,
        vendor=file.vendors[entry.vendor],
        definition=definition,
        factor=derived(definition.factor, facts),
        vintage=entry.vintage,
        log_sd=entry.log_sd,
        # A number that reaches beyond the facts it is made of is not known before its own days.
        known_on=max(over.last_day, *(known_on(facts[one]) for one in entry.facts)),
        is_worldwide=entry.reading == "pool_total",
        pool_share=float(inputs.value(POOL_SHARE)) if entry.reading == "pool_total" else 1.0,
    )


def compare_to_facts(results: Results) -> pd.DataFrame:
    """Return target by target: observed range, simulated, ratio to the range, near or not.

    A target whose days the run does not contain has NaN, and None for near; one about a platform
    that the scenario does not have is left out.
    """
    rows = []
    for target in targets():
        if target.platform not in results.platforms:
            continue
        reached = target.reached(results)
        found = target.simulated(results) if reached else float("nan")
        rows.append(
            {
                "target": target.name,
                "unit": target.unit,
                "facts": ", ".join(target.facts),
                "low": target.low,
                "high": target.high,
                "simulated": found,
                "ratio": target.ratio(found) if reached else found,
                "tolerance": target.tolerance,
                "near": target.near(found) if reached else None,
            }
        )
    columns = ["target", "unit", "facts", "low", "high", "simulated", "ratio", "tolerance", "near"]
    return pd.DataFrame(rows, columns=columns)
