"""Structures held to their forecasts: fitted as of several days, scored on what came after.

A structure's weight is its prequential probability (Dawid 1984, J. R. Statist. Soc. A 147): the
product of the densities that its forecasts gave to each number before it was known, taken from the
latest forecast that reaches the number. Only numbers that a fit is held to count; estimates that
are themselves in question (SEED008) decide nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from scenarios.fitting.calibration import LAST_KNOWN, HeldTo
from scenarios.fitting.fits import Fits
from scenarios.fitting.predicted import forecast_draws
from scenarios.forecasting.backtesting import ORIGINS, backtest, with_lines
from scenarios.forecasting.forecast_files import Forecast
from scenarios.forecasting.forecast_table import N_DRAWS
from scenarios.forecasting.simple_lines import simple_lines
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.known import known_on
from scenarios.inputs.targets import POOL_SHARE, targets

#: Name of the forecast that mixes all structures by weight.
ENSEMBLE = "ensemble"


def rolling(
    fits: Fits, structures: Sequence[str], vintage: str = "", by: dt.date = LAST_KNOWN
) -> pd.DataFrame:
    """Return the scores of structures and simple lines as of all origins before a day.

    Parameters
    ----------
    by
        Nothing that was known later is scored on.
    """
    held = []
    for origin in (one for one in ORIGINS if one < by):
        rows = pd.concat(
            [
                forecast_draws(fits.of(one, HeldTo(origin, vintage)), one, origin)
                for one in structures
            ],
            ignore_index=True,
        )
        held.append(with_lines(Forecast(f"as of {origin}", origin, rows, {}), simple_lines))
    inputs = load_inputs()
    scores = backtest(held, inputs.facts, float(inputs.value(POOL_SHARE))).scores if held else None
    if scores is None:
        return pd.DataFrame()
    known = [known_on(inputs.facts[fact]) <= by for fact in scores["fact"]]
    counted = {fact for one in targets(inputs, by, vintage) for fact in one.facts}
    return scores[known].assign(is_counted=scores["fact"].isin(counted))


def weights(scores: pd.DataFrame, structures: Sequence[str]) -> dict[str, float]:
    """Return the prequential weight of each structure; equal ones where nothing is scored yet.

    Parameters
    ----------
    scores
        As of `rolling`.
    """
    nats = evidence(scores)
    logs = np.array([-nats.get(one, 0.0) for one in structures])
    raw = np.exp(logs - logs.max())
    return dict(zip(structures, (raw / raw.sum()).tolist(), strict=True))


def evidence(scores: pd.DataFrame) -> Mapping[str, float]:
    """Return the log score of each model, in nats, summed over numbers; less is better.

    Each number once, from the latest forecast that reaches it.
    """
    if scores.empty:
        return {}
    latest = scores[scores["is_counted"]].sort_values("as_of").groupby(["model", "fact"]).last()
    return dict(latest["log_score"].groupby("model").sum())


def mixed_draws(frames: Mapping[str, pd.DataFrame], weight: Mapping[str, float]) -> pd.DataFrame:
    """Return the tidy draws of the mixture of models, each in proportion to its weight.

    Parameters
    ----------
    frames
        Tidy draws of each model, `N_DRAWS` of each number.
    """
    names = list(frames)
    cumulated = np.cumsum([weight[one] for one in names])
    places = (np.arange(N_DRAWS) + 0.5) / N_DRAWS
    whose = np.minimum(np.searchsorted(cumulated, places), len(names) - 1)
    parts = [
        frame[frame["draw"].isin(np.flatnonzero(whose == k))]
        for k, frame in enumerate(frames.values())
    ]
    keys = ["platform", "metric", "date_start", "draw"]
    return pd.concat(parts).sort_values(keys, ignore_index=True).assign(model=ENSEMBLE)
