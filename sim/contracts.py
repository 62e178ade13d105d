"""What the machine needs of those who act: two protocols, and the place where they register.

`sim` imports no agent class. A population and a platform class announce themselves with `register`;
`check_population` and `check_platform` tell in one line what somebody's own class lacks.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy.typing as npt

from sim.errors import ConfigError

if TYPE_CHECKING:
    from sim.interventions import Opening
    from sim.platform_config import PlatformConfig


@runtime_checkable
class PlatformAgent(Protocol):
    """A platform, as the market sees it."""

    name: str
    terms: PlatformConfig

    def change(self, cause: str, values: Mapping[str, Any]) -> None:
        """Put new values in force, and log them."""

    def open_access(self, cause: str, opening: Opening) -> None:
        """Open access for some people from today."""

    def decide(self) -> None:
        """Take the decisions of the morning, knowing yesterday's record."""

    def price_clip(self) -> None:
        """Work out today's cost of a clip."""

    def settle(self) -> None:
        """Book the day's money."""

    def measures(self) -> Mapping[str, float]:
        """Return today's value of every metric the platform records."""

    def state(self) -> dict[str, Any]:
        """Return all that a restart needs: arrays and JSON values by name."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state."""


@runtime_checkable
class PopulationAgent(Protocol):
    """The users, as the market sees them."""

    def listen(self) -> None:
        """Work out what reaches people today."""

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
    names = [n for n in vars(protocol) if not n.startswith("_")]
    lacking = [n for n in names if not callable(getattr(candidate, n, None))]
    if lacking:
        raise ConfigError(
            f"{type(candidate).__name__} cannot be a {role}: it lacks {', '.join(lacking)}. "
            "See sim/contracts.py for what each must do."
        )
