"""What a sweep varies: factors with their values, and the points made of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.command.point_files import read_points
from scenarios.command.values import Setting
from sim.errors import ClipmarketError, ConfigError, DataError

if TYPE_CHECKING:
    from sim.experiments import Design
    from sim.scenario import Scenario


def factors_of(scenario: Scenario, settings: Sequence[Setting]) -> dict[Any, Any]:
    """Return what each ``--vary`` means: an alias, a path or an assumption's number, and values."""
    from scenarios.inputs.aliases import ALIASES, assumption, bounds
    from sim.experiments.paths import whole_path

    factors: dict[Any, Any] = {}
    for setting in settings:
        name, values = setting
        one = assumption(name)
        if one is None and not (name and values):
            raise ConfigError(
                f"--vary {setting}: write it as PATH=VALUES, such as quota=3,6,30 or "
                "sora.p_active=0.2..0.5:4."
            )
        path = one.paths if one is not None else whole_path(scenario, name, ALIASES)
        if path in factors:
            raise ConfigError(
                f"--vary {setting}: {name} is varied twice. Give all its values once."
            )
        if one is None or values.startswith(":"):
            factors[path] = values if one is None else "{}..{}{}".format(*bounds(one), values)
        else:
            factors[path] = values or "{}..{}".format(*bounds(one))
    return factors


def design_of(
    scenario: Scenario,
    settings: Sequence[Setting],
    latin: int | None,
    sobol: int | None,
    table: Path | None,
) -> Design:
    """Return the points that the command line asks for."""
    import sim.experiments as experiments

    if sum(option is not None for option in (latin, sobol, table)) > 1:
        raise ConfigError("--latin, --sobol, --table: give one of them, or none for a grid.")
    factors = factors_of(scenario, settings)
    if table is not None:
        if factors:
            raise ConfigError("--table and --vary: the table has all points already. Give one.")
        try:
            return experiments.table(read_points(table, scenario), str(table))
        except ClipmarketError as error:
            raise DataError(f"--table {error}") from error
    if not factors:
        raise ConfigError("sweep: nothing is varied. Give --vary PATH=VALUES, or --table FILE.csv.")
    if latin is not None:
        return experiments.latin(scenario, factors, latin)
    if sobol is not None:
        return experiments.sobol(scenario, factors, sobol)
    return experiments.grid(scenario, factors)
