"""The tidy table of a forecast: its columns, its months, and how draws become rows of it.

One row for each model, platform, metric, month and draw (or quantile). Draws are numbered, and one
number belongs together over all rows of a model, so that sums over months are draws as well.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from sim.checks import chosen
from sim.errors import ConfigError

QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
N_DRAWS = 500


#: Days that a forecast may be of, or be made on.
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 12, 31)


def check_day(name: str, day: dt.date) -> None:
    """Refuse a day of which no forecast of this market can be.

    Raises
    ------
    ConfigError
        Saying which days can be.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ConfigError(f"{name} {day}: must lie from {FIRST_DAY} to {LAST_DAY}.")


class Forecasted(NamedTuple):
    """A metric that is forecast: its unit over a month, and whether days are summed or averaged."""

    unit: str
    is_sum: bool


#: By the names of `sim.metrics`.
FORECASTED: Mapping[str, Forecasted] = MappingProxyType({
    "installs": Forecasted("people", True),
    "in_app_spend_usd": Forecasted("USD", True),
    "daily_active": Forecasted("people", False),
    "clips": Forecasted("clips/day", False),
    "compute_usd": Forecasted("USD/day", False),
})  # fmt: skip
#: What names a number of a forecast, whoever made it.
KEYS = ("model", "platform", "metric", "date_start", "date_end", "unit")
_FIELDS = [pa.field(name, pa.date32() if name.startswith("date") else pa.string()) for name in KEYS]
QUANTILE_SCHEMA = pa.schema([*_FIELDS, ("quantile", pa.float64()), ("value", pa.float64())])
DRAW_SCHEMA = pa.schema([*_FIELDS, ("draw", pa.int32()), ("value", pa.float64())])


class Month(NamedTuple):
    """A calendar month, as first and last day."""

    first: dt.date
    last: dt.date

    @property
    def n_days(self) -> int:
        """Days in it."""
        return (self.last - self.first).days + 1


def months(first: dt.date, last: dt.date) -> list[Month]:
    """Return the calendar months from that of one day to that of another, whole.

    Raises
    ------
    ConfigError
        If the last day comes before the first.
    """
    if last < first:
        raise ConfigError(f"months from {first} to {last}: the last day must not come first.")
    found = []
    for n in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        year, month = divmod(n, 12)
        days = monthrange(year, month + 1)[1]
        found.append(Month(dt.date(year, month + 1, 1), dt.date(year, month + 1, days)))
    return found


def tidy_draws(
    model: str, platform: str, metric: str, over: Sequence[Month], values: npt.ArrayLike
) -> pd.DataFrame:
    """Return the tidy rows of one metric from its draws.

    Parameters
    ----------
    metric
        One of `FORECASTED`; its unit is added.
    values
        (draws, months) sums of a month, or means a day, as the metric says; in people, USD, clips.

    Raises
    ------
    UnknownNameError
        If the metric is not forecast.
    ConfigError
        If values are of another shape, negative or not finite.
    """
    chosen("forecast metric", metric, FORECASTED)
    drawn = np.asarray(values, np.float64)
    if drawn.ndim != 2 or drawn.shape[1] != len(over) or not drawn.size:
        raise ConfigError(
            f"draws of {metric} of shape {drawn.shape}: must be (draws, {len(over)} months)."
        )
    if not (np.isfinite(drawn).all() and (drawn >= 0.0).all()):
        raise ConfigError(f"draws of {metric}: must be finite, and 0 or more. Look for a NaN.")
    n = len(drawn)
    frame = pd.DataFrame(
        {
            "model": model,
            "platform": platform,
            "metric": metric,
            "date_start": np.tile(np.array([m.first for m in over], dtype=object), n),
            "date_end": np.tile(np.array([m.last for m in over], dtype=object), n),
            "unit": FORECASTED[metric].unit,
            "draw": np.repeat(np.arange(n, dtype=np.int32), len(over)),
            "value": drawn.ravel(),
        }
    )
    return frame.sort_values([*KEYS, "draw"], ignore_index=True)


def quantile_rows(draws: pd.DataFrame) -> pd.DataFrame:
    """Return the tidy quantiles of tidy draws, in the order of `KEYS`."""
    grouped = draws.groupby(list(KEYS), sort=True)["value"]
    levels = np.asarray(QUANTILES)
    rows = [
        dict(zip(KEYS, key, strict=True)) | {"quantile": level, "value": value}
        for key, values in grouped
        for level, value in zip(levels, np.quantile(values.to_numpy(), levels), strict=True)
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "quantile", "value"])
