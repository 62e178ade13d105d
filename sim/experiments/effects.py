"""How far each parameter of a sweep moves an outcome, all others taken as they come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.experiments.precision import interval


def ends(frame: pd.DataFrame, parameters: list[str], name: str) -> pd.DataFrame:
    """Return the mean of a metric where a parameter is low, and where it is high.

    In a grid these are its lowest and highest value; in a Latin hypercube or a Sobol' sequence the
    lowest and highest tenth of the runs. The other parameters and seeds average out, since a design
    covers them alike at both ends.

    Parameters
    ----------
    frame
        Tidy table of one platform (`Store.frame`).

    Returns
    -------
    DataFrame
        Index: parameter that is a number. Columns: low, high, low_error, high_error (half-widths
        of 95 % intervals; NaN where too few runs differ), usual (mean of all runs).
    """
    rows = {}
    for path in parameters:
        values = frame[path]
        if not pd.api.types.is_numeric_dtype(values) or values.nunique() < 2:
            continue
        row: dict[str, float] = {"usual": float(frame[name].mean())}
        # Of the values there are, never between two of them: one may be infinite.
        least = values.quantile(0.1, interpolation="lower")
        most = values.quantile(0.9, interpolation="higher")
        for end, chosen in (("low", values <= least), ("high", values >= most)):
            found = interval(frame.loc[chosen, name])
            row[end] = found.mean
            row[f"{end}_error"] = found.half if np.isfinite(found.half) else np.nan
        rows[path] = row
    columns = ["low", "high", "low_error", "high_error", "usual"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)
