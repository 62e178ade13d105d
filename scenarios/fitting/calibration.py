"""A fit: from priors to the ensemble of markets that agree with what was published."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from scenarios.fitting.measured import (
    as_published,
    log_readings,
    pool_shares,
    read_targets,
    split,
)
from scenarios.fitting.members import Members
from scenarios.fitting.observation import Observations, observations
from scenarios.fitting.priors import Prior, drawn_scores, values_of
from scenarios.fitting.smoother import STEPS, Aim, moved
from scenarios.inputs.assumptions import Inputs
from scenarios.inputs.targets import targets
from sim.errors import ConfigError
from sim.formulas import Array

#: Last day of which anything published may enter a fit.
LAST_KNOWN = dt.date(2025, 12, 31)
#: Key of the errors drawn at each step, apart from that of the prior ensemble.
_ERRORS = 1_000_003
#: An assumption whose spread the data narrow to less than this part is one that they taught.
TAUGHT = 0.9


@dataclass(frozen=True)
class HeldTo:
    """What a fit is held to.

    Parameters
    ----------
    as_of
        Only what could be read by this day.
    vintage
        As of `scenarios.inputs.targets.targets`.
    """

    as_of: dt.date
    vintage: str = ""

    def observations(self, inputs: Inputs) -> Observations:
        """Return the published numbers.

        Raises
        ------
        ConfigError
            If the day is after the last one of the record, or nothing had been published by then.
        """
        if self.as_of > LAST_KNOWN:
            raise ConfigError(
                f"as of {self.as_of}: must be {LAST_KNOWN} or before, the last day of facts."
            )
        return observations(targets(inputs, self.as_of, self.vintage))


@dataclass(frozen=True)
class Fit:
    """The ensembles of a fit: where it began, and where it came to.

    Parameters
    ----------
    priors
        Of the assumptions, in the order of scores.
    held
        What was published, as the fit was held to it.
    prior_scores, scores
        (members, priors).
    prior_readings, readings
        (members, targets) as published, of `read_targets`, all of them.
    series
        (members, series, months) of the posterior ensemble, see `scenarios.fitting.measured`.
    """

    priors: tuple[Prior, ...]
    held: Observations
    prior_scores: Array
    scores: Array
    prior_readings: Array
    readings: Array
    series: Array

    @property
    def values(self) -> Array:
        """(members, priors) of the posterior ensemble."""
        return values_of(self.scores, self.priors)

    @property
    def spreads(self) -> Array:
        """(priors,) standard deviation after the fit over that before, on the scale of scores."""
        return np.asarray(self.scores.std(axis=0) / self.prior_scores.std(axis=0))

    @property
    def prior_values(self) -> Array:
        """(members, priors) of the prior ensemble."""
        return values_of(self.prior_scores, self.priors)


def places_of(held: Observations) -> list[int]:
    """Return where the targets of a fit stand among all that are read."""
    ids = [one.id for one in read_targets()]
    return [ids.index(one.id) for one in held.targets]


def fit(
    members: Members,
    last: Members,
    held: Observations,
    n_members: int,
    seed: int,
    observed: Aim | None = None,
) -> Fit:
    """Move a prior ensemble to what was published, and run where it comes to.

    Parameters
    ----------
    members, last
        What runs the steps, and the last ensemble, which may live to a later day.
    n_members
        Of the ensemble.
    seed
        Key of the prior ensemble and of errors of observation.
    observed
        In place of what was published: to recover a truth that is known.
    """
    priors = members.priors
    places, target = places_of(held), observed or Aim.of(held)
    fitted = np.array([one.is_fitted for one in priors])
    first = scores = drawn_scores(n_members, len(priors), seed)
    rng = np.random.default_rng([seed, _ERRORS])

    prior_readings, _ = published(members, scores, "prior")
    read = prior_readings
    for step in range(STEPS):
        if step > 0:
            read, _ = published(members, scores, f"step-{step}")
        logs = log_readings(read[:, places], target.middle)
        scores = scores.copy()
        scores[:, fitted] = moved(scores[:, fitted], logs, target, float(STEPS), rng)
    readings, series = published(last, scores, "posterior")
    return Fit(tuple(priors), held, first, scores, prior_readings, readings, series)


def published(members: Members, given: Array, what: str) -> tuple[Array, Array]:
    """Return readings of members, of `read_targets`, as vendors count them, and their series."""
    readings, series = split(members.rows(given, what))
    names = [one.id for one in members.priors]
    return as_published(readings, pool_shares(names, values_of(given, members.priors))), series
