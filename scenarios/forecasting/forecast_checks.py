"""What a tidy table must be to be a forecast: columns, types, and rows that fit together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa

from scenarios.forecasting.forecast_table import (
    FIRST_DAY,
    FORECASTED,
    KEYS,
    LAST_DAY,
    QUANTILES,
)
from sim.checks import short
from sim.errors import DataError

_NEAR = 1e-9


def as_arrow(frame: pd.DataFrame, schema: pa.Schema, where: str) -> pa.Table:
    """Return a tidy frame as a table of exactly the columns and types of a schema.

    Raises
    ------
    DataError
        One line: the column that does not fit, and what it must be.
    """
    missing = [name for name in schema.names if name not in frame.columns]
    unknown = [str(name) for name in frame.columns if name not in schema.names]
    if missing or unknown:
        raise DataError(
            f"{where}: columns do not fit (missing: {_listed(missing)}; unknown: "
            f"{_listed(unknown)}). They must be: {', '.join(schema.names)}."
        )
    try:
        table = pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise DataError(
            f"{where}: a column is not of its type ({short(' '.join(str(error).split()), 120)}). "
            f"They must be: {', '.join(f'{f.name} {f.type}' for f in schema)}."
        ) from error
    return table


def check_rows(frame: pd.DataFrame, where: str) -> None:
    """Refuse a tidy table whose rows are no forecast.

    Every number belongs to a known metric with its unit, over days that are in order; values are
    finite and not negative; draws are numbered from 0, the same for all rows of a model; quantiles
    are all of `QUANTILES`, and do not cross.

    Raises
    ------
    DataError
        One line: what was given, and what is allowed.
    """
    if frame.empty:
        raise DataError(f"{where}: has no rows. Give a forecast.")
    for name in frame.columns:
        if frame[name].isna().any():
            raise DataError(f"{where}: column {name} has a cell without a value. Fill it in.")
    for metric, unit in frame[["metric", "unit"]].drop_duplicates().itertuples(index=False):
        if metric not in FORECASTED:
            raise DataError(
                f"{where}: metric = {short(metric)}: must be one of {', '.join(FORECASTED)}."
            )
        if unit != FORECASTED[metric].unit:
            raise DataError(
                f"{where}: unit = {short(unit)} of {metric}: must be {FORECASTED[metric].unit}."
            )
    if (frame["date_end"] < frame["date_start"]).any():
        raise DataError(f"{where}: a date_end comes before its date_start. Put them in order.")
    if frame["date_start"].min() < FIRST_DAY or frame["date_end"].max() > LAST_DAY:
        raise DataError(f"{where}: all days must lie from {FIRST_DAY} to {LAST_DAY}.")
    values = frame["value"].to_numpy(np.float64)
    if not (np.isfinite(values).all() and (values >= 0.0).all()):
        raise DataError(f"{where}: a value is not finite, or below 0. Give numbers from 0.")
    if "draw" in frame.columns:
        _check_draws(frame, where)
    else:
        _check_quantiles(frame, where)
    for (model, platform, metric), spans in _spans(frame):
        ends = [first <= last for (_, last), (first, _) in pairwise(spans)]
        if any(ends):
            raise DataError(
                f"{where}: days of {model}, {platform}, {metric} overlap. Give each day once."
            )


def _spans(
    frame: pd.DataFrame,
) -> Iterator[tuple[tuple[str, str, str], list[tuple[dt.date, dt.date]]]]:
    """Yield the spans of days, in order, of each model, platform and metric."""
    keys = frame[list(KEYS)].drop_duplicates()
    for key, rows in keys.groupby(["model", "platform", "metric"]):
        spans = sorted(zip(rows["date_start"], rows["date_end"], strict=True))
        yield key, spans  # type: ignore[misc]


def _check_draws(frame: pd.DataFrame, where: str) -> None:
    for model, rows in frame.groupby("model"):
        n = rows["draw"].nunique()
        counted = rows.groupby(list(KEYS))["draw"]
        whole = (counted.nunique() == n) & (counted.size() == n)
        if not whole.all() or rows["draw"].min() != 0 or rows["draw"].max() != n - 1:
            raise DataError(
                f"{where}: draws of {short(model)} are not 0 to {n - 1} once in every month and "
                "metric. Number them alike everywhere, from 0."
            )


def _check_quantiles(frame: pd.DataFrame, where: str) -> None:
    for _, rows in frame.groupby(list(KEYS)):
        ordered = rows.sort_values("quantile")
        levels = ordered["quantile"].to_numpy(np.float64)
        if len(levels) != len(QUANTILES) or np.abs(levels - QUANTILES).max() > _NEAR:
            raise DataError(
                f"{where}: quantiles must be {', '.join(map(str, QUANTILES))}, each once, in every "
                "month and metric."
            )
        if (np.diff(ordered["value"].to_numpy(np.float64)) < 0.0).any():
            raise DataError(f"{where}: quantiles cross. A higher one must not be a lower number.")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(" ".join(name.split())[:40] for name in names) or "none"
