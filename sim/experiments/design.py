"""The points of a sweep: a grid, a Latin hypercube, a Sobol' sequence, or a table.

A factor is a path and its values: a list, or a range from low to high.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.checks import as_whole, names_in, plain, short, whole_from
from sim.errors import ConfigError
from sim.experiments.paths import as_date, current
from sim.given import must_be
from sim.number_texts import plain_number
from sim.scenario import Scenario

#: Points a sweep may have.
MOST_POINTS = 10_000_000
LOG = "log"


@dataclass(frozen=True)
class Factor:
    """One thing that is varied.

    Parameters
    ----------
    path
        What it sets; several paths get the same value.
    values
        The values themselves, if it is a list; empty if it is a range.
    low, high
        Ends of a range.
    log
        Whether a range is even in the logarithm.
    kind
        What a number between low and high is turned into: "float", "int" or "date".
    """

    path: tuple[str, ...]
    values: tuple[Any, ...] = ()
    low: float = math.nan
    high: float = math.nan
    log: bool = False
    kind: str = "float"

    @property
    def name(self) -> str:
        """The (first) path."""
        return self.path[0]

    def at(self, share: float) -> Any:
        """Return the value at a share of the way from low to high, or down the list."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if self.kind != "float" and not self.log:
            # Every whole number between the ends has the same part of the way.
            return self._as_kind(min(self.low + math.floor(share * self._span), self.high))
        if self.log:
            return self._as_kind(self.low * (self.high / self.low) ** share)
        return self._as_kind(self.low + share * (self.high - self.low))

    @property
    def _span(self) -> float:
        return self.high - self.low + 1

    def levels(self, n: int | None) -> list[Any]:
        """Return the values of a grid: the list, or n values from low to high."""
        if self.values:
            return list(self.values)
        if n is None:
            raise ConfigError(
                f"{self.name}: a grid needs values. List them, or say how many: {self}:5."
            )
        if self.log:
            spaced = np.geomspace(self.low, self.high, n)
        else:
            spaced = np.linspace(self.low, self.high, n)
        return list(dict.fromkeys(self._as_kind(float(x)) for x in spaced))

    def _as_kind(self, number: float) -> Any:
        if self.kind == "date":
            return str(dt.date.fromordinal(round(number)))
        return round(number) if self.kind == "int" else number

    def __str__(self) -> str:
        ends = f"{self._as_kind(self.low)}..{self._as_kind(self.high)}"
        return ",".join(map(str, self.values)) if self.values else ends


def factor(scenario: Scenario, path: str | Sequence[str], given: Any) -> tuple[Factor, int | None]:
    """Read what is said of a factor; return it with the number of levels, if that is said.

    Parameters
    ----------
    path
        One path, or several that get the same value.
    given
        A list of values; ``(low, high)``; or text: ``3,6,30``, ``0.1..0.5``, ``0.1..0.5:5`` for
        five levels, ``1e-4..1e-2:log``, ``2025-10-01..2025-12-01``, ``30`` for one value.
    """
    paths = tuple(names_in("path", path))
    for one in paths:
        must_be(one, str, "path", "'market.seed'")
    now = current(scenario, paths[0])
    if isinstance(given, tuple) and len(given) == 2 and not isinstance(given[0], str):
        return _range(paths, now, plain(given[0]), plain(given[1]), False), None
    if isinstance(given, str) and ".." in given:
        return _range_text(paths, now, given)
    if isinstance(given, str):
        values: Sequence[Any] = [part.strip() for part in given.split(",")]
    elif isinstance(given, Sequence | np.ndarray | pd.Series | pd.Index):
        values = [plain(value) for value in given]
    else:
        values = [plain(given)]
    if len(values) == 0 or any(isinstance(value, str) and value == "" for value in values):
        raise ConfigError(f"{paths[0]} = {short(given)}: give one value or more, such as 3,6,30.")
    return Factor(paths, tuple(values)), None


def _range_text(paths: tuple[str, ...], now: Any, given: str) -> tuple[Factor, int | None]:
    ends, *more = given.split(":")
    low, _, high = ends.partition("..")
    n: int | None = None
    log = False
    for word in (word.strip() for word in more):
        if word == LOG:
            log = True
        elif word.isascii() and word.isdecimal() and 1 <= int(word) <= MOST_POINTS:
            n = int(word)
        else:
            raise ConfigError(
                f"{paths[0]} = {short(given)}: {word!r} must be a number of levels, or log. Write, "
                "say, 0.1..0.5:5 or 1e-4..1e-2:log."
            )
    return _range(paths, now, low.strip(), high.strip(), log), n


def _range(paths: tuple[str, ...], now: Any, low: Any, high: Any, log: bool) -> Factor:
    is_date = isinstance(now, dt.date) or isinstance(low, dt.date)
    kind = "date" if is_date else "int" if isinstance(now, int) else "float"
    if isinstance(now, bool) or not isinstance(now, int | float | dt.date | None):
        raise ConfigError(
            f"{paths[0]} = {low}..{high}: {short(now)} is no number and has no range. List values."
        )
    try:
        ends = [
            float(as_date(end).toordinal()) if kind == "date" else _end(end) for end in (low, high)
        ]
    except (TypeError, ValueError, OverflowError) as error:
        raise ConfigError(
            f"{paths[0]} = {short(low)}..{short(high)}: both ends must be "
            f"{'dates' if kind == 'date' else 'numbers'}, such as "
            f"{'2025-10-01..2025-12-01' if kind == 'date' else '0.1..0.5'}."
        ) from error
    if not (all(map(math.isfinite, ends)) and ends[0] < ends[1]) or (log and ends[0] <= 0):
        above = " and above 0" if log else ""
        raise ConfigError(
            f"{paths[0]} = {low}..{high}: the first end must be below the second{above}."
        )
    if kind == "int" and not all(end.is_integer() for end in ends):
        raise ConfigError(f"{paths[0]} = {low}..{high}: both ends must be whole numbers.")
    return Factor(paths, (), ends[0], ends[1], log, kind)


def _end(given: Any) -> float:
    return float(plain_number(given) if isinstance(given, str) else given)


@dataclass(frozen=True)
class Design:
    """The points of a sweep, each a value by path.

    Parameters
    ----------
    points
        In order.
    name
        How they were chosen, in a few words.
    """

    points: tuple[Mapping[str, Any], ...]
    name: str

    def __post_init__(self) -> None:
        points = self.points
        if not isinstance(points, tuple | list) or not all(isinstance(p, Mapping) for p in points):
            raise ConfigError(
                f"points = {short(points)}: must be a list of tables, such as "
                "({'market.seed': 1},)."
            )
        if not points:
            raise ConfigError(
                "sweep: there is no point. Vary something, or give a table with rows."
            )

    @property
    def paths(self) -> tuple[str, ...]:
        """Everything that is varied."""
        return tuple(dict.fromkeys(path for point in self.points for path in point))

    def __len__(self) -> int:
        return len(self.points)


def n_combinations(scenario: Scenario, vary: Mapping[Any, Any]) -> int:
    """Return how many points the grid of these factors has, without making them."""
    _check_varied(scenario, vary)
    return math.prod(
        n or len(one.values) for one, n in (factor(scenario, path, g) for path, g in vary.items())
    )


def grid(scenario: Scenario, vary: Mapping[Any, Any]) -> Design:
    """Return all combinations of the values of each factor; the last one varies fastest."""
    _check_varied(scenario, vary)
    factors = [factor(scenario, path, given) for path, given in vary.items()]
    levels = [one.levels(n) for one, n in factors]
    n_points = math.prod(map(len, levels))
    if n_points > MOST_POINTS:
        raise ConfigError(
            f"sweep: {n_points:,} points; at most {MOST_POINTS:,}. Give fewer values."
        )
    points = [
        _point([one for one, _ in factors], combination)
        for combination in itertools.product(*levels)
    ]
    return Design(tuple(points), f"grid of {' x '.join(str(len(one)) for one in levels)}")


def _check_varied(scenario: object, vary: object) -> None:
    must_be(scenario, Scenario, "scenario", "baseline.scenario()")
    must_be(vary, Mapping, "vary", "{'market.seed': [1, 2]}")


def latin(scenario: Scenario, vary: Mapping[Any, Any], n: int, seed: int = 1) -> Design:
    """Return n points of a Latin hypercube: each factor evenly covered, whatever the others do."""
    _check_varied(scenario, vary)
    from scipy.stats import qmc

    seed = whole_from("seed", seed, 0, 2**64 - 1)
    return _spread(scenario, vary, n, "Latin hypercube", lambda d: qmc.LatinHypercube(
        d=d, seed=np.random.default_rng(seed)).random(n))  # fmt: skip


def sobol(scenario: Scenario, vary: Mapping[Any, Any], n: int, seed: int = 1) -> Design:
    """Return the first n points of a scrambled Sobol' sequence; best balanced at powers of two."""
    _check_varied(scenario, vary)
    return _spread(scenario, vary, n, "Sobol' sequence", lambda d: sobol_shares(d, int(n), seed))


def sobol_shares(d: int, n: int, seed: int) -> npt.NDArray[np.float64]:
    """Return (n, d) shares from 0 to 1: the first points of a scrambled Sobol' sequence."""
    from scipy.stats import qmc

    seed = whole_from("seed", seed, 0, 2**64 - 1)
    sequence = qmc.Sobol(d=d, seed=np.random.default_rng(seed))
    # A sequence cut anywhere but at a power of two is less balanced, which scipy warns of.
    return np.asarray(sequence.random_base2(max(n - 1, 0).bit_length())[:n])


def _spread(
    scenario: Scenario,
    vary: Mapping[Any, Any],
    n: int,
    name: str,
    shares: Callable[[int], npt.NDArray[np.float64]],
) -> Design:
    number = as_whole(n)
    if number is None or not 1 <= number <= MOST_POINTS:
        raise ConfigError(f"points = {short(n)}: must be a whole number from 1 to {MOST_POINTS:,}.")
    factors = [factor(scenario, path, given)[0] for path, given in vary.items()]
    if not factors:
        raise ConfigError(f"{name}: nothing is varied. Give at least one range.")
    points = tuple(
        _point(factors, [one.at(share) for one, share in zip(factors, row, strict=True)])
        for row in shares(len(factors))
    )
    return Design(points, f"{name} of {number} points")


def _point(factors: Sequence[Factor], values: Sequence[Any]) -> dict[str, Any]:
    return {path: value for one, value in zip(factors, values, strict=True) for path in one.path}
