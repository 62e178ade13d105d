"""What ``clipmarket calibrate`` shows: what was published and what the fit makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scenarios.command.calibrate_chart import BAND, chart
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.fitting.calibration import TAUGHT, Fit, places_of
from scenarios.fitting.measured import MOST_OFF, read_targets
from scenarios.fitting.observation import draw_observations
from scenarios.inputs.assumptions import load_inputs
from sim.formulas import Array
from sim.numbers import brief
from sim.report.page import Exhibit, Page

#: Numbers as they may be published, of each member.
_PUBLISHED_EACH = 20
_OF_TARGETS = (
    "Bands hold 90 %: of prior markets, of fitted markets, and of what vendors may publish of "
    "fitted markets, errors of counting included. Inside: whether what was published lies in the "
    "last. Numbers of another vintage are no part of the fit."
)
_OF_PARAMETERS = (
    "Spread: standard deviation after the fit over that before, on the scale of the prior; 1 where "
    "nothing was learned. Only assumptions whose spread fell below {taught:g} are listed; the "
    "other {others} keep about what was believed of them: the data do not tell."
)


def readings(found: Fit) -> pd.DataFrame:
    """Return, by target, what was published and the bands of prior and fitted markets."""
    fitted = set(places_of(found.held))
    published = _as_published(found)
    rows: list[dict[str, Any]] = []
    for k, one in enumerate(read_targets()):
        row: dict[str, Any] = {
            "target": one.id, "name": one.name, "unit": one.unit, "facts": ", ".join(one.facts),
            "vintage": one.vintage, "bound": one.bound, "is_fitted": k in fitted,
            "low": one.low, "high": one.high,
        }  # fmt: skip
        for what, drawn in (
            ("prior", found.prior_readings[:, k]),
            ("fitted", found.readings[:, k]),
            ("published", published.get(one.id, np.full(1, np.nan))),
        ):
            ends = _quantiles(drawn)
            row |= {f"{what}_{q}": end for q, end in zip(BAND, ends, strict=True)}
        rows.append(row)
    return pd.DataFrame(rows)


def fit_quality(found: Fit) -> tuple[float, float]:
    """Return how far fitted readings are from what was published, and how much lies inside.

    The mean distance of their middle (absolute log, 0 within a range or beyond a bound), and the
    part of the published numbers within the 90 % band of what may be published.
    """
    table = readings(found)
    rows = table[table["is_fitted"]].to_dict("records")
    off = []
    for row in rows:
        low, high = _ends(row)
        ratio = row["fitted_0.5"] / np.clip(row["fitted_0.5"], low, high)
        # A market that gives nothing is as far off as a fit takes it to be.
        off.append(min(abs(np.log(ratio)), MOST_OFF) if ratio > 0.0 else MOST_OFF)
    return float(np.mean(off)), float(np.mean([_inside(row) for row in rows]))


def _as_published(found: Fit) -> dict[str, Array]:
    """Return what vendors may publish of the fitted markets, by target of the fit."""
    places = places_of(found.held)
    rng = np.random.default_rng(0)
    drawn = draw_observations(found.readings[:, places], found.held, _PUBLISHED_EACH, rng)
    flat = drawn.reshape(-1, len(places))
    return {one.id: flat[:, k] for k, one in enumerate(found.held.targets)}


def _quantiles(drawn: Array) -> Array:
    kept = drawn[np.isfinite(drawn)]
    return np.quantile(kept, BAND) if kept.size else np.full(len(BAND), np.nan)


def spreads(found: Fit) -> pd.DataFrame:
    """Return, by assumption, its bands and how far its spread fell, the most taught first."""
    inputs = load_inputs()
    rows = []
    for k, one in enumerate(found.priors):
        low, middle, high = np.quantile(found.values[:, k], BAND)
        paths = inputs.assumptions[one.id].paths
        rows.append({
            "assumption": one.id, "sets": paths[0], "unit": inputs.assumptions[one.id].unit,
            "value": float(inputs.value(one.id)), "prior_low": one.low, "prior_high": one.high,
            "low": low, "median": middle, "high": high, "spread": found.spreads[k],
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values("spread", ignore_index=True)


def sheets(found: Fit, read: pd.DataFrame) -> list[Sheet]:
    """Return all tables: what was published beside the fit (`readings`), and what was learned."""
    return [_targets(read), _parameters(spreads(found))]


def _targets(table: pd.DataFrame) -> Sheet:
    rows = []
    for row in table[table["is_fitted"]].to_dict("records"):
        low, high = row["low"], row["high"]
        ends = brief(low) if low == high else f"{brief(low)} – {brief(high)}"
        word = {"at_least": "≥ ", "at_most": "≤ "}.get(row["bound"], "")
        inside = _inside(row)
        rows.append([
            Cell(row["name"]), Cell(row["facts"]), Cell(f"{word}{ends} {row['unit']}"),
            _band(row, "prior"), _band(row, "fitted"), _band(row, "published"),
            Cell("yes" if inside else "no", holds=inside),
        ])  # fmt: skip
    columns = [
        Heading("target", is_number=False), Heading("fact ids", is_number=False, is_folded=True),
        Heading("published"), Heading("prior", is_spared=True), Heading("fitted"),
        Heading("as published", is_spared=True), Heading("inside", is_number=False),
    ]  # fmt: skip
    return Sheet("What was published, and the fit", columns, rows, _OF_TARGETS)


def _inside(row: dict[Any, Any]) -> bool:
    """Whether what was published, or any of its range, lies in the band of what may be."""
    low, high = _ends(row)
    return bool(low <= row["published_0.95"] and high >= row["published_0.05"])


def _ends(row: dict[Any, Any]) -> tuple[float, float]:
    """Return the ends of what was published, infinite where there is only a bound."""
    low = -np.inf if row["bound"] == "at_most" else row["low"]
    high = np.inf if row["bound"] == "at_least" else row["high"]
    return low, high


def _band(row: dict[Any, Any], what: str) -> Cell:
    low, middle, high = (brief(row[f"{what}_{q}"], 3) for q in BAND)
    return Cell(middle, f"({low} – {high})")


def _parameters(table: pd.DataFrame) -> Sheet:
    taught = table[table["spread"] < TAUGHT]
    rows = [
        [
            Cell(row["assumption"]), Cell(row["sets"]), Cell(brief(row["value"], 3)),
            Cell(f"{brief(row['prior_low'], 3)} – {brief(row['prior_high'], 3)}"),
            Cell(brief(row["median"], 3), f"({brief(row['low'], 3)} – {brief(row['high'], 3)})"),
            Cell(f"{row['spread']:.2f}"),
        ]
        for row in taught.to_dict("records")
    ]  # fmt: skip
    columns = [
        Heading("id", is_number=False), Heading("sets", is_number=False, is_folded=True),
        Heading("baseline", is_spared=True), Heading("prior range"), Heading("fitted"),
        Heading("spread"),
    ]  # fmt: skip
    note = _OF_PARAMETERS.format(taught=TAUGHT, others=len(table) - len(taught))
    return Sheet("What the data taught", columns, rows, note)


def said_inside(read: pd.DataFrame) -> str:
    """Say how many published numbers lie in their band.

    Parameters
    ----------
    read
        As of `readings`.
    """
    rows = read[read["is_fitted"]].to_dict("records")
    inside = sum(_inside(row) for row in rows)
    return (
        f"Of {len(rows)} published numbers, {inside} lie within the 90 % band of what vendors may "
        "publish of fitted markets."
    )


def missed(found: Fit) -> list[str]:
    """Return the names of published numbers that lie outside of their band."""
    read = readings(found)
    return [row["name"] for row in read[read["is_fitted"]].to_dict("records") if not _inside(row)]


def page(found: Fit, read: pd.DataFrame, tables: list[Sheet], name: str) -> Page:
    """Return the page of a fit.

    Parameters
    ----------
    read
        As of `readings`.
    name
        Of the fit: structure, vintage, day.
    """
    fitted = read[read["is_fitted"]]
    exhibits = [exhibit_of(sheet) for sheet in tables]
    text = "Each band holds 90 %; 1 is what was published, of a range its middle."
    alt = "For each target, prior and fitted markets as a ratio to what was published."
    exhibits.insert(0, Exhibit("Markets over what was published", text, chart(fitted), alt=alt))
    return Page(
        title=f"Calibration: {name}",
        question="Which markets agree with everything that was published?",
        headline=said_inside(read),
        exhibits=exhibits,
        manifest={"members": len(found.scores), "fit": name},
    )
