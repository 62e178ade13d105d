"""What would have to differ least for a claim to be true: the nearest point where it is.

Distance is counted in standard deviations of the prior, so this is the design point of structural
reliability, found by the iteration of Hasofer, Lind, Rackwitz and Fiessler (1978, Computers and
Structures 9): to where the tangent at the last point would make it true, on the shortest way from
the center. Then only the few assumptions that carry most of the change are kept, and halving finds
the shortest way along them. Whatever is returned was run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import stats

from scenarios.claiming.claims import Claim
from scenarios.claiming.slopes import Places, carrying, slopes
from scenarios.fitting.priors import MOST_SCORE
from sim.formulas import Array

#: Part of the squared slopes that assumptions looked at one by one must carry, and their number.
_LOOKED_AT, _MOST_LOOKED_AT = 0.95, 12
#: Part of the squared change that the assumptions named must carry.
CARRIED = 0.9
#: And more of it, where these alone do not lead there.
_MORE = (0.98, 1.0)
#: Rounds of tangents, how far apart in scores their two runs are, and how far a round may lead.
_ROUNDS, _APART, _FARTHEST_STEP = 3, 1.0, 2.0
#: How many times as far is looked along a change that falls short.
_FARTHER = (1.0, 1.25, 1.6, 2.0, 3.0)
#: Halvings of the way; more, up to the second number, while it leads past what is true.
_HALVINGS, _MOST_HALVINGS = 5, 14
#: From (points, assumptions) scores to (points,) numbers of the market; NaN where it has none.
Respond: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True)
class LeastChange:
    """The shortest way found from a center to where a claim is true.

    Parameters
    ----------
    center, scores
        (assumptions,) scores of both ends; equal where nothing has to differ, or nothing would do.
    center_value, value
        Numbers of the market there.
    is_true
        Whether the claim is true at the end of the way.
    farthest
        Of all that was run, the number that comes nearest to the claim.
    """

    center: Array
    scores: Array
    center_value: float
    value: float
    is_true: bool
    farthest: float

    @property
    def change(self) -> Array:
        """(assumptions,) in standard deviations of the prior."""
        return self.scores - self.center

    @property
    def distance(self) -> float:
        """Length of the way, in standard deviations of the prior."""
        return float(np.linalg.norm(self.change))

    @property
    def probability(self) -> float:
        """Probability under the prior of what leads as far out, on this line through its middle.

        Scores weighted as they change are standard normal together, so it is one tail of that.
        """
        if self.distance == 0.0:
            return 1.0
        return float(stats.norm.sf(self.change @ self.scores / self.distance))


class _Ways:
    """Tries points for a claim, and remembers what came nearest to it."""

    def __init__(self, claim: Claim, respond: Respond, center: Array) -> None:
        self.claim, self.center, self._respond = claim, center, respond
        self.value = self.at(np.zeros_like(center))
        self.side = claim.side(self.value)
        self.farthest = self.value
        goal = claim.edge(self.side) if self.side else self.value
        self.is_log = self.value > 0.0 and goal > 0.0
        self.goal = self.scaled(np.asarray(goal))

    def at(self, change: Array) -> float:
        """Return the number of the market after a change."""
        return float(self.at_each(change[None, :])[0])

    def at_each(self, changes: Array) -> Array:
        """Return (points,) numbers of the market after (points, assumptions) changes."""
        return self._respond(np.clip(self.center + changes, -MOST_SCORE, MOST_SCORE))

    def scaled(self, values: Array) -> Array:
        """Return numbers on the scale on which slopes are taken; NaN where there is none."""
        if not self.is_log:
            return np.asarray(values, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(values)
        return np.where(np.isfinite(logs), logs, np.nan)

    def is_past(self, value: float) -> bool:
        """Whether a number has come to the claim from the side of the center, or beyond."""
        if not np.isfinite(value):
            return False
        if (value - self.farthest) * self.side > 0.0:
            self.farthest = value
        return self.claim.side(value) != self.side

    def tangent(self, change: Array, places: Places) -> Array:
        """Return (places,) slopes at a point, each from two runs of the same luck."""
        moved = np.repeat(change[None, :], 2 * len(places), axis=0)
        for k, place in enumerate(places):
            moved[2 * k : 2 * k + 2, place] += np.array([-0.5, 0.5]) * _APART
        found = self.scaled(self.at_each(moved)).reshape(-1, 2)
        return np.nan_to_num((found[:, 1] - found[:, 0]) / _APART)

    def shortest(self, direction: Array, farther: Sequence[float]) -> tuple[Array, float] | None:
        """Return the shortest change found along a direction, and the number there."""
        low = 0.0
        for high in farther:
            value = self.at(high * direction)
            if self.is_past(value):
                break
            low = high
        else:
            return None
        for k in range(_MOST_HALVINGS):
            if k >= _HALVINGS and self.claim.holds(np.asarray(value)):
                break
            middle = (low + high) / 2.0
            found = self.at(middle * direction)
            if self.is_past(found):
                high, value = middle, found
            else:
                low = middle
        ended = np.clip(self.center + high * direction, -MOST_SCORE, MOST_SCORE)
        return ended - self.center, value


def least_change(
    claim: Claim, respond: Respond, center: Array, groups: Sequence[tuple[Array, Array]]
) -> LeastChange:
    """Return the least change of assumptions found that makes a claim true.

    Parameters
    ----------
    respond
        Runs points; the same luck at each, so that two of them differ by their scores alone.
    center
        (assumptions,) scores from which a change is counted.
    groups
        (runs, assumptions) scores and (runs,) numbers of what was run already, NaN where there is
        none: they tell where to look, and what came nearest.
    """
    ways = _Ways(claim, respond, center)
    nowhere = np.zeros_like(center)

    def ended(change: Array, value: float, *, is_true: bool) -> LeastChange:
        return LeastChange(center, center + change, ways.value, value, is_true, ways.farthest)

    if not ways.side:
        return ended(nowhere, ways.value, is_true=bool(claim.holds(np.asarray(ways.value))))
    for _, numbers in groups:
        for number in numbers:
            ways.is_past(float(number))
    steep = slopes([(scores, ways.scaled(numbers)) for scores, numbers in groups])
    for direction, farther in _directions(ways, steep, groups):
        found = ways.shortest(direction, farther)
        if found is not None and claim.holds(np.asarray(found[1])):
            return ended(*found, is_true=True)
    return ended(nowhere, ways.value, is_true=False)


def _directions(
    ways: _Ways, steep: Array, groups: Sequence[tuple[Array, Array]]
) -> Iterator[tuple[Array, Sequence[float]]]:
    """Yield where to look, the shortest ways first: a change, and how many times as far."""
    places = carrying(steep**2, _LOOKED_AT, _MOST_LOOKED_AT)
    if len(places):
        change = _by_tangents(ways, places)
        for part in (CARRIED, *_MORE):
            few = carrying(change**2, part)
            sparse = np.zeros_like(change)
            sparse[few] = change[few]
            if len(few):
                yield sparse, _FARTHER
        for some in (places, np.flatnonzero(steep)):
            ends = np.zeros_like(change)
            ends[some] = ways.side * np.sign(steep[some]) * MOST_SCORE - ways.center[some]
            yield ends, (0.25, 0.5, 1.0)
    # Ways that no slope leads to: what was run where it is true, the nearest first.
    there = [scores[ways.claim.holds(numbers)] - ways.center for scores, numbers in groups]
    every = np.concatenate(there)
    for place in np.argsort((every**2).sum(axis=1))[:3]:
        yield every[place], (0.5, 1.0, 1.25)


def _by_tangents(ways: _Ways, places: Places) -> Array:
    """Return the change that a few rounds of tangents lead to."""
    change, value = np.zeros_like(ways.center), ways.value
    for _ in range(_ROUNDS):
        slope = ways.tangent(change, places)
        missing = float(ways.goal - ways.scaled(np.asarray(value)))
        if not np.any(slope) or not np.isfinite(missing):
            break
        here = change[places]
        step = slope * (missing + slope @ here) / (slope @ slope) - here
        length = float(np.linalg.norm(step))
        step *= min(1.0, _FARTHEST_STEP / length) if length > 0.0 else 1.0
        ends = np.clip(ways.center[places] + here + step, -MOST_SCORE, MOST_SCORE)
        change = change.copy()
        change[places] = ends - ways.center[places]
        value = ways.at(change)
        ways.is_past(value)
    return change
