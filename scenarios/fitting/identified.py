"""What a fit can tell apart, and what knowing one thing more would tell of months to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from scenarios.fitting.calibration import Fit
from scenarios.fitting.measured import read_months, read_series
from sim.formulas import Array

#: Sets of assumptions of which data may hold the sum and not the parts.
SETS = (
    ("pool size against word of mouth", ("A1", "A16")),
    ("pool size against worth of the app", ("A1", "A22")),
    ("launch press against the store's chart", ("A11", "A112")),
    ("launch press against background interest", ("A11", "A14")),
    ("tiring of visits against drop-out", ("A106", "A35")),
    ("shape against scale of drop-out", ("A34", "A35")),
    ("clips wished against clips that last", ("A5", "A36")),
    ("clips wished against who creates", ("A5", "A101")),
)


class Flat(NamedTuple):
    """Two assumptions that data hold together.

    Parameters
    ----------
    ids
        The two.
    correlation
        Of their scores after the fit.
    along, across
        Standard deviation of the best and the worst known combination of both, 1 before the fit.
    """

    ids: tuple[str, str]
    correlation: float
    along: float
    across: float


def flat(found: Fit, one: str, other: str) -> Flat:
    """Return how far data tell two assumptions apart.

    Raises
    ------
    ValueError
        If one of them is not fitted.
    """
    names = [prior.id for prior in found.priors]
    both = found.scores[:, [names.index(one), names.index(other)]]
    widths = np.sqrt(np.linalg.eigvalsh(np.cov(both.T)))
    correlation = float(np.asarray(np.corrcoef(both.T))[0, 1])
    return Flat((one, other), correlation, float(widths[1]), float(widths[0]))


def most_bound(found: Fit, n: int) -> list[Flat]:
    """Return the pairs whose scores hang together most after the fit, chance left out.

    A correlation of independent scores is beyond 4/√members in one pair of 16,000.
    """
    fitted = [k for k, one in enumerate(found.priors) if one.is_fitted]
    together = np.asarray(np.corrcoef(found.scores[:, fitted].T))
    rows, columns = np.triu_indices(len(fitted), 1)
    strength = np.abs(together[rows, columns])
    order = [k for k in np.argsort(-strength)[:n] if strength[k] > 4.0 / np.sqrt(len(found.scores))]
    return [
        flat(found, found.priors[fitted[rows[k]]].id, found.priors[fitted[columns[k]]].id)
        for k in order
    ]


class Narrows(NamedTuple):
    """What knowing one thing would do to a number to come.

    Parameters
    ----------
    what
        Id of an assumption, or platform, metric and month of a number that may be published.
    left
        Standard deviation of the log of the number that would be left, as a part of what there is.
    """

    what: tuple[str, ...]
    left: float


def narrowed(
    found: Fit, platform: str, metric: str, month: int, known: Sequence[tuple[str, str, int]]
) -> list[Narrows]:
    """Return what would narrow a number of a month, the most telling first.

    By the linear regression of its log on each thing alone, over fitted markets: what is left is
    √(1 - r²), an upper bound of what remains once it is known.

    Parameters
    ----------
    month
        Place among `scenarios.fitting.measured.read_months`.
    known
        Numbers that may be published first: platform, metric, place of the month.
    """
    aim = _logs(found, platform, metric, month)
    things: list[tuple[tuple[str, ...], Array]] = [
        ((one.id,), found.scores[:, k]) for k, one in enumerate(found.priors) if one.is_fitted
    ]
    things += [
        ((of, name, str(read_months()[place].first)), _logs(found, of, name, place))
        for of, name, place in known
    ]
    rows = []
    for what, values in things:
        good = np.isfinite(aim) & np.isfinite(values)
        r = float(np.asarray(np.corrcoef(aim[good], values[good]))[0, 1]) if good.sum() > 2 else 0.0
        rows.append(Narrows(what, float(np.sqrt(max(1.0 - r * r, 0.0)))))
    return sorted(rows, key=lambda row: row.left)


def _logs(found: Fit, platform: str, metric: str, month: int) -> Array:
    place = read_series().index((platform, metric))
    values = found.series[:, place, month]
    with np.errstate(divide="ignore"):
        return np.where(values > 0.0, np.log(values), np.nan)
