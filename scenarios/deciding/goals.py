"""What is wanted of a policy, from the words of the command line: goals, and conditions to keep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from scenarios.asking.question import Measure
from scenarios.command import values
from sim.checks import chosen, short
from sim.errors import ConfigError
from sim.metrics import CATALOGUE, metric_of
from sim.numbers import amount
from sim.scenario import Scenario

_USD = "_usd"
_KEEP = re.compile(r"\s*([^<>=\s]+)\s*(>=|<=)\s*(\S.*)")
MOST_GOALS = 2


@dataclass(frozen=True)
class Goal:
    """A number that should be large, or small.

    Parameters
    ----------
    measure
        What it is, of whom, over which days.
    upward
        Whether more of it is better.
    """

    measure: Measure
    upward: bool

    @property
    def label(self) -> str:
        """What it is, without its days."""
        return plain_words(self.measure)

    @property
    def word(self) -> str:
        """``most`` or ``least``."""
        return "most" if self.upward else "least"


@dataclass(frozen=True)
class Condition:
    """A number that must stay above a level, or below.

    Parameters
    ----------
    measure
        As of a goal.
    level
        In the unit of the measure.
    at_least
        False where it is the most that is allowed.
    """

    measure: Measure
    level: float
    at_least: bool

    def lack(self, value: Any) -> Any:
        """Return how far numbers are from what must be kept; 0 or less where it is kept."""
        return self.level - value if self.at_least else value - self.level

    @property
    def text(self) -> str:
        """The condition in words."""
        sign = "≥" if self.at_least else "≤"
        return f"{plain_words(self.measure)} {sign} {amount(self.level, self.measure.unit)}"


def plain_words(measure: Measure) -> str:
    """Return what a measure is of whom, as ``daily active of Sora``."""
    words = measure.metric.removesuffix(_USD).replace("_", " ")
    return f"{words} of {measure.platform.capitalize()}"


def measured_by(text: str, platform: str, since: str, date: str, scenario: Scenario) -> Measure:
    """Return the measure of a name: a metric, without ``_usd`` too, or ``platform.metric``.

    Raises
    ------
    UnknownNameError
        If there is no such metric or platform.
    """
    owner, dot, rest = text.strip().partition(".")
    of, name = (owner, rest) if dot else (platform, owner)
    chosen("platform", of, scenario.platforms)
    if name not in CATALOGUE and name + _USD in CATALOGUE:
        name += _USD
    return Measure(metric_of(name).name, of, since, date)


def condition(text: str, platform: str, since: str, date: str, scenario: Scenario) -> Condition:
    """Read ``daily_active>=500k``.

    Raises
    ------
    ConfigError
        If it has no sign or no number, or another metric than there are.
    """
    parts = _KEEP.fullmatch(text)
    if parts is None:
        raise ConfigError(
            f"{short(text)}: write it as METRIC>=NUMBER or METRIC<=NUMBER, in quotes, such as "
            '"daily_active>=500k".'
        )
    name, sign, number = parts.groups()
    try:
        level = values.number(number)
    except values.BadValueError as error:
        raise ConfigError(f"{short(text)}: {error.message}") from None
    measure = measured_by(name, platform, since, date, scenario)
    return Condition(measure, level, sign == ">=")
