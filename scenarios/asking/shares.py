"""What a number hangs on, over all draws of the posterior together.

The part of a number's variance that goes with one thing alone is Var(E[Y|X]) / Var(Y), Sobol's
index of the first order. It is also what knowing that thing would take away of the variance: the
expected value of perfect information about it where a mistake costs its square (Oakley and O'Hagan
2004, J. R. Statist. Soc. B 66; Strong, Oakley and Brennan 2014, Med. Decis. Making 34, for E[Y|X]
by regression over draws that are there already). Draws are not independent: two things that the
record ties together both have what they share.

Both sides are ranked first, so that a few draws far out do not decide; E[Y|X] is a parabola.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from scenarios.asking.findings import Findings
from scenarios.asking.question import REFERENCE, Measure, Values
from sim.formulas import Array

#: Chance that nothing at all gives any share, over all that are tried together.
_BY_CHANCE = 0.05
#: Name of the structure among what a number hangs on.
STRUCTURE = "structure"


class Share(NamedTuple):
    """The part of a number's variance that goes with one thing.

    Parameters
    ----------
    what
        Id of an assumption, `STRUCTURE`, or words for a number that may be published.
    part
        From 0 to 1, less what as many draws give by chance.
    """

    what: str
    part: float


def shares(found: Findings) -> tuple[Share, ...]:
    """Return what the number of a question hangs on, the most telling first.

    Only what chance does not give: a part is left out if one as large comes up among all that are
    tried in more than one of twenty such tables of nothing. Empty where replicates are no draws.
    """
    return explained(found.values(found.question.number), things(found), found.structures)


def things(found: Findings) -> dict[str, Values]:
    """Return (draws,) values of each assumption that differs over draws, by id."""
    if not found.drawn:
        return {}
    every = {
        name: np.array([own.value(name) for own in found.drawn])
        for name, one in found.inputs.assumptions.items()
        if one.prior is not None
    }
    return {name: values for name, values in every.items() if np.ptp(values) > 0.0}


def published(found: Findings, measures: Mapping[str, Measure]) -> dict[str, Values]:
    """Return (draws,) values of numbers that may be published, as the reference has them.

    A number of days that the runs of a question do not reach, or of whom they do not have, is left
    out.
    """
    runs = found.ensembles[REFERENCE]
    last = str(runs.dates[-1].date())
    return {
        words: found.get(REFERENCE, one)
        for words, one in measures.items()
        if one.date <= last and one.platform in runs.platforms
    }


def explained(
    number: Values, by: Mapping[str, Values], structures: tuple[str, ...] = ()
) -> tuple[Share, ...]:
    """Return the parts of a number's variance that go with each of some things, the largest first.

    Parameters
    ----------
    number
        (draws,); those without a value are left out.
    by
        (draws,) values by name.
    structures
        (draws,) names of structures; none if not given.
    """
    known = np.isfinite(number)
    if known.sum() < 3 or not np.ptp(number[known]) > 0.0:
        return ()
    y = stats.rankdata(number[known])
    designs = {name: _parabola(values[known]) for name, values in by.items()}
    if structures:
        designs[STRUCTURE] = _dummies(np.array(structures)[known])
    tried = len(designs)
    found = [
        Share(name, part)
        for name, design in designs.items()
        for part in [_part(y, design, _BY_CHANCE / tried)]
        if part > 0.0
    ]
    return tuple(sorted(found, key=lambda one: -one.part))


def _parabola(values: Values) -> Array:
    """(draws, 2) of what a thing may do: its rank, and the square of it."""
    x = np.where(np.isfinite(values), values, -np.inf)
    rank = stats.rankdata(x) - (len(x) + 1) / 2.0
    scaled = rank / max(float(np.abs(rank).max()), 1.0)
    return np.column_stack([scaled, scaled**2])


def _dummies(names: npt.NDArray[np.str_]) -> Array:
    """(draws, structures - 1) which structure a draw is of."""
    every = np.unique(names)[1:]
    return np.asarray(names[:, None] == every[None, :], np.float64)


def _part(y: Array, design: Array, by_chance: float) -> float:
    """Return R² of a regression, less what chance gives; 0 if chance may give as much."""
    n, p = len(y), design.shape[1]
    left = n - 1 - p
    if p == 0 or left < 1:
        return 0.0
    full = np.column_stack([np.ones(n), design])
    fitted = full @ np.linalg.lstsq(full, y, rcond=None)[0]
    whole, rest = float(((y - y.mean()) ** 2).sum()), float(((y - fitted) ** 2).sum())
    if rest <= 0.0:
        return 1.0
    f = (whole - rest) / p / (rest / left)
    if stats.f.sf(f, p, left) > by_chance:
        return 0.0
    return float(max(1.0 - rest / left / (whole / (n - 1)), 0.0))
