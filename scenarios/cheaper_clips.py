"""How far, and by when, must the cost of a clip fall: 2, 5 or 10 times a year, or by experience?

Differs from the baseline in the path of Sora's unit cost alone, so adoption is the same in all
arms, person by person.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

import numpy as np

from agents.platforms.economics import DAYS_PER_YEAR
from scenarios import baseline
from scenarios.asking.findings import Findings, verdict
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
from sim.scenario import Scenario

NAME = "cheaper_clips"
EVIDENCE = ("SOR072", "SOR073", "SOR074", "SOR080", "SEED009")
ASSUMPTIONS = ("A60",)

CONTRIBUTION = Measure("contribution_usd", "sora", LAUNCH, END)
COST = Measure("unit_cost_usd", "sora", END, END)
REVENUE = Measure("revenue_usd", "sora", "2026-01-01", END)
CLIPS = Measure("clips", "sora", "2026-01-01", END)
MEASURES = (CONTRIBUTION, COST, REVENUE, CLIPS)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the cost paths: by time (Moore), by experience (Wright), and none."""
    given = inputs or load_inputs()
    base = baseline.scenario(given)
    wright = base.set("sora.learning", "wright")
    wright = wright.set("sora.wright_learning_rate", given.value("A60"))
    return {
        "10 times a year": base.set("sora.moore_factor_per_year", 10.0),
        "2 times a year": base.set("sora.moore_factor_per_year", 2.0),
        "by experience (A60)": wright,
        "no fall": base.set("sora.learning", "none"),
    }


def scenario() -> Scenario:
    """Return a cost that falls tenfold a year."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def _times(get: Asked) -> Values:
    earned = get(REFERENCE, REVENUE) / get(REFERENCE, CLIPS)
    return get(REFERENCE, COST) / np.where(earned > 0.0, earned, np.nan)


NUMBER = Number(f"cost of a clip on {END} over revenue per clip made", "times", _times)
EARNED = Number(
    "revenue per clip made", "USD per clip",
    lambda get: get(REFERENCE, REVENUE) / get(REFERENCE, CLIPS),
)  # fmt: skip


LOSS = Number(
    "cost of a clip less its revenue", "USD per clip",
    lambda get: get(REFERENCE, COST) - get(REFERENCE, REVENUE) / get(REFERENCE, CLIPS),
)  # fmt: skip


def break_even_date(times: float, factor_per_year: float, since: str = END) -> str:
    """Return the day on which a cost that falls by a factor a year has fallen so many times."""
    if not times > 1.0:
        return since
    days = DAYS_PER_YEAR * math.log(times) / math.log(factor_per_year)
    return (dt.date.fromisoformat(since) + dt.timedelta(days=round(days))).strftime("%B %Y")


def answer(found: Findings) -> str:
    """Phrase how far and by when."""
    times, loss = found.number, found.work(LOSS)
    when = [f"{break_even_date(times.middle, f)} at {f:g} times a year" for f in (2.0, 5.0, 10.0)]
    best = found.value("10 times a year", CONTRIBUTION)
    must = (
        f"After {END} the cost of a clip must fall another {times} before clips pay for themselves "
        f"at the prices charged."
    )
    meet = f" If use and revenue stay as they are, costs meet in {when[0]}, {when[1]} or {when[2]}."
    if not times.known:
        must, meet = "At the prices charged clips earn nothing, and pay at no cost.", ""
    first = verdict(
        loss, must,
        f"By {END} clips pay for themselves at the prices charged: they cost {times} what they "
        f"earn.",
        f"Whether clips pay for themselves at the prices charged by {END}, chance does not tell: "
        f"they cost {times} what they earn.",
    )  # fmt: skip
    even = verdict(best, "Tenfold a year", "Even tenfold a year", "Tenfold a year")
    return (
        f"{first} A clip made earns {found.work(EARNED)} and costs "
        f"{found.value(REFERENCE, COST).point}.{verdict(loss, meet, '', '')} {even} "
        f"leaves {best} to {END}, against {found.value(REFERENCE, CONTRIBUTION)} in the baseline."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
