"""A claim put to the markets that agree with what was published."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from scenarios.claiming.claims import Claim
from scenarios.claiming.kept_markets import KeptMarkets, reading_of
from scenarios.claiming.least_change import LeastChange, least_change
from scenarios.fitting.measured import as_published, pool_shares, read_targets, split
from scenarios.fitting.members import SEEDS
from scenarios.fitting.posterior import Posterior
from scenarios.fitting.priors import (
    Prior,
    drawn_scores,
    priors,
    scores_of,
    values_of,
)
from scenarios.inputs.targets import Target, targets
from sim.experiments.work.driving import ExperimentError
from sim.formulas import Array
from sim.scenario import Scenario

#: Markets of each point that is tried on the way to where a claim is true; means of them count.
REPLICATES = 5
#: Keys of what is drawn beside the seeds of markets.
_DRAWN, _PRIOR = 7_001, 7_002


@dataclass(frozen=True)
class Fitted:
    """The markets of a posterior, and of the prior it came from.

    Parameters
    ----------
    posterior
        What draws are taken from.
    priors
        Of its assumptions that a run hangs on, in the order of all scores.
    draws
        (n,) numbers of the draws taken.
    structures
        (n,) of `scenarios.fitting.rivals.RIVALS`, one for each draw.
    scores, prior_scores
        (n, priors) of the draws, and of as many markets of the prior.
    center
        (priors,) scores of the central point of the posterior, else of the median of each.
    """

    posterior: Posterior
    priors: tuple[Prior, ...]
    draws: npt.NDArray[np.int64]
    structures: tuple[str, ...]
    scores: Array
    prior_scores: Array
    center: Array

    @classmethod
    def of(cls, posterior: Posterior, markets: KeptMarkets, n: int) -> Fitted:
        """Take n draws, in proportion to their weights."""
        ranges = {one.id: one for one in priors(markets.inputs)}
        kept = tuple(ranges[name] for name in posterior.names if ranges[name].is_fitted)
        columns = [posterior.names.index(one.id) for one in kept]
        draws = posterior.drawn(n, _DRAWN + markets.seed)
        # A fit that was not asked for its central point has the middle of each assumption.
        medians = np.median(posterior.values[draws][:, columns], axis=0)
        middle = {one.id: float(found) for one, found in zip(kept, medians, strict=True)}
        center = np.array([[{**middle, **posterior.central}[one.id] for one in kept]])
        return cls(
            posterior, kept, draws,
            structures=tuple(posterior.structures[draw] for draw in draws),
            scores=scores_of(posterior.values[draws][:, columns], kept),
            prior_scores=drawn_scores(n, len(kept), _PRIOR + markets.seed),
            center=scores_of(center, kept)[0],
        )  # fmt: skip

    @property
    def values(self) -> Array:
        """(n, priors) of the draws, as they stand in the posterior."""
        columns = [self.posterior.names.index(one.id) for one in self.priors]
        return np.asarray(self.posterior.values[self.draws][:, columns])

    def markets(self, markets: KeptMarkets) -> list[Scenario]:
        """Return the market of each draw; seeds are taken in turn."""
        turns = range(len(self.draws))
        return markets.of_rows(self.priors, self.values, turns, self.structures)


@dataclass(frozen=True)
class Checked:
    """What came of a claim.

    Parameters
    ----------
    claim
        What was claimed.
    fitted
        The draws.
    values, prior_values, by_hand
        (n,) numbers of fitted markets and of prior ones, and of replicates of the baseline.
    days
        (n, days) the metric of fitted markets on each day.
    first
        Day of the first column.
    least
        What would have to differ least.
    missed
        A row for each published number of the fit: beside it, what markets give at the center, and
        where the claim is true.
    """

    claim: Claim
    fitted: Fitted
    values: Array
    prior_values: Array
    by_hand: Array
    days: Array
    first: dt.date
    least: LeastChange
    missed: pd.DataFrame

    @property
    def n_true(self) -> int:
        """Fitted markets in which the claim is true."""
        return int(self.claim.holds(self.values).sum())

    @property
    def share(self) -> tuple[float, float, float]:
        """Share of fitted markets in which it is true, and the ends of Wilson's 95 % interval."""
        found = stats.binomtest(self.n_true, len(self.values))
        ends = found.proportion_ci(0.95, "wilson")
        return float(found.statistic), float(ends.low), float(ends.high)

    @property
    def changes(self) -> pd.DataFrame:
        """A row for each assumption that differs, the one that differs most first."""
        change, rows = self.least.change, []
        values = values_of(np.stack([self.least.center, self.least.scores]), self.fitted.priors)
        for k in np.argsort(-np.abs(change), kind="stable"):
            if change[k] != 0.0:
                rows.append({
                    "assumption": self.fitted.priors[k].id, "prior_sds": change[k],
                    "from": values[0, k], "to": values[1, k],
                    "low": self.fitted.priors[k].low, "high": self.fitted.priors[k].high,
                })  # fmt: skip
        columns = ["assumption", "prior_sds", "from", "to", "low", "high"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def lost(self) -> pd.DataFrame:
        """The published numbers that the center keeps, and that fail where the claim is true."""
        return self.missed[self.missed["kept_at_center"] & ~self.missed["kept_if_true"]]


def check(claim: Claim, fitted: Fitted, markets: KeptMarkets) -> Checked:
    """Put a claim to fitted markets, and look for what would have to differ least.

    Raises
    ------
    ExperimentError
        If too many runs fail, or a replicate of a point that is tried.
    """
    finish = reading_of(claim.measure)
    rows = markets.rows(fitted.markets(markets), finish, "fitted markets")
    prior = values_of(fitted.prior_scores, fitted.priors)
    of_prior = markets.rows(
        markets.of_rows(fitted.priors, prior, range(len(prior))), finish, "prior markets"
    )[:, 0]
    by_hand = [markets.scenario({}, turn) for turn in range(SEEDS)]

    def respond(scores: Array) -> Array:
        tried = markets.of_scores(fitted.priors, scores, REPLICATES)
        found = markets.rows(tried, finish, "looking for the least change")[:, 0]
        return np.asarray(found.reshape(-1, REPLICATES).mean(axis=1))

    groups = [(fitted.scores, rows[:, 0]), (fitted.prior_scores, of_prior)]
    least = least_change(claim, respond, fitted.center, groups)
    return Checked(
        claim, fitted, rows[:, 0], of_prior,
        by_hand=markets.rows(by_hand, finish, "baseline")[:, 0],
        days=rows[:, 1:],
        first=by_hand[0].market.start,
        least=least,
        missed=_missed(least, fitted, markets),
    )  # fmt: skip


def _missed(least: LeastChange, fitted: Fitted, markets: KeptMarkets) -> pd.DataFrame:
    """Return the published numbers of the fit, beside markets at both ends of the way."""
    about = fitted.posterior.about
    as_of = dt.date.fromisoformat(str(about["as_of"]))
    held = targets(markets.inputs, as_of, str(about["vintage"]))
    ids = [one.id for one in read_targets()]
    places = [ids.index(one.id) for one in held]
    points = np.stack([least.center, least.scores])
    runs = markets.of_scores(fitted.priors, points, REPLICATES)
    last = max(one.last for one in held)
    read, _ = split(markets.readings(runs, last, "published numbers"))
    if not np.isfinite(read).any():
        raise ExperimentError("no run gives any published number.")
    values = np.repeat(values_of(points, fitted.priors), REPLICATES, axis=0)
    published = as_published(read, pool_shares([one.id for one in fitted.priors], values))
    means = published[:, places].reshape(2, REPLICATES, -1).mean(axis=1)
    rows = []
    for one, center, there in zip(held, *means, strict=True):
        rows.append({
            "target": one.id, "name": one.name, "facts": ", ".join(one.facts), "unit": one.unit,
            "bound": one.bound, "low": one.low, "high": one.high, "tolerance": one.tolerance,
            "center": center, "if_true": there,
            "kept_at_center": is_kept(one, center), "kept_if_true": is_kept(one, there),
            "errors_off": errors_off(one, there),
        })  # fmt: skip
    return pd.DataFrame(rows)


def is_kept(target: Target, found: float) -> bool:
    """Whether what a market gives is as near to what was published as its tolerance asks."""
    said = target.factor * found
    if not np.isfinite(said):
        return False
    beyond = {"at_least": said > target.low, "at_most": said < target.high}
    return beyond.get(target.bound, False) or target.near(said)


def errors_off(target: Target, found: float) -> float:
    """Return how many standard deviations of its error a market is beyond what was published."""
    said = target.factor * found
    if not said > 0.0:
        return -np.inf
    low = -np.inf if target.bound == "at_most" else float(np.log(target.low))
    high = np.inf if target.bound == "at_least" else float(np.log(target.high))
    log = float(np.log(said))
    return (min(log - low, 0.0) + max(log - high, 0.0)) / target.log_sd
