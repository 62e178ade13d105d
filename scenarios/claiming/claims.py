"""A claim: a number of the market, and what is said of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from scenarios.asking.question import Measure, Values
from sim.checks import chosen, in_range
from sim.errors import ConfigError
from sim.numbers import amount

Relation: TypeAlias = Literal["=", "<", "<=", ">", ">=", "between"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)
#: How far a number may be off and still be the one that was claimed, as a share of it.
WITHIN = 0.25
_WORDS = {
    "<": "below", "<=": "at most", ">": "above", ">=": "at least", "=": "", "between": "",
}  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """A number of the market, and what is said of it.

    Parameters
    ----------
    measure
        Metric, platform and days.
    relation
        ``=`` within a tolerance, ``<``, ``<=``, ``>``, ``>=``, or ``between``.
    given
        The number that is claimed; two, the lower one first, for ``between``.
    within
        Tolerance of ``=``, as a share of the number.
    name
        What it is called, if it has a name.
    says
        What was said, in words; else made from the numbers.
    facts
        Ids of facts that it was said in.

    Raises
    ------
    ConfigError
        If the relation is none of these, or the numbers are not as many and in that order.
    """

    measure: Measure
    relation: Relation
    given: tuple[float, ...]
    within: float = WITHIN
    name: str = ""
    says: str = ""
    facts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        chosen("relation", self.relation, RELATIONS)
        in_range("within", self.within, 0.0, 1.0, ends="[)")
        for number in self.given:
            in_range("claimed", number)
        needed = 2 if self.relation == "between" else 1
        if len(self.given) != needed or self.given[0] > self.given[-1]:
            raise ConfigError(
                f"claimed {' and '.join(f'{one:g}' for one in self.given)}: must be "
                + ("two numbers, the lower one first." if needed == 2 else "one number.")
            )

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest number that make it true; infinite where there is no end."""
        first, last = self.given[0], self.given[-1]
        if self.relation == "=":
            slack = self.within * abs(first)
            return first - slack, first + slack
        if self.relation == "between":
            return first, last
        return (-math.inf, last) if self.relation.startswith("<") else (first, math.inf)

    def holds(self, values: Values) -> npt.NDArray[np.bool_]:
        """Return whether numbers make it true, of any shape; no number (NaN) does not."""
        low, high = self.ends
        found = np.asarray(values, np.float64)
        if self.relation == "<":
            return np.asarray(found < high)
        if self.relation == ">":
            return np.asarray(found > low)
        return np.asarray((found >= low) & (found <= high))

    def side(self, value: float) -> int:
        """Return 1 if a number is too low to make it true, -1 if too high, else 0."""
        low = self.ends[0]
        if self.holds(np.asarray(value)) or not math.isfinite(value):
            return 0
        return 1 if value < low or (self.relation == ">" and value == low) else -1

    def edge(self, side: int) -> float:
        """Return the end that a number on a side, as `side` tells it, comes to first."""
        return self.ends[0] if side > 0 else self.ends[1]

    @property
    def claimed(self) -> str:
        """What is claimed of the number, in words."""
        unit = self.measure.unit
        if self.relation == "between":
            low, high = (amount(one, unit) for one in self.given)
            return f"between {low} and {high}"
        return f"{_WORDS[self.relation]} {amount(self.given[0], unit)}".strip()

    @property
    def text(self) -> str:
        """The claim as a sentence without its full stop."""
        slack = f", within {100.0 * self.within:.3g} %" if self.relation == "=" else ""
        return f"{self.measure.text}: {self.claimed}{slack}"

    @property
    def spelled(self) -> str:
        """The claim as the command reads it."""
        one = self.measure
        days = one.date if one.since == one.date else f"{one.since}..{one.date}"
        numbers = " and ".join(f"{number:.12g}" for number in self.given)
        return f"{one.metric}.{one.platform}@{days} {self.relation} {numbers}"
