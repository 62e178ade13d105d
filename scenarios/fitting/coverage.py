"""What fits of known truths come to, in tables: ranks, intervals, what was identified."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scenarios.fitting.calibration import TAUGHT
from scenarios.fitting.measured import read_months, read_series
from scenarios.fitting.priors import values_of
from scenarios.fitting.ranks import HELD, chance_of, holds, ranks_of, together
from scenarios.fitting.recovery import Recovered
from sim.formulas import Array

#: Columns that tell of each interval whether it held the truth, or how often.
CENTRAL = tuple(f"inside_{100.0 * share:g}" for share in HELD)
ASSUMPTION, FORECAST = "assumption", "forecast"


@dataclass(frozen=True)
class Pooled:
    """How often intervals held the truth, over many numbers.

    Parameters
    ----------
    n
        Numbers of each truth.
    share
        (intervals,) part that was held, for each of `HELD`.
    error
        (intervals,) its standard error over truths, since numbers of one truth err together; NaN
        of a single truth.
    """

    n: int
    share: Array
    error: Array


def recovery_rows(found: Sequence[Recovered]) -> pd.DataFrame:
    """Return a row for each truth and fitted assumption: where the truth lies in its posterior."""
    rows: list[pd.DataFrame] = []
    for k, one in enumerate(found):
        priors = one.fit.priors
        fitted = np.flatnonzero([prior.is_fitted for prior in priors])
        truth, draws = one.scores[fitted], one.fit.scores[:, fitted]
        low, middle, high = np.quantile(one.fit.values[:, fitted], [0.1, 0.5, 0.9], axis=0)
        frame = {
            "truth": k + 1,
            "assumption": [priors[place].id for place in fitted],
            "value": values_of(one.scores[None, :], priors)[0, fitted],
            "median": middle, "low_80": low, "high_80": high,
            "score": truth, "mean_score": draws.mean(axis=0), "sd_score": draws.std(axis=0),
            "spread": one.fit.spreads[fitted],
            "rank": ranks_of(truth, draws), "draws": len(draws),
        }  # fmt: skip
        rows.append(pd.DataFrame(frame | _inside(holds(truth, draws))))
    return pd.concat(rows, ignore_index=True)


def forecast_rows(found: Sequence[Recovered], as_of: dt.date) -> pd.DataFrame:
    """Return a row for each truth and number of a month that was not over on a day.

    Markets are counted truly on both sides, without errors of vendors. What is the same in every
    fitted market and in the truth, as before a launch, is no forecast and left out.
    """
    rows: list[pd.DataFrame] = []
    later = [k for k, month in enumerate(read_months()) if month.last > as_of]
    for k, one in enumerate(found):
        good = np.isfinite(one.fit.series).all(axis=(1, 2))
        draws = one.fit.series[good][:, :, later].reshape(int(good.sum()), -1)
        truth = one.series[:, later].ravel()
        names = [(p, m, read_months()[place].first) for p, m in read_series() for place in later]
        told = np.flatnonzero(np.isfinite(truth) & ((draws != truth).any(axis=0)))
        frame: dict[str, Any] = {
            "truth": k + 1,
            "platform": [names[place][0] for place in told],
            "metric": [names[place][1] for place in told],
            "month": [str(names[place][2])[:7] for place in told],
            "value": truth[told], "median": np.median(draws[:, told], axis=0),
            "rank": ranks_of(truth[told], draws[:, told]), "draws": len(draws),
        }  # fmt: skip
        rows.append(pd.DataFrame(frame | _inside(holds(truth[told], draws[:, told]))))
    return pd.concat(rows, ignore_index=True)


def coverage(recovered: pd.DataFrame, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return, by assumption and by forecast number, how often intervals held the truth.

    Parameters
    ----------
    recovered, forecasts
        As of `recovery_rows` and `forecast_rows`.

    Returns
    -------
    DataFrame
        ``kind``, ``name``, ``truths``, ``spread`` (mean over truths), ``error`` (root mean square
        of the posterior mean, in scores), ``is_identified`` (spread below `TAUGHT`), a column for
        each of `CENTRAL`, ``chance`` of such ranks if they are uniform, and ``chance_together``, by
        Holm over all of the kind. The last two are NaN of forecasts, whose months hang together.
    """
    squared = (recovered["mean_score"] - recovered["score"]) ** 2
    rows = [
        {
            "kind": ASSUMPTION, "name": name, "truths": len(part),
            "spread": part["spread"].mean(), "error": np.sqrt(squared[part.index].mean()),
            "is_identified": part["spread"].mean() < TAUGHT, **part[list(CENTRAL)].mean(),
            "chance": chance_of(part[["rank"]].to_numpy(), int(part["draws"].iloc[0]))[0],
        }
        for name, part in recovered.groupby("assumption", sort=False)
    ]  # fmt: skip
    of_assumptions = pd.DataFrame(rows)
    of_assumptions["chance_together"] = together(of_assumptions["chance"].to_numpy())
    of_forecasts = pd.DataFrame([
        {"kind": FORECAST, "name": f"{platform} {metric} {month}", "truths": len(part),
         **part[list(CENTRAL)].mean()}
        for (platform, metric, month), part in forecasts.groupby(
            ["platform", "metric", "month"], sort=False)
    ])  # fmt: skip
    return pd.concat([of_assumptions, of_forecasts], ignore_index=True)


def pooled(rows: pd.DataFrame) -> Pooled:
    """Return how often intervals held the truth, over rows of many truths."""
    inside = rows[list(CENTRAL)].astype(float)
    by_truth = inside.groupby(rows["truth"]).mean()
    n = len(by_truth)
    error = by_truth.std(ddof=1).to_numpy() / np.sqrt(n) if n > 1 else np.full(len(HELD), np.nan)
    return Pooled(len(rows) // max(n, 1), inside.mean().to_numpy(), np.asarray(error))


def _inside(held: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[np.bool_]]:
    return {name: held[..., k] for k, name in enumerate(CENTRAL)}
