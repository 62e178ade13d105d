"""A table of points: its rows are points, its columns paths, and nothing of it is guessed."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd

from sim.checks import plain, short
from sim.errors import ConfigError
from sim.experiments.design import MOST_POINTS, Design


def table(points: pd.DataFrame, name: str = "table") -> Design:
    """Return the rows of a table as points; columns are paths.

    Raises
    ------
    ConfigError
        If a path stands twice or in the index, a row twice, or a cell is empty or no single value.
    """
    if not isinstance(points, pd.DataFrame):
        raise ConfigError(
            f"table of points = {short(points)}: must be a table of pandas. Give, say, "
            "pandas.DataFrame({'market.price_noise': [0.5, 1.0]})."
        )
    if len(points) > MOST_POINTS:
        raise ConfigError(
            f"{name}: {len(points):,} points; at most {MOST_POINTS:,}. Give fewer rows."
        )
    _check_names(points)
    paths = [str(path) for path in points.columns]
    rows: list[dict[str, Any]] = [
        {path: _cell(value, path, number) for path, value in zip(paths, row, strict=True)}
        for number, row in enumerate(zip(*(points[path] for path in paths), strict=True))
    ]
    _refuse_twins(rows)
    return Design(tuple(rows), f"{name} of {len(rows)} rows")


def _check_names(points: pd.DataFrame) -> None:
    for path in points.columns:
        if not isinstance(path, str) or not path.strip():
            raise ConfigError(
                f"table of points: a column is named {short(path)}: must be a path, such as "
                "market.price_noise. Rename it, or leave it out."
            )
    twice = points.columns[points.columns.duplicated()]
    if len(twice):
        raise ConfigError(
            f"table of points: {short(twice[0])} stands twice. Keep one of the columns."
        )
    named = [short(name) for name in points.index.names if name is not None]
    if named:
        raise ConfigError(
            f"table of points: {', '.join(named)} stands in the index, and columns are paths. Give "
            "table.reset_index(), with drop=True if it is no path."
        )


def _cell(given: Any, path: str, row: int) -> Any:
    """Return a value of a point as plain text or number."""
    where = f"table of points, row {row + 1}, {path}"
    value = plain(given)
    if isinstance(value, dt.datetime) and not pd.isna(value):
        raise ConfigError(f"{where} = {short(value)}: must be a date. Leave out the time of day.")
    if isinstance(value, dt.date) and not pd.isna(value):
        return str(value)
    if isinstance(value, list | tuple | dict | set | np.ndarray | bytes):
        raise ConfigError(f"{where} = {short(value)}: must be a single number, word or date.")
    if (isinstance(value, str) and not value.strip()) or pd.isna(value):
        raise ConfigError(f"{where}: a cell is empty. Give each point a value for each path.")
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"  # as it is written in a command, and in JSON
    return value


def _refuse_twins(rows: list[dict[str, Any]]) -> None:
    """Refuse a point that is given twice: it would count twice in whatever is made of all."""
    first: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(rows):
        there = first.setdefault(tuple(row.values()), number)
        if there != number:
            raise ConfigError(
                f"table of points: row {number + 1} is the same as row {there + 1}. Keep one; for "
                "more seeds, give more replicates."
            )
