"""When should a rational owner stop?

Differs from the baseline in a rule on which the service is closed: so many days in a row without
contribution, or so much cash spent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from agents.platforms.economics import DAYS_PER_YEAR
from scenarios import baseline
from scenarios.asking.bands import Band, verdict
from scenarios.asking.findings import Findings
from scenarios.asking.question import (
    END,
    LAUNCH,
    REFERENCE,
    Asked,
    Measure,
    Number,
    Values,
    builder,
    main_arm,
)
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.numbers import amount
from sim.platform_config import StrategyConfig
from sim.scenario import Scenario

NAME = "stop_rule"
EVIDENCE = ("SEED001", "SEED002", "SEED003", "SOR080", "SOR081", "OAI008")
ASSUMPTIONS = ("A5", "A7", "A68", "A86")

CASH = Measure("cash_usd", "sora", LAUNCH, END)
CONTRIBUTION = Measure("contribution_usd", "sora", LAUNCH, END)
DAYS = Measure("active_days", "sora", LAUNCH, END)
REVENUE = Measure("revenue_usd", "sora", "2026-01-01", END)
CLIPS = Measure("clips", "sora", "2026-01-01", END)
COST = Measure("unit_cost_usd", "sora", END, END)
RUNWAY = Measure("runway_days", "sora", "2026-03-01", END)
OF_LOSS = Measure("burn_of_owner_loss", "sora", "2026-03-01", END)
MEASURES = (CASH, CONTRIBUTION, DAYS, REVENUE, CLIPS, COST, RUNWAY, OF_LOSS)
#: Days without contribution, and USD, after which the owner stops.
PATIENCE, PURSES = (30, 60, 90, 120), (10e6, 50e6, 100e6)
_QUARTER_DAYS = 90


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return owners by patience and by purse."""
    base = baseline.scenario(inputs or load_inputs())

    def stopping(**rule: float) -> Scenario:
        strategy = StrategyConfig(name="stop_rule", parameters=rule)
        sora = base.platforms["sora"].changed(NAME, strategies=(strategy,))
        return base.with_platform("sora", sora)

    patient = {
        f"after {days} days of loss": stopping(patience_days=days, min_cash_usd=-1e12)
        for days in PATIENCE
    }
    opening = base.platforms["sora"].opening_cash_usd
    purses = {
        f"after ${usd / 1e6:g} M spent": stopping(min_cash_usd=opening - usd) for usd in PURSES
    }
    return {**patient, **purses}


def scenario() -> Scenario:
    """Return the owner of least patience."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def cheaper_per_year(inputs: Inputs) -> float:
    """Return how many times cheaper a clip gets in a year, as its maker expects (SOR080)."""
    return float(baseline.scenario(inputs).platforms["sora"].moore_factor_per_year)


def _value(get: Asked) -> Values:
    """Return the value of going on: use and revenue stay, cost falls as it did, for ever.

    R/ρ - C/(ρ + γ), with R and C a year's revenue and compute, ρ the log discount, γ = ln(factor).
    """
    year = DAYS_PER_YEAR / _QUARTER_DAYS
    revenue = get(REFERENCE, REVENUE) * year
    compute = get(REFERENCE, CLIPS) * year * get(REFERENCE, COST)
    fall = math.log(cheaper_per_year(get.inputs))
    discount = math.log1p(float(get.inputs.value("A68")))
    return np.asarray(revenue / discount - compute / (discount + fall))


NUMBER = Number(f"value of going on after {END}", "USD", _value)
WORTH = Number(
    "what a day of use must be worth to the owner beyond its revenue", "USD",
    lambda get: -get(REFERENCE, CONTRIBUTION) / get(REFERENCE, DAYS),
)  # fmt: skip


def stopped_on(found: Findings, arm: str) -> str:
    """Say on which day an arm's service ends: the median, and whether it ends at all."""
    runs = found.ensembles[arm]
    p = list(runs.platforms).index("sora")
    used = runs.array("daily_active")[:, :, p] > 0.0
    last = used.shape[1] - 1 - np.argmax(used[:, ::-1], axis=1)
    end, band = used.shape[1] - 1, Band.of(last)
    first, day = (f"on {runs.dates[int(i)].date()}" for i in (band.low, band.middle))
    unclear = f"{first} at the earliest or not at all"
    return verdict(band, "not at all", day, unclear, bar=end - 0.5)


def answer(found: Findings) -> str:
    """Phrase whether going on pays, and what each kind of owner does."""
    value = found.number
    rule = verdict(value, "should go on", "should have stopped by then",
                   "cannot tell from this whether to stop")  # fmt: skip
    patient = f"after {PATIENCE[-1]} days of loss"
    return (
        f"An owner who counts only the app's own money, and expects use and revenue to stay and "
        f"cost to go on falling {cheaper_per_year(found.inputs):g}-fold a year, {rule}: going on "
        f"after {END} is worth {value}. To "
        f"have gone on until then he must have held each day of use to be worth "
        f"{found.work(WORTH)} to him. With patience for {PATIENCE[0]} days of loss he stops "
        f"{stopped_on(found, f'after {PATIENCE[0]} days of loss')}, for {PATIENCE[-1]} days "
        f"{stopped_on(found, patient)}, having left {found.value(patient, CASH).point} of "
        f"{amount(float(found.inputs.value('A86')), 'USD')} (A86). At the burn of March the purse "
        f"would last {found.value(REFERENCE, RUNWAY)}; it is {found.value(REFERENCE, OF_LOSS)} of "
        f"what the whole company lost in the same time (OAI008)."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
