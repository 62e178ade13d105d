"""Recovery: truths drawn from the prior, published as vendors publish, fitted as reality is.

What a fit says is worth something only if it holds where the truth is known. A truth is a market
with assumptions drawn from the prior and a seed of its own; its numbers are published with errors
of counting, and the fit is given these alone. Truth and prior are drawn alike, so that the rank of
the truth among the draws of an exact posterior is uniform (Talts, Betancourt, Simpson, Vehtari and
Gelman 2018, arXiv:1804.06788), and its central intervals hold it as often as they say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from scenarios.fitting.calibration import Fit, fit, places_of
from scenarios.fitting.measured import as_published, pool_shares, split
from scenarios.fitting.members import BLOCK, SEEDS, Members, MembersOf, Tell
from scenarios.fitting.observation import Observations, draw_observations
from scenarios.fitting.priors import values_of
from scenarios.fitting.smoother import Aim
from sim.experiments.work.driving import ExperimentError
from sim.formulas import Array

#: Keys of truths and of the errors of what is published of them, apart from those of a fit.
_TRUTHS, _PUBLISHED = 1_000_033, 1_000_037
#: Markets drawn for each truth wanted, at most: some have nothing that could be published.
_MOST_DRAWN = 20


@dataclass(frozen=True)
class Truths:
    """Markets of which everything is known.

    Parameters
    ----------
    scores
        (truths, priors).
    readings
        (truths, targets of the fit) as vendors count them, without errors.
    series
        (truths, series, months), see `scenarios.fitting.measured`.
    n_drawn
        Markets drawn until there were so many of which all could be published.
    """

    scores: Array
    readings: Array
    series: Array
    n_drawn: int


@dataclass(frozen=True)
class Recovered:
    """What a fit makes of a truth.

    Parameters
    ----------
    scores
        (priors,) of the truth.
    series
        (series, months) of the truth.
    fit
        To what was published of it.
    """

    scores: Array
    series: Array
    fit: Fit


def draw_truths(members: Members, held: Observations, n_truths: int, seed: int) -> Truths:
    """Return the first markets drawn from the prior of which everything can be published.

    A market that gives nothing for a target has no number to publish, and is left out. That is a
    choice by what is observed, which leaves ranks uniform.

    Parameters
    ----------
    members
        Runs them, with seeds that no member of a fit has.
    seed
        Key of the truths.

    Raises
    ------
    ExperimentError
        If too few can be published.
    """
    priors, places = members.priors, places_of(held)
    names, rng = [one.id for one in priors], np.random.default_rng([seed, _TRUTHS])
    found: list[tuple[Array, Array, Array]] = []
    for first in range(0, _MOST_DRAWN * n_truths, BLOCK):
        drawn = rng.standard_normal((BLOCK, len(priors)))
        rows, series = split(members.rows(drawn, f"truths from {first + 1} on"))
        read = as_published(rows, pool_shares(names, values_of(drawn, priors)))[:, places]
        for k in np.flatnonzero((np.isfinite(read) & (read > 0.0)).all(axis=1)):
            found.append((drawn[k], read[k], series[k]))
            if len(found) == n_truths:
                scores, reading, later = (np.stack(part) for part in zip(*found, strict=True))
                return Truths(scores, reading, later, n_drawn=first + int(k) + 1)
    raise ExperimentError(
        f"{len(found)} of {first + BLOCK} markets drawn can be published, {n_truths} are wanted: "
        "the others have a target at 0. Give more users to each market."
    )


def published(reading: Array, held: Observations, rng: np.random.Generator) -> Observations:
    """Return what vendors might have published of a market, each number of its own kind.

    A number is wrong by the errors of its vendor and its own. A range keeps its width in logs and
    lies anywhere around the number, as likely here as there: so is a range read by the likelihood,
    as a number that lies in it with equal chance everywhere. A bound is the number itself.

    Parameters
    ----------
    reading
        (targets,) of the market, above 0.
    held
        What was published in reality: kinds, widths, vendors and errors.
    """
    logs = np.log(draw_observations(reading, held, 1, rng)[0])
    with np.errstate(invalid="ignore"):
        width = held.high - held.low
    is_range = np.isfinite(width)
    below = rng.uniform(size=len(logs)) * np.where(is_range, width, 0.0)
    return replace(
        held,
        low=np.where(is_range, logs - below, np.where(np.isfinite(held.low), logs, -np.inf)),
        high=np.where(
            is_range, logs - below + width, np.where(np.isfinite(held.high), logs, np.inf)
        ),
    )


def recover(
    members_of: MembersOf,
    held: Observations,
    n_truths: int,
    n_members: int,
    seed: int,
    tell: Tell,
) -> Iterator[Recovered]:
    """Yield what the fit makes of each truth, one by one.

    All fits begin at one prior ensemble, which is run once; everything else is run for each.

    Parameters
    ----------
    held
        What a fit is held to in reality.
    seed
        Key of everything: first seed of members, truths, errors of counting.
    tell
        Is told of progress.
    """
    outside = seed + SEEDS
    truths = draw_truths(members_of(outside, True, tell), held, n_truths, seed)
    for k, (scores, reading, series) in enumerate(
        zip(truths.scores, truths.readings, truths.series, strict=True)
    ):
        rng = np.random.default_rng([seed, _PUBLISHED, k])
        aim = Aim.of(published(reading, held, rng))

        def told(
            what: str, done: int, total: int, name: str = f"truth {k + 1} of {n_truths}"
        ) -> None:
            tell(f"{name}, {what}", done, total)

        members, last = (members_of(seed, is_last, told) for is_last in (False, True))
        yield Recovered(scores, series, fit(members, last, held, n_members, seed, aim))
