"""Whether the market tips: users who bring more than one user each, or a start that decides.

Asked over how strongly friends' clips act (A16), what friends who are there are worth (A24) and
what a rival costs (A9). A head start that does not fade is hysteresis: two starts, two ends.
"""

from __future__ import annotations

import math
from itertools import product
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from scenarios.asking.bands import Band, verdict
from scenarios.asking.findings import Findings
from scenarios.asking.frontiers import crossing
from scenarios.asking.lab import Lab
from scenarios.asking.question import END, Measure, Values
from scenarios.asking.question_page import source_text
from scenarios.asking.swings import ending
from sim.numbers import brief
from sim.report.bands import heat
from sim.report.page import Exhibit, Table
from sim.scenario import Scenario

#: How far ahead a start is soon after access is free, and at the end.
SOON = Measure("daily_active", "sora", "2025-11-01", "2025-11-30")
LATE = Measure("daily_active", "sora", "2026-03-01", END)
#: Assumptions that could tip it, each at its low end, its value and its high end.
STRENGTH, PRESENCE, RIVALRY = "A16", "A24", "A9"
#: A head start: so many times the press at launch.
HEAD_START = 5.0
#: Friends' strength beyond its range, in high ends: where it would tip if nowhere else.
BEYOND = (1.0, 4.0, 16.0, 64.0)


class Worlds(NamedTuple):
    """Values of the three assumptions, and the scenario from a low and from a high start."""

    values: tuple[float, ...]
    low: Scenario
    high: Scenario


def worlds(found: Findings) -> list[Worlds]:
    """Return all combinations of ends and middles, rivals at their ends alone."""
    known = found.inputs.assumptions
    steps = {
        one: sorted({float(v) for v in (known[one].low, known[one].value, known[one].high)
                     if v is not None})
        for one in (STRENGTH, PRESENCE)
    }  # fmt: skip
    steps[RIVALRY] = sorted({known[RIVALRY].low or 0.0, known[RIVALRY].high or 0.0})
    return [
        Worlds(values, low, low.set("sora.press_per_day",
                                    HEAD_START * low.platforms["sora"].press_per_day))
        for values in product(*(steps[one] for one in (STRENGTH, PRESENCE, RIVALRY)))
        for low in [_world(found, values)]
    ]  # fmt: skip


def _world(found: Findings, values: tuple[float, ...]) -> Scenario:
    inputs = found.inputs
    for one, value in zip((STRENGTH, PRESENCE, RIVALRY), values, strict=True):
        inputs = inputs.with_value(one, value)
    return ending(found.question.reference(inputs), END)


def kept(low: dict[Measure, Values], high: dict[Measure, Values]) -> Values:
    """Return what is left at the end of a head start, in logs: 0 nothing, 1 all, above 1 it grew.

    NaN where there was none to begin with.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        soon, late = (np.log(high[one] / low[one]) for one in (SOON, LATE))
        return np.asarray(np.where(soon > 0.0, late / soon, np.nan))


def tipping(found: Findings, lab: Lab, first: Measure) -> Exhibit:
    """Return the map of the k-factor, and what becomes of a head start, over what could tip it.

    Parameters
    ----------
    first
        The k-factor of those who start first.
    """
    asked, replicates = worlds(found), max(lab.size.assumption_replicates, 1)
    runs = [one for world in asked for one in (world.low, world.high)]
    numbers = lab.numbers(runs, (first, SOON, LATE), replicates)
    lows, highs = numbers[::2], numbers[1::2]
    k = [Band.of(low[first]) for low in lows]
    left = [Band.of(kept(low, high), "share") for low, high in zip(lows, highs, strict=True)]
    most = int(np.nanargmax([band.middle for band in k]))
    firm = int(np.nanargmax([-np.inf if np.isnan(band.middle) else band.middle for band in left]))
    tips = verdict(
        k[most], "there each brings more than one, and the market tips by contagion",
        "nowhere does it reach 1, so the market does not tip by contagion",
        "chance does not tell whether it reaches 1, where the market would tip", bar=1.0,
    )  # fmt: skip
    stays = verdict(
        left[firm], "it grows there: where it starts decides where it ends",
        "it fades everywhere, and different starts move toward the same end",
        "chance does not tell whether it fades there", bar=1.0,
    )  # fmt: skip
    text = (
        f"Offspring of each who starts in Sora's first month (k-factor), over the ranges of "
        f"{STRENGTH}, {PRESENCE} and {RIVALRY}: at most {k[most]} ({_named(asked[most])}); "
        f"{tips}. Of the head start that {HEAD_START:g} times the press gives, at most "
        f"{left[firm]} is left in March ({_named(asked[firm])}; in logs of daily users, against "
        f"November): {stays}. {_beyond(found, lab, first, replicates)}"
    )
    rows = [
        [*(f"{value:g}" for value in world.values), str(k_of), str(left_of)]
        for world, k_of, left_of in zip(asked, k, left, strict=True)
    ]
    return Exhibit(
        "Tipping map", text, _map(found, asked, k),
        Table([STRENGTH, PRESENCE, RIVALRY, "k-factor", "of a head start left in March"], rows),
    )  # fmt: skip


def _named(world: Worlds) -> str:
    names = (STRENGTH, PRESENCE, RIVALRY)
    return ", ".join(f"{one} = {v:g}" for one, v in zip(names, world.values, strict=True))


def _beyond(found: Findings, lab: Lab, first: Measure, replicates: int) -> str:
    """Say how strong friends would have to be for k to reach 1, all else as in the baseline."""
    high = float(found.inputs.assumptions[STRENGTH].high or 1.0)
    strengths = [times * high for times in BEYOND]
    grid = [
        ending(found.question.reference(found.inputs.with_value(STRENGTH, one)), END)
        for one in strengths
    ]
    k = [float(np.median(n[first])) for n in lab.numbers(grid, (first,), replicates)]
    edge = crossing(strengths, k, 1.0)
    if not math.isnan(edge):
        return (
            f"All else as in the baseline, k reaches 1 at a strength of about {brief(edge)}, "
            f"{brief(edge / high)} times the high end of {STRENGTH}."
        )
    if k[0] >= 1.0:
        return f"All else as in the baseline, k is {brief(k[0])} at the high end of {STRENGTH}."
    return (
        f"All else as in the baseline, k is {brief(k[-1])} even at {BEYOND[-1]:g} times the high "
        f"end of {STRENGTH}."
    )


def _map(found: Findings, asked: list[Worlds], k: list[Band]) -> Figure:
    """Draw k over the first two assumptions, rivals as costly as they can be least."""
    x, y = (sorted({world.values[i] for world in asked}) for i in (0, 1))
    least = min(world.values[2] for world in asked)
    value = {w.values[:2]: b.middle for w, b in zip(asked, k, strict=True) if w.values[2] == least}
    grid = np.array([[value[strength, presence] for strength in x] for presence in y])
    return heat(
        grid, x, y, "k-factor of Sora, first month", f"{STRENGTH}: strength of friends",
        f"{PRESENCE}: worth of friends there [log odds]", source_text(found), percent=False,
    )  # fmt: skip
