"""Options of commands that look for the best: what is wanted, of whom, what must be kept."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scenarios.deciding.goals import Condition, Goal
    from sim.scenario import Scenario

Maximize = Annotated[
    list[str] | None,
    typer.Option("--maximize", metavar="METRIC", help="What there should be most of."),
]
Minimize = Annotated[
    list[str] | None,
    typer.Option("--minimize", metavar="METRIC", help="What there should be least of."),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep", metavar="METRIC>=NUMBER",
        help='What must be kept on average, in quotes: "daily_active>=500k".',
    ),
]  # fmt: skip
Whose = Annotated[str, typer.Option("--platform", metavar="NAME", help="Whose numbers are meant.")]


def first_day(scenario: Scenario, since: dt.date | None) -> str:
    """Return the first day that counts."""
    return str(since or scenario.market.report_from or scenario.market.start)


def goals_of(
    scenario: Scenario,
    maximize: list[str] | None,
    minimize: list[str] | None,
    platform: str,
    first: str,
) -> tuple[Goal, ...]:
    """Return what is wanted: contribution, if nothing is said.

    Raises
    ------
    ConfigError, UnknownNameError
        If there are more goals than can be shown, or there is no such metric.
    """
    from scenarios.deciding.goals import MOST_GOALS, Goal, measured_by
    from sim.errors import ConfigError

    named = [(one, True) for one in maximize or []] + [(one, False) for one in minimize or []]
    if len(named) > MOST_GOALS:
        raise ConfigError(
            f"{len(named)} goals: give {MOST_GOALS} at most; what must only be kept goes to --keep."
        )
    last = str(scenario.market.until)
    return tuple(
        Goal(measured_by(text, platform, first, last, scenario), upward)
        for text, upward in named or [("contribution", True)]
    )  # fmt: skip


def kept_of(
    scenario: Scenario, keep: list[str] | None, platform: str, first: str
) -> tuple[Condition, ...]:
    """Return what must be kept."""
    from scenarios.deciding.goals import condition
    from sim.errors import ConfigError

    last = str(scenario.market.until)
    found = []
    for text in keep or []:
        try:
            found.append(condition(text, platform, first, last, scenario))
        except ConfigError as error:
            raise ConfigError(f"--keep {error}") from error
    return tuple(found)
