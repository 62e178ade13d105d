"""What a forecast says about the days of a fact: its months, added up or averaged."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from scenarios.forecasting.fact_metrics import Observed
from scenarios.forecasting.forecast_table import FORECASTED, Month
from sim.formulas import Array

#: Draws that stand for quantiles, where a forecast has no others.
_DRAWS_OF_QUANTILES = 499


class Outlook(NamedTuple):
    """One metric of a platform by one model.

    Parameters
    ----------
    metric
        Of `scenarios.forecasting.forecast_table.FORECASTED`.
    spans
        Months, or other spans of whole days, in order.
    draws
        (draws, spans) values in the unit of the metric.
    is_joint
        Whether one draw belongs together over spans; not where it is made from quantiles.
    """

    metric: str
    spans: tuple[Month, ...]
    draws: Array
    is_joint: bool


class Predicted(NamedTuple):
    """What is predicted of a fact: (draws,) numbers, and whether of exactly its days."""

    draws: Array
    is_exact: bool


def series_of(rows: pd.DataFrame) -> dict[tuple[str, str, str], Outlook]:
    """Return a forecast's numbers by model, platform and metric.

    Quantiles are made draws by reading between them: straight lines of the log over normal scores,
    which go on beyond the outermost.

    Parameters
    ----------
    rows
        Of `scenarios.forecasting.forecast_files.Forecast`.
    """
    is_joint = "draw" in rows.columns
    found = {}
    for (model, platform, metric), part in rows.groupby(["model", "platform", "metric"]):
        table = part.pivot_table(
            index="draw" if is_joint else "quantile",
            columns=["date_start", "date_end"], values="value", sort=True,
        )  # fmt: skip
        spans = tuple(Month(*days) for days in table.columns.to_list())
        values = table.to_numpy(np.float64)
        if not is_joint:
            values = _between(np.asarray(table.index, np.float64), values)
        key = str(model), str(platform), str(metric)
        found[key] = Outlook(key[2], spans, values, is_joint)
    return found


def _between(levels: Array, values: Array) -> Array:
    """Return (draws, spans) evenly likely numbers from (levels, spans) quantiles."""
    scores = ndtri(levels)
    wanted = ndtri((np.arange(_DRAWS_OF_QUANTILES) + 0.5) / _DRAWS_OF_QUANTILES)
    logs = np.log(np.maximum(values, 1.0))
    place = np.clip(np.searchsorted(scores, wanted), 1, len(scores) - 1)
    part = ((wanted - scores[place - 1]) / (scores[place] - scores[place - 1]))[:, None]
    return np.asarray(np.exp(logs[place - 1] + part * (logs[place] - logs[place - 1])))


def predicted(series: Outlook, fact: Observed) -> Predicted | str:
    """Return what is predicted of a fact, or why nothing is.

    Months that are exactly its days are added up, or averaged by their days. A mean a day within a
    month is held against the mean of that month, and said to be inexact; a total of a part of a
    month is not made up.
    """
    over = [max(_shared(span, fact.first, fact.last), 0) for span in series.spans]
    n_days = (fact.last - fact.first).days + 1
    if sum(over) < n_days:
        return _not_covered(series, fact)
    within = [place for place, days in enumerate(over) if days]
    is_exact = all(over[place] == series.spans[place].n_days for place in within)
    is_sum = FORECASTED[series.metric].is_sum
    if not is_exact and (is_sum or fact.is_total):
        return f"a part of a month ({fact.first} to {fact.last}), and totals are of whole months"
    if not series.is_joint and len(within) > 1:
        return "several months, and quantiles of months cannot be added"
    days = np.array([over[place] for place in within], np.float64)
    values = series.draws[:, within]
    total = values.sum(1) if is_sum else values @ days
    return Predicted(total if fact.is_total else total / n_days, is_exact)


def _shared(span: Month, first: dt.date, last: dt.date) -> int:
    return (min(span.last, last) - max(span.first, first)).days + 1


def _not_covered(series: Outlook, fact: Observed) -> str:
    first, last = series.spans[0].first, series.spans[-1].last
    if fact.last < first or fact.first > last:
        return f"no day of it is forecast ({first} to {last})"
    if fact.first < first:
        return f"begins on {fact.first}, before what is forecast ({first} to {last})"
    return f"not all of its days are forecast ({first} to {last})"
