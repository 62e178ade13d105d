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
from scenarios.fitting.members import SEEDS, Members
from scenarios.fitting.observation import Observations, observations
from scenarios.fitting.priors import Prior, drawn_scores, scores_of, values_of
from scenarios.fitting.smoother import STEPS, Aim, gain, moved
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
#: Steps to the central point, and how near (in logs) to the middle its readings are taken to lie.
_CENTRAL_STEPS, _CENTRAL_SD = 12, 0.1


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

    prior_readings, _ = _published(members, scores, "prior")
    read = prior_readings
    for step in range(STEPS):
        if step > 0:
            read, _ = _published(members, scores, f"step-{step}")
        logs = log_readings(read[:, places], target.middle)
        scores = scores.copy()
        scores[:, fitted] = moved(scores[:, fitted], logs, target, float(STEPS), rng)
    readings, series = _published(last, scores, "posterior")
    return Fit(tuple(priors), held, first, scores, prior_readings, readings, series)


def central_point(members: Members, found: Fit) -> dict[str, float]:
    """Return the value of each assumption that the data taught, at the central point of a fit.

    All others have the values that their reasons give: what the data do not tell stays what was
    believed of it. Those that were taught begin at their means, and are moved by the ensemble's own
    regression until their market gives the median of each fitted reading. (The market at the mean
    of all is not the middle one, since readings are bent in scores.)

    Parameters
    ----------
    members
        What runs markets at a point: one for each seed.
    """
    taught = found.spreads < TAUGHT
    places, middle = places_of(found.held), Aim.of(found.held).middle
    logs = log_readings(found.readings[:, places], middle)
    toward = gain(found.scores, logs, np.eye(len(places)) * _CENTRAL_SD**2)[:, taught]
    believed = np.array([[float(members.inputs.value(one.id)) for one in found.priors]])
    point = scores_of(believed, found.priors)[0]
    point[taught] = found.scores[:, taught].mean(axis=0)
    for step in range(_CENTRAL_STEPS):
        readings, _ = _published(members, np.tile(point, (SEEDS, 1)), f"central-{step}")
        there = log_readings(readings[:, places], middle).mean(axis=0)
        point[taught] += (np.median(logs, axis=0) - there) @ toward
    values = values_of(point[None, :], found.priors)[0]
    return {
        one.id: float(value)
        for one, value, is_taught in zip(found.priors, values, taught, strict=True)
        if is_taught
    }


def _published(members: Members, given: Array, what: str) -> tuple[Array, Array]:
    """Return readings of members as vendors count them, and their series."""
    readings, series = split(members.rows(given, what))
    names = [one.id for one in members.priors]
    return as_published(readings, pool_shares(names, values_of(given, members.priors))), series
