"""What fitted markets say of months to come, as vendors will publish it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from scenarios.fitting.calibration import Fit
from scenarios.fitting.measured import pool_shares, read_months, read_series, read_targets
from scenarios.forecasting.forecast_table import N_DRAWS, tidy_draws
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.targets import POOL_SHARE, Target
from sim.formulas import Array

#: Metrics that no target counts, by the target metric whose error they are given.
_ERROR_OF = {"in_app_spend_usd": "packs_usd"}


def forecast_draws(found: Fit, model: str, as_of: dt.date, seed: int = 0) -> pd.DataFrame:
    """Return the tidy draws of all months that were not over on a day.

    Each draw is a fitted market, its numbers wrong by as much as published ones are: what one
    vendor's have in common is drawn once for all months, the rest for each. Markets come up equally
    often. Google's clips are those of a pool of the central share of the world (A45), since facts
    are brought to that share before they are scored.

    Parameters
    ----------
    model
        What the forecast is called.
    as_of
        Last day of which anything was known.
    """
    rng = np.random.default_rng(seed)
    over = [k for k, month in enumerate(read_months()) if month.last > as_of]
    months = [read_months()[k] for k in over]
    market = rng.permutation(np.arange(N_DRAWS) % len(found.series))
    scale = float(load_inputs().value(POOL_SHARE)) / _shares(found)
    frames = []
    for place, (platform, metric) in enumerate(read_series()):
        values = found.series[market, place][:, over]
        one = _like(platform, metric)
        if one.is_worldwide:
            values = values * scale[market, None]
        own = np.sqrt(one.log_sd**2 - one.vendor.log_sd**2 + one.definition.log_sd**2)
        shared = rng.standard_normal((N_DRAWS, 1)) * one.vendor.log_sd
        error = shared + rng.standard_normal(values.shape) * own
        frames.append(tidy_draws(model, platform, metric, months, values * np.exp(error)))
    return pd.concat(frames, ignore_index=True)


def _shares(found: Fit) -> Array:
    return pool_shares([one.id for one in found.priors], found.values)


def _like(platform: str, metric: str) -> Target:
    """Return the target whose error the published numbers of a metric will have.

    Of the platform if one of its metric is counted, else of another platform.
    """
    named = _ERROR_OF.get(metric, metric)
    counted = [one for one in read_targets() if one.metric == named and not one.bound]
    own = [one for one in counted if one.platform == platform]
    # The latest one: vendors learn to count an app.
    return max(own or counted, key=lambda one: (one.last, one.last - one.first))
