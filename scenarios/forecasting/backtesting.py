"""Forecasts held against facts: every fact is scored on every model, or it is said why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scenarios.forecasting.fact_metrics import Observed, observed
from scenarios.forecasting.fact_periods import Outlook, Predicted, predicted, series_of
from scenarios.forecasting.forecast_files import Forecast
from scenarios.forecasting.forecast_table import check_day, quantile_rows
from scenarios.forecasting.scores import COVERED, score
from scenarios.inputs.facts import Facts
from scenarios.inputs.known import known_on
from sim.errors import ConfigError

COVERAGE = tuple(f"inside_{share:.0%}".rstrip("%") for share in COVERED)
#: Days as of which forecasts are made and scored.
ORIGINS = (dt.date(2025, 10, 31), dt.date(2025, 11, 15), dt.date(2025, 11, 30))
#: How far the simple lines go.
_LONGEST = dt.timedelta(days=366)
#: What is averaged over facts.
MEANS = ("crps", "crps_log", "log_score", "error_log", *COVERAGE)
#: One row a forecast, model and fact.
SCORE_COLUMNS = (
    "forecast", "as_of", "model", "is_line", "fact", "metric", "platform", "date_start",
    "date_end", "observed_low", "observed_high", "is_exact", "q05", "median", "q95", "crps",
    "crps_log", "log_score", "error_log", *COVERAGE,
)  # fmt: skip


@dataclass(frozen=True)
class Backtest:
    """Scores, and what could not be scored.

    Parameters
    ----------
    scores
        A row for each forecast, model and fact, with columns `SCORE_COLUMNS`.
    unscored
        A row for each fact (and forecast, where it hangs on it) with the reason.
    """

    scores: pd.DataFrame
    unscored: pd.DataFrame


def day_of(forecast: Forecast) -> dt.date:
    """Return the day as of which a forecast was made; before its first day if it does not say."""
    if forecast.as_of is not None:
        return forecast.as_of
    first: dt.date = min(forecast.rows["date_start"])
    return first - dt.timedelta(days=1)


def with_lines(
    forecast: Forecast, lines: Callable[[dt.date, dt.date], pd.DataFrame]
) -> tuple[Forecast, frozenset[str]]:
    """Return a forecast with the simple lines of its day added, and the names of the lines.

    Parameters
    ----------
    lines
        Returns tidy draws of all lines, as of a day, to another; one that the forecast has already
        (of the same name) is kept as it was locked. Where it raises ConfigError, since nothing was
        known by that day, the forecast stands alone.
    """
    own = set(forecast.rows["model"])
    try:
        more = lines(day_of(forecast), max(forecast.rows["date_end"]))
    except ConfigError:
        return forecast, frozenset()
    names = frozenset(map(str, more["model"].unique()))
    more = more[~more["model"].isin(own)]
    if forecast.has_draws:
        return replace(forecast, rows=pd.concat([forecast.rows, more], ignore_index=True)), names
    added = [quantile_rows(more)] if len(more) else []
    return replace(forecast, rows=pd.concat([forecast.rows, *added], ignore_index=True)), names


def of_lines(
    as_of: dt.date, last: dt.date, lines: Callable[[dt.date, dt.date], pd.DataFrame]
) -> tuple[Forecast, frozenset[str]]:
    """Return the simple lines of a day alone, and their names.

    Parameters
    ----------
    last
        Day that they reach, within a year; at least the end of the next month.

    Raises
    ------
    ConfigError
        If it is no day of which a forecast can be, or nothing was known by then.
    """
    check_day("as of", as_of)
    first = as_of + dt.timedelta(days=1)
    until = max(min(last, as_of + _LONGEST), first)
    rows = lines(as_of, until)
    names = frozenset(map(str, rows["model"].unique()))
    return Forecast(f"lines as of {as_of}", as_of, rows, {}), names


def last_day(facts: Facts, pool_share: float) -> dt.date:
    """Return the last day of which facts say something that a forecast can be scored on."""
    found = [observed(fact, pool_share) for fact in facts.values()]
    return max((one.last for one in found if isinstance(one, Observed)), default=dt.date.min)


def backtest(
    forecasts: Iterable[tuple[Forecast, frozenset[str]]],
    facts: Facts,
    pool_share: float,
    refused: Sequence[str] = (),
) -> Backtest:
    """Score forecasts on all facts that came after they were made.

    Parameters
    ----------
    forecasts
        Each with the names of those of its models that are simple lines.
    facts
        Of any file.
    pool_share
        Part of worldwide counts that falls to the pool (A45).
    refused
        Lines on rows of that file that could not be read.
    """
    held = list(forecasts)
    if not held:
        raise ConfigError("no forecast to score. Give a folder or a file of one.")
    rows: list[dict[str, object]] = []
    left = [_left("", "", line.partition(": ")[0], line.partition(": ")[2]) for line in refused]
    usable: list[tuple[Observed, dt.date]] = []
    for fact in facts.values():
        found = observed(fact, pool_share)
        if isinstance(found, str):
            left.append(_left("all", fact.id, fact.metric, found))
        else:
            usable.append((found, known_on(fact)))
    for forecast, lines in held:
        as_of, series = day_of(forecast), series_of(forecast.rows)
        for fact_seen, known in usable:
            if known <= as_of:
                why = "known by the day of the forecast"
                left.append(_left(forecast.name, fact_seen.fact_id, fact_seen.metric, why))
                continue
            scored, why = _of_fact(forecast.name, as_of, series, fact_seen, lines)
            rows += scored
            if not scored:
                left.append(_left(forecast.name, fact_seen.fact_id, fact_seen.metric, why))
    return Backtest(
        pd.DataFrame(rows, columns=list(SCORE_COLUMNS)),
        pd.DataFrame(left, columns=["forecast", "fact", "metric", "reason"]),
    )


def _of_fact(
    name: str,
    as_of: dt.date,
    series: dict[tuple[str, str, str], Outlook],
    fact: Observed,
    lines: frozenset[str],
) -> tuple[list[dict[str, object]], str]:
    """Return the rows of one fact, and why there is none."""
    rows, why = [], f"no model forecasts {fact.metric} of {fact.platform}"
    for (model, platform, metric), one in series.items():
        if (platform, metric) != (fact.platform, fact.metric):
            continue
        found = predicted(one, fact)
        if isinstance(found, str):
            why = found
        else:
            rows.append(
                {"forecast": name, "as_of": as_of, "model": model, "is_line": model in lines}
                | _scored(found, fact)
            )
    return rows, why


def _scored(found: Predicted, fact: Observed) -> dict[str, object]:
    one = score(found.draws, fact)
    low, median, high = np.quantile(found.draws, [0.05, 0.5, 0.95])
    return {
        "fact": fact.fact_id, "metric": fact.metric, "platform": fact.platform,
        "date_start": fact.first, "date_end": fact.last, "observed_low": fact.low,
        "observed_high": fact.high, "is_exact": found.is_exact, "q05": low, "median": median,
        "q95": high, "crps": one.crps, "crps_log": one.crps_log, "log_score": one.log_score,
        "error_log": one.error_log, **dict(zip(COVERAGE, one.inside, strict=True)),
    }  # fmt: skip


def _left(forecast: str, fact: str, metric: str, reason: str) -> dict[str, str]:
    return {"forecast": forecast, "fact": fact, "metric": metric, "reason": reason}


def by_model(scores: pd.DataFrame, over: Sequence[str] = ()) -> pd.DataFrame:
    """Return the mean scores of each model, and its CRPS over that of the simple lines.

    Ratios are of mean CRPS of logs, on the facts that both have: below 1 the model was better. The
    best line is known only afterwards; beside it stands the mean of all lines.

    Parameters
    ----------
    over
        Further columns to group by: ``["forecast"]``, ``["metric", "platform"]``.
    """
    keys = [*over, "model"]
    rows = []
    for key, part in scores.groupby(keys, sort=True):
        lines = scores[scores["is_line"].astype(bool)]
        for name, value in zip(over, key, strict=False):
            lines = lines[lines[name] == value]
        each = [_ratio(part, own) for _, own in lines.groupby("model")]
        row = dict(zip(keys, key, strict=True))
        row |= {"is_line": bool(part["is_line"].all()), "n": len(part)}
        row |= {name: part[name].mean() for name in MEANS}
        row |= {
            "to_best_line": max((one for one in each if np.isfinite(one)), default=np.nan),
            "to_mean_line": _ratio(part, lines),
        }
        rows.append(row)
    return pd.DataFrame(
        rows, columns=[*keys, "is_line", "n", *MEANS, "to_best_line", "to_mean_line"]
    )


def _ratio(part: pd.DataFrame, lines: pd.DataFrame) -> float:
    """Return the mean CRPS of a model over that of lines (their mean), on the facts of both."""
    same = ["forecast", "fact"]
    mean = lines.groupby(same, as_index=False)["crps_log"].mean()
    both = part.merge(mean, on=same, suffixes=("", "_line"))
    below = both["crps_log_line"].mean()
    return float(both["crps_log"].mean() / below) if len(both) and below > 0.0 else np.nan
