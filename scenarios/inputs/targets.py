"""The baseline beside the facts: what was observed, what the mechanisms give, how far apart.

Published numbers contradict each other; where two vendors differ, the target is their range.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
import pandas as pd

from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.results import Results

POOL_SHARE = "A45"

#: A metric of a platform from one day to another, by its own rule (`sim.results.Results.total`).
Over: TypeAlias = Callable[[str, str, dt.date, dt.date], float]
#: What there is to say about a target, of whatever tells a metric over days.
Reading: TypeAlias = "Callable[[Over, Target], float]"


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

    def simulated(self, results: Results) -> float:
        """Return what a run gives for it."""
        return self.reading(partial(_over, results), self)

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


def targets(inputs: Inputs | None = None) -> tuple[Target, ...]:
    """Return all targets; numbers and dates are those of the facts, found by id."""
    inputs = inputs or load_inputs()
    facts = inputs.facts
    pool_share = float(inputs.value(POOL_SHARE))

    def number(fact_id: str) -> float:
        return facts[fact_id].number

    def last_day(fact_id: str) -> dt.date:
        return facts[fact_id].date_end or facts[fact_id].date_start

    def target(
        name: str,
        unit: str,
        ids: tuple[str, ...],
        tolerance: float,
        reading: Reading,
        low: float | None = None,
        high: float | None = None,
        platform: str = "sora",
    ) -> Target:
        """Make a target over the days of the last fact; its number, unless a range is given."""
        over = facts[ids[-1]]
        low = number(ids[-1]) if low is None else low
        return Target(
            name=name,
            unit=unit,
            facts=ids,
            low=low,
            high=low if high is None else high,
            tolerance=tolerance,
            reading=reading,
            platform=platform,
            first=over.date_start,
            last=last_day(ids[-1]),
        )

    # A million in under five days (SOR012), fewer a day at the end of the week (SOR007): six times
    # the daily mean of the first five days stand for the seven days of "over a million" (SOR010).
    week_one = number("SOR010") * 6.0 / number("SOR012")
    # The first vintage of the panel counted 627 k in week one (SOR009), and this many a day at its
    # end (SOR007); had it gone on so, it would have been 2.9 M. The number that went through the
    # press is 4 to 4.5 M (SOR016, SOR017).
    days_left = (last_day("SOR017") - last_day("SOR009")).days
    first_vintage = number("SOR009") + days_left * facts["SOR007"].middle
    return (
        target("installs, first day", "people", ("SOR003",), 0.25, total("installs")),
        target("installs, first week", "people", ("SOR012", "SOR010"), 0.25, total("installs"),
               low=week_one),
        target("installs to 18 Oct", "people", ("SOR015",), 0.25, total("installs")),
        target("installs to 31 Oct", "people", ("SOR007", "SOR009", "SOR016", "SOR017"), 0.25,
               total("installs"), low=first_vintage, high=number("SOR017")),
        target("Android, first day", "people", ("SOR021",), 0.25, jump("installs")),
        target("installs, November", "people", ("SOR023",), 0.25, total("installs")),
        target("installs, December", "people", ("SOR024",), 0.25, total("installs")),
        target("daily users, November", "people", ("SOR041", "SOR042"), 0.3, total("daily_active"),
               low=number("SOR041"), high=number("SOR042")),
        # Google counts clips worldwide; the pool makes the share A45 of them.
        target("Veo clips to 10 Jul", "clips", ("GOO003",), 0.3, total("clips", pool_share),
               platform="google"),
        target("Veo clips to 23 Jul", "clips", ("GOO004",), 0.3, total("clips", pool_share),
               platform="google"),
        target("Veo clips to 29 Oct", "clips", ("GOO007",), 0.3, total("clips", pool_share),
               platform="google"),
        # Without the money of ChatGPT's plans, as the fact says: packs alone.
        target("in-app spend, December", "USD", ("SOR034",), 0.4, total("packs_usd")),
    )  # fmt: skip


def total(metric: str, part: float = 1.0) -> Reading:
    """Return a metric over the days of a target (a mean of stocks), scaled from a part up."""
    return lambda over, t: over(metric, t.platform, t.first, t.last) / part


def jump(metric: str) -> Reading:
    """Return by how much a metric exceeds its mean of the two days before.

    Installs by system are not recorded; on the day that Android opens, the jump is Android's.
    """

    def measured(over: Over, target: Target) -> float:
        two_before, one_before = (target.first - dt.timedelta(days=n) for n in (2, 1))
        usual = over(metric, target.platform, two_before, one_before) / 2.0
        return over(metric, target.platform, target.first, target.first) - usual

    return measured


def _over(results: Results, metric: str, platform: str, first: dt.date, last: dt.date) -> float:
    """Return a metric of one platform over a span of days, by its own rule."""
    return float(results.total(metric, first, last)[results.platforms.index(platform)])


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
