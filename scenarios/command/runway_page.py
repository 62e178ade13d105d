"""What ``clipmarket runway`` shows: cash by date, when it is gone, and what part of the loss."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from scenarios import baseline
from scenarios.asking.bands import INSIDE, Band
from scenarios.asking.question_page import assumption_reference, fact_reference
from scenarios.claiming.cash_paths import PACE_DAYS, CashPaths
from scenarios.command.ratio_axis import tell_source
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.inputs.assumptions import load_inputs
from sim.formulas import Array
from sim.numbers import amount, brief
from sim.report.page import Exhibit, Page
from sim.report.smoothing import week_mean
from sim.report.style import INK, drawing, dress, fan, plain_number

#: What an owner puts in, and what his company loses.
PURSE, LOSS_FACTS = "A86", ("OAI008", "SEED003")
#: Further purses: what a company of this size could put in.
_MORE_PURSES = 3.0
_OF_PURSES = (
    "If the owner puts that much in before the first day. Gone: the day on which the last of it is "
    "spent, median and 90 % of markets; after the run the mean burn of its last {days} days goes "
    "on. Cash does not change what a market does; scenario stop_rule asks when an owner stops."
)
_OF_LOSS = (
    "Burn over what the whole company lost in the same days (OAI008, {loss} a quarter): median and "
    "90 % of markets."
)


def sheets(found: CashPaths) -> list[Sheet]:
    """Return both tables: by purse, and by quarter."""
    return [_purses(found), _quarters(found)]


def purses() -> list[float]:
    """Return what owners may put in: the range of the assumption, and what lies between."""
    one = load_inputs().assumptions[PURSE]
    low, high = float(one.low or 0.0), float(one.high or 0.0)
    middle = float(one.value)
    return sorted({low, low * _MORE_PURSES, middle, middle * _MORE_PURSES, high})


def _purses(found: CashPaths) -> Sheet:
    rows = []
    for purse in purses():
        days = found.days_left(purse)
        low, middle, high = _dates(found, days)
        rows.append([
            Cell(amount(purse, "USD")), Cell(middle), Cell(f"{low} to {high}"),
            Cell(f"{int(found.is_gone(purse).sum())} of {len(days)}"),
        ])  # fmt: skip
    columns = [
        Heading("put in", is_number=False), Heading("gone on"), Heading("90 %"),
        Heading(f"gone by {found.last}"),
    ]  # fmt: skip
    return Sheet("How long a purse lasts", columns, rows, _OF_PURSES.format(days=PACE_DAYS))


def _dates(found: CashPaths, days: Array) -> tuple[str, str, str]:
    """Return the band of dates; infinite days are told as never."""
    ends = np.quantile(days, [(1 - INSIDE) / 2, 0.5, (1 + INSIDE) / 2], method="inverted_cdf")
    low, middle, high = (_said(found, float(one)) for one in ends)
    return low, middle, high


def _said(found: CashPaths, days: float) -> str:
    day = found.date_of(days)
    if day is None:
        return "never"
    return str(day) if day <= found.last else f"{day:%Y-%m}"


def _quarters(found: CashPaths) -> Sheet:
    rows = []
    for name, since, until in found.quarters():
        burn = Band.of(_sum(found, since, until), "USD")
        part = Band.of(found.of_loss(since, until), "share")
        rows.append([Cell(name), Cell(str(burn)), Cell(str(part))])
    columns = [Heading("quarter", is_number=False), Heading("burn"), Heading("of the loss")]
    loss = amount(load_inputs().facts["OAI008"].number, "USD")
    return Sheet("Share of the quarterly loss", columns, rows, _OF_LOSS.format(loss=loss))


def _sum(found: CashPaths, since: dt.date, until: dt.date) -> Array:
    first, last = ((one - found.first).days for one in (since, until))
    return np.asarray(found.burn[:, first : last + 1].sum(axis=1))


@drawing()
def chart(found: CashPaths, color: str, source: str) -> Figure:
    """Return cash left, what is spent beside purses, and the share of the loss, by date."""
    figure = Figure(figsize=(9.0, 9.6), layout="constrained")
    left, spent, part = figure.subplots(3, 1, sharex=True)
    purse = float(load_inputs().value(PURSE))
    dress(left, f"Cash left of {amount(purse, 'USD')} put in ({PURSE})", "USD")
    shown = slice((found.launch - found.first).days, None)
    fan(left, found.dates[shown], purse - found.spent[:, shown], color)
    left.axhline(0.0, color=INK, linewidth=0.8)
    dress(spent, "Spent so far, and purses it would empty", "USD")
    fan(spent, found.dates[shown], found.spent[:, shown], color)
    top = float(np.quantile(found.spent[:, -1], 0.975))
    for one in purses():
        if one <= 1.3 * top:
            spent.axhline(one, color=INK, linewidth=0.8, linestyle=":")
            spent.annotate(amount(one, "USD"), (found.dates[shown][0], one), fontsize=8,
                           verticalalignment="bottom")  # fmt: skip
    dress(part, "Burn as a share of the whole company's loss, means of a week", "share")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (week_mean(found.burn.T) / week_mean(found.loss.T)).T
    fan(part, found.dates[shown], ratio[:, shown], color)
    part.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{plain_number(100.0 * v)} %"))
    tell_source(figure, source)
    return figure


def headline(found: CashPaths) -> str:
    """Return the answer in a sentence: when cash is gone, and what part of the loss it is."""
    inputs = load_inputs()
    purse = float(inputs.value(PURSE))
    low, middle, high = _dates(found, found.days_left(purse))
    name, since, until = _heaviest(found)
    part = Band.of(found.of_loss(since, until), "share")
    when = f"would be gone in {middle} (90 %: {low} to {high})"
    if middle == "never":
        when = f"lasts for good in the median market (90 %: {low} to {high})"
    said = f"With {amount(purse, 'USD')} put in ({PURSE}), cash {when}"
    if not np.isfinite(part.middle):
        return f"{said}."
    return (
        f"{said}; in the heaviest quarter, {name}, the burn is {part} of what the whole company "
        "loses."
    )


def _heaviest(found: CashPaths) -> tuple[str, dt.date, dt.date]:
    """Return the quarter of the highest median burn."""
    return max(found.quarters(), key=lambda one: float(np.median(_sum(found, one[1], one[2]))))


def more(found: CashPaths) -> str:
    """Say how the answer hangs on the purse, which nothing published tells."""
    inputs = load_inputs()
    one = inputs.assumptions[PURSE]
    n = len(found.cash)
    ends = [
        f"with {amount(float(end or 0.0), 'USD')} it is gone by {found.last} in "
        f"{int(found.is_gone(float(end or 0.0)).sum())}"
        for end in (one.low, one.high)
    ]
    spent = Band.of(found.spent[:, -1], "USD")
    return (
        f"How much the owner puts in was never published. Of {n} markets that agree with what was, "
        f"{' of them, '.join(ends)}. By then {spent} are spent in all, and a day costs "
        f"{brief(float(np.median(found.burn[:, -PACE_DAYS:].mean(axis=1))))} USD more than it "
        "brings (median)."
    )


def page(
    found: CashPaths, tables: Sequence[Sheet], platform: str, source: str, about: dict[str, Any]
) -> Page:
    """Return the page of a runway."""
    inputs, config = load_inputs(), baseline.scenario().platforms[platform]
    text = "Median, and bands of 50, 80 and 95 % of fitted markets."
    alt = "Cash left, cash spent, and burn as a share of the company's loss, by date."
    exhibits = [
        Exhibit("Cash by date", text, chart(found, config.color, source), alt=alt, wide=True)
    ]
    exhibits += [exhibit_of(sheet) for sheet in tables]
    return Page(
        title=f"Runway of {config.label}",
        question=f"How long can {config.label} be paid for, and what part of the loss is it?",
        headline=headline(found),
        more=more(found),
        exhibits=exhibits,
        assumptions=[assumption_reference(inputs, PURSE)],
        evidence=[fact_reference(inputs, one) for one in LOSS_FACTS],
        manifest=about,
    )
