"""What became of those who started in a week: who is still there, and whom they brought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

RETENTION_DAYS = (1, 7, 30)
_WEEK = 7


def retention(
    active: npt.NDArray[Any],
    dates: pd.DatetimeIndex,
    platforms: Sequence[str],
    offspring: npt.NDArray[Any],
    first_day: int,
    days: Sequence[int] = RETENTION_DAYS,
) -> pd.DataFrame:
    """Return the part of each week's activations that is active n days later.

    A cohort whose last member is not yet n days old has NaN.

    Parameters
    ----------
    active
        (days, platforms, days) active people by day of activation.
    dates, platforms
        What the first two axes stand for.
    offspring
        (days, platforms) people brought, so far, by those who started on each day.
    first_day
        Day on which a week begins.
    days
        Ages n, in days.

    Returns
    -------
    DataFrame
        Index (platform, week); people activated, then D1, D7, D30; k, the people brought by each.
    """
    n_days = len(dates)
    age_zero = np.arange(n_days)
    week = (age_zero - first_day) // _WEEK
    rows = []
    for p, name in enumerate(platforms):
        on_day_zero = active[age_zero, p, age_zero]
        for w in np.unique(week):
            members = np.flatnonzero(week == w)
            size = on_day_zero[members].sum()
            row: dict[str, Any] = {
                "platform": name,
                "week": dates[members[0]],
                "activated": size,
            }
            for n in days:
                there = members[-1] + n < n_days and size > 0
                row[f"D{n}"] = active[members + n, p, members].sum() / size if there else np.nan
            row["k"] = offspring[members, p].sum() / size if size > 0 else np.nan
            rows.append(row)
    frame = pd.DataFrame(rows).set_index(["platform", "week"])
    return frame[frame["activated"] > 0]


def still_there(
    cohorts: pd.DataFrame,
    platform: str,
    day: int,
    since: str | None = None,
    until: str | None = None,
) -> float:
    """Return the part of all who started that is active so many days later; NaN if nobody did.

    Parameters
    ----------
    cohorts
        As `retention` returns them; weeks that are not yet so old are left out.
    since, until
        First and last day on which a week that counts may begin.
    """
    weeks = cohorts.reset_index("platform")
    own = weeks[weeks["platform"] == platform].loc[since:until]
    old = own[own[f"D{day}"].notna()]
    started = old["activated"].sum()
    return float((old[f"D{day}"] * old["activated"]).sum() / started) if started else np.nan
