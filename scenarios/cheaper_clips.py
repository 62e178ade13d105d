"""How far, and by when, must the cost of a clip fall: 2, 5 or 10 times a year, or by experience?

Differs from the baseline in the path of Sora's unit cost after the day on which it was seen, so
adoption is the same in all arms, person by person.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.platforms.economics import DAYS_PER_YEAR
from scenarios import baseline
from scenarios.asking.bands import verdict
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
from sim.interventions import Event
from sim.scenario import Scenario

NAME = "cheaper_clips"
EVIDENCE = ("SOR072", "SOR073", "SOR074", "SOR080", "SEED009")
ASSUMPTIONS = ("A60", "A81", "A82")

CONTRIBUTION = Measure("contribution_usd", "sora", LAUNCH, END)
COST = Measure("unit_cost_usd", "sora", END, END)
REVENUE = Measure("revenue_usd", "sora", "2026-01-01", END)
CLIPS = Measure("clips", "sora", "2026-01-01", END)
SOLD = Measure("clips_pack", "sora", "2026-01-01", END)
MEASURES = (CONTRIBUTION, COST, REVENUE, CLIPS, SOLD)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the cost paths: by time (Moore), by experience (Wright), and none.

    They part where the cost was seen: before that day a faster fall would only say that clips had
    been dearer, which is no way to pay for them.
    """
    given = inputs or load_inputs()
    base = baseline.scenario(given)
    terms = base.platforms["sora"]

    def since_seen(**values: Any) -> Scenario:
        seen = terms.cost_date or terms.launch
        return base.with_event(Event(id=NAME, date=seen, platform="sora", set=values))

    return {
        "10 times a year": since_seen(moore_factor_per_year=10.0),
        "2 times a year": since_seen(moore_factor_per_year=2.0),
        "by experience (A60)": since_seen(
            learning="wright", wright_learning_rate=given.value("A60")
        ),
        "no fall": since_seen(learning="none"),
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


PAID = Number(
    "revenue per clip sold", "USD per clip",
    lambda get: get(REFERENCE, REVENUE) / np.where(get(REFERENCE, SOLD) > 0.0, get(REFERENCE, SOLD),
                                                   np.nan),
)  # fmt: skip
PAID_TIMES = Number(
    f"cost of a clip on {END} over revenue per clip sold", "times",
    lambda get: get(REFERENCE, COST) * get(REFERENCE, SOLD) / np.where(
        get(REFERENCE, REVENUE) > 0.0, get(REFERENCE, REVENUE), np.nan),
)  # fmt: skip
SOLD_PART = Number(
    "part of clips that is sold", "share", lambda get: get(REFERENCE, SOLD) / get(REFERENCE, CLIPS)
)
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
    paid, earned = found.work(PAID_TIMES), found.work(PAID)
    sold = verdict(
        paid, f"must fall {paid} to cost no more than that",
        f"costs {paid} of that and pays already",
        f"costs {paid} of that, and chance does not tell whether it pays", bar=1.0,
    )  # fmt: skip
    of_sold = (
        f" A clip that is sold earns {earned}, and {sold}: what is given away makes the rest."
        if paid.known else ""
    )  # fmt: skip
    return (
        f"{first} A clip made earns {found.work(EARNED)} and costs "
        f"{found.value(REFERENCE, COST).point}: only {found.work(SOLD_PART)} of them are "
        f"sold.{of_sold}{verdict(loss, meet, '', '')} {even} "
        f"leaves {best} to {END}, against {found.value(REFERENCE, CONTRIBUTION)} in the baseline."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
