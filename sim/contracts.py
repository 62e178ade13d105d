"""What the machine needs of those who act: two protocols, and the place where they register.

`sim` imports no agent class. A population and a platform class announce themselves with `register`;
a market that is built with somebody's own class checks it first (`check_platform`,
`check_population`) and tells in one line what it lacks.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from sim.errors import ConfigError

if TYPE_CHECKING:
    from sim.interventions import Opening
    from sim.platform_config import PlatformConfig

Counts = npt.NDArray[np.int64]


class Outreach(Protocol):
    """What a platform says to people on one day; C kinds of people (cells).

    Attributes
    ----------
    campaign
        What paid media are to bring (`agents.platforms.media.Campaign`); none without a budget.
    """

    campaign: Any

    @property
    def open(self) -> npt.NDArray[np.bool_]:
        """(C,) whether people may use it."""

    @property
    def friction(self) -> npt.NDArray[np.float64]:
        """(C,) effort of installing, log odds."""

    def write_hazards(self, h: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Write (causes, C) the hazard of each cause that is alike for a cell, per day."""


class CodePool(Protocol):
    """Public invite codes of a platform: the company's own, and those that users made public."""

    @property
    def codes(self) -> int:
        """Codes that anybody may take."""

    def post(self, by_cohort: Counts) -> None:
        """Add codes of users, (days,) by the day on which these started."""

    def by_giver(self) -> Counts:
        """Return (1 + days,) codes of the company, then of users by cohort."""

    def leave(self, by_giver: Counts) -> None:
        """Keep only these codes."""

    def issue(self, codes_per_day: float) -> int:
        """Add the company's own codes of one day; return how many."""


class PlatformAgent(Protocol):
    """A platform, as market and population see it.

    Made as ``cls(market, index, name, terms)``; a subclass of `mesa.Agent`.

    Attributes
    ----------
    name, index
        Name, and place in arrays over platforms.
    key
        Key of its luck (`sim.platform_config.platform_key`).
    terms
        What holds today.
    pool
        Public invite codes.
    most_clips
        Agents' clips that today's capacity serves; -1 without a limit.
    congestion
        How crowded the service feels, 1 or more (`agents.platforms.congestion`).
    feed_views
        Yesterday's views on the outside feed, per person.
    paid_reach_missed
        People whom today's budget pays for and ads do not find; told by the population.
    """

    name: str
    index: int
    key: int
    terms: PlatformConfig
    pool: CodePool
    most_clips: int
    congestion: float
    feed_views: float
    paid_reach_missed: float

    def change(self, cause: str, values: Mapping[str, Any]) -> None:
        """Put new values in force, and log them."""

    def open_access(self, cause: str, opening: Opening) -> None:
        """Open access for some people from today."""

    def decide(self) -> None:
        """Take the decisions of the morning, knowing yesterday's record."""

    def price_clip(self) -> None:
        """Work out today's cost of a clip."""

    def reach(self, unaware: Counts) -> Outreach:
        """Return what the platform says today, knowing the unaware agents per cell, (C,)."""

    def settle(self, counts: Counts) -> None:
        """Book the day's money from what was counted of the platform (`PopulationAgent.counts`)."""

    def measures(self) -> Mapping[str, float]:
        """Return today's value of every metric the platform records."""

    def check(self) -> None:
        """Raise AssertionError unless its books balance."""

    def state(self) -> dict[str, Any]:
        """Return all that a restart needs: arrays and JSON values by name."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state."""


class PopulationAgent(Protocol):
    """The users, as the market sees them.

    Made as ``cls(market)``, after the platforms; a subclass of `mesa.Agent`.

    Attributes
    ----------
    counts
        (P, columns) what was counted today, by platform, as `agents.tally.Tally.counts`.
    promoted
        Rows of users with a class of their own.
    """

    @property
    def counts(self) -> Counts:
        """What was counted today, by platform."""

    @property
    def promoted(self) -> Collection[int]:
        """Rows of users with a class of their own."""

    def listen(self) -> None:
        """Work out what reaches people today."""

    def live_days(self, most: int) -> tuple[int, bool]:
        """Live today, from the invites on, and further days on which nobody has a say.

        Returns how many days are over (and counted, `sim.daily_model.DailyModel.count_days`), none
        if today is to be lived part by part; and whether one more has been lived up to the
        settling of accounts, which the market then does.
        """

    def hand_out_codes(self) -> None:
        """Give invite codes to people who wait."""

    def step(self) -> None:
        """Let everybody live the day."""

    def close_day(self) -> None:
        """Turn today into yesterday: what was shared becomes exposure, what was done is seen."""

    def measures(self) -> tuple[Mapping[str, npt.ArrayLike], npt.NDArray[Any], npt.NDArray[Any]]:
        """Return today's metrics by name (P,), active users by cohort, and use by segment."""

    def check(self) -> None:
        """Raise AssertionError unless people, codes and clips are conserved."""

    def state(self) -> dict[str, Any]:
        """Return all that a restart needs."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state."""


_REGISTERED: dict[str, type[Any]] = {}
#: Where the classes of this distribution register themselves when imported.
DEFAULT_AGENTS = "agents"


def register(role: str, cls: type[Any]) -> None:
    """Announce the class that plays a role: "population" or "platform"."""
    _REGISTERED[role] = cls


def registered(role: str) -> type[Any]:
    """Return the class that plays a role; load the distribution's own if none is there yet."""
    if role not in _REGISTERED:
        importlib.import_module(DEFAULT_AGENTS)
    return _REGISTERED[role]


def check_population(candidate: object) -> None:
    """Raise ConfigError naming what a population lacks."""
    _check(candidate, PopulationAgent, "population")


def check_platform(candidate: object) -> None:
    """Raise ConfigError naming what a platform lacks."""
    _check(candidate, PlatformAgent, "platform")


def _check(candidate: object, protocol: type[Any], role: str) -> None:
    if type(candidate).__module__.partition(".")[0] == DEFAULT_AGENTS:
        return  # ours: mypy has checked it
    promised = {n: v for n, v in vars(protocol).items() if not n.startswith("_")}
    wrong = [
        f"{name}({', '.join(_arguments(method))})"
        for name, method in promised.items()
        if inspect.isfunction(method) and not _fits(getattr(candidate, name, None), method)
    ]
    attributes = [*inspect.get_annotations(protocol), *promised]
    wrong += [name for name in dict.fromkeys(attributes) if not hasattr(candidate, name)
              and not inspect.isfunction(promised.get(name))]  # fmt: skip
    if wrong:
        raise ConfigError(
            f"{type(candidate).__name__} cannot be a {role}: it lacks {', '.join(wrong)}. "
            "See sim/contracts.py for what each must do."
        )


def _arguments(method: Any) -> list[str]:
    return list(inspect.signature(method).parameters)[1:]


def _fits(own: object, method: Any) -> bool:
    """Return whether a bound method can be called as the contract says."""
    if not callable(own):
        return False
    try:
        inspect.signature(own).bind(*_arguments(method))
    except TypeError:
        return False
    return True
