"""The central point of a fit: the one market that agrees best with what was published.

It is the mode of the posterior in the assumptions that the data taught, all others kept as they are
believed to be, found by Gauss and Newton's method on mean readings over seeds at common luck
(Nocedal and Wright 2006, Numerical Optimization, 2nd ed., section 10.3). The mean or median of each
assumption would not do: readings are bent in scores, so that the market there is none of the
middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scenarios.fitting.calibration import TAUGHT, Fit, places_of, published
from scenarios.fitting.measured import log_readings
from scenarios.fitting.members import SEEDS, Members
from scenarios.fitting.priors import scores_of, values_of
from scenarios.fitting.smoother import Aim
from sim.formulas import Array

#: How far one score is moved to see what readings do: chance of a few agents is small beside it.
_MOVED = 0.3
#: Parts of a full step that are tried together; the best one is taken.
_PARTS = (1.0, 0.5, 0.25, 0.1)
#: Steps at most; the search ends before where none gains this much in log density.
_MOST_STEPS, _LEAST_GAIN = 10, 0.02


@dataclass(frozen=True)
class _Search:
    """Log densities of points, and what to move them by.

    Parameters
    ----------
    members
        What runs a market at a point, one for each seed.
    found
        The fit.
    taught
        (priors,) which assumptions are moved.
    """

    members: Members
    found: Fit
    taught: npt.NDArray[np.bool_]

    def logs(self, points: Array, what: str) -> Array:
        """(points, targets) means over seeds of logs of readings."""
        rows = np.repeat(points, SEEDS, axis=0)
        readings, _ = published(self.members, rows, what)
        aim, places = Aim.of(self.found.held), places_of(self.found.held)
        logs = log_readings(readings[:, places], aim.middle)
        return np.asarray(logs.reshape(len(points), SEEDS, -1).mean(axis=1))

    def missed(self, logs: Array) -> Array:
        """(points, targets) by how much logs miss what was published."""
        aim = Aim.of(self.found.held)
        return aim.missed(np.broadcast_to(aim.middle, logs.shape), logs)

    def densities(self, points: Array, logs: Array) -> Array:
        """(points,) log density of the posterior, but for a constant."""
        missed = self.missed(logs)
        precision = np.linalg.inv(Aim.of(self.found.held).covariance)
        misfit = np.einsum("pi,ij,pj->p", missed, precision, missed)
        return np.asarray(-(misfit + (points[:, self.taught] ** 2).sum(axis=1)) / 2.0)

    def step(self, point: Array, logs: Array, moved: Array) -> Array:
        """(taught,) the full step from a point.

        Parameters
        ----------
        point
            (priors,) scores.
        logs
            (targets,) there.
        moved
            (taught, targets) where one score is moved up.
        """
        slopes = (moved - logs) / _MOVED
        precision = np.linalg.inv(Aim.of(self.found.held).covariance)
        missed = self.missed(logs[None, :])[0]
        curved = slopes @ precision @ slopes.T + np.eye(len(slopes))
        return np.asarray(np.linalg.solve(curved, slopes @ precision @ missed - point[self.taught]))


def central_point(members: Members, found: Fit) -> dict[str, float]:
    """Return the value of each assumption that the data taught, at the mode of the posterior.

    The search begins at the mean of the fitted scores, or at what is believed of all, whichever
    agrees better with what was published.

    Parameters
    ----------
    members
        What runs markets at a point: one for each seed.
    """
    taught = found.spreads < TAUGHT
    search = _Search(members, found, taught)
    believed = np.array([[float(members.inputs.value(one.id)) for one in found.priors]])
    starts = np.repeat(scores_of(believed, found.priors), 2, axis=0)
    starts[0, taught] = found.scores[:, taught].mean(axis=0)
    logs = search.logs(starts, "central-start")
    densities = search.densities(starts, logs)
    best = int(np.argmax(densities))
    point, there, density = starts[best], logs[best], densities[best]
    for k in range(_MOST_STEPS if taught.any() else 0):
        aside = np.tile(point, (int(taught.sum()), 1))
        aside[:, taught] += _MOVED * np.eye(len(aside))
        step = search.step(point, there, search.logs(aside, f"central-{k}-slopes"))
        tried = np.tile(point, (len(_PARTS), 1))
        tried[:, taught] += np.outer(_PARTS, step)
        logs = search.logs(tried, f"central-{k}-steps")
        densities = search.densities(tried, logs)
        best = int(np.argmax(densities))
        if densities[best] < density + _LEAST_GAIN:
            break
        point, there, density = tried[best], logs[best], densities[best]
    values = values_of(point[None, :], found.priors)[0]
    return {
        one.id: float(value)
        for one, value, is_taught in zip(found.priors, values, taught, strict=True)
        if is_taught
    }
