"""What a command line chooses: the scenario to run, and the folder for what comes out."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import scenarios
from scenarios.command.values import Setting
from scenarios.structures import MARKET
from sim.errors import ClipmarketError, ConfigError, DataError

if TYPE_CHECKING:
    from scenarios.fitting.posterior import Posterior
    from sim.experiments.work.sources import Source
    from sim.scenario import Scenario

#: What ``--posterior`` takes beside files.
SHIPPED_POSTERIOR, NO_POSTERIOR = Path("shipped"), Path("none")


def chosen_scenario(
    name: str,
    users: int | None,
    people: float | None,
    seed: int | None,
    until: dt.date | None,
    graph: str | None,
    settings: list[Setting] | None,
) -> Scenario:
    """Return the scenario of a name or file, with what the options change of it.

    Raises
    ------
    ClipmarketError
        If there is no such scenario, a value is outside its bounds, or a run would not fit into
        memory.
    """
    from scenarios.inputs.sizing import check_size, sized

    scenario = sized(scenarios.scenario_of(name), users, seed, people, graph, until)
    for path, value in settings or []:
        try:
            scenario = _with_setting(scenario, path, value)
        except ClipmarketError as error:
            raise ConfigError(f"--set {error}") from error
    check_size(scenario)
    return scenario


def _with_setting(scenario: Scenario, name: str, value: str) -> Scenario:
    """Return the scenario with what ``--set`` says: whatever ``--vary`` takes, and one value."""
    from scenarios.inputs.aliases import ALIASES, assumption, paths_of
    from sim.experiments.paths import varied, whole_path

    one = assumption(name)
    if one is not None:
        return varied(scenario, dict.fromkeys(paths_of(one), value))
    try:
        path = whole_path(scenario, name, ALIASES)
    except ClipmarketError:
        if name.startswith("event:") or "@" in name:
            raise
        return scenario.set(name, value)  # or the line on what there is of that name
    is_plain = "@" not in path and not path.startswith("event:")
    return scenario.set(path, value) if is_plain else varied(scenario, {path: value})


def folder_of(scenario: Scenario, plain: Scenario, structure: str = MARKET) -> Path:
    """Return where a run goes if no folder is named: a changed one not over the plain one."""
    name = plain.name if structure == MARKET else f"{plain.name}-{structure}"
    changed = scenario.fingerprint != plain.fingerprint
    return Path("out") / (f"{name}-{scenario.fingerprint[:6]}" if changed else name)


def source_of(name: str, scenario: Scenario) -> Source:
    """Return a scenario with the module that workers load before they run it."""
    from sim.experiments.work.sources import Source, source

    return Source(scenario, source(scenarios.load(name)).setup)


def chosen_posterior(given: Path) -> Posterior | None:
    """Return the posterior of ``--posterior``: the one shipped, that of a file, or none.

    Raises
    ------
    DataError
        If it cannot be read, is not of these assumptions, or has draws of what is no market.
    """
    from scenarios.fitting.posterior import SHIPPED, read_posterior
    from scenarios.fitting.rivals import RIVALS
    from scenarios.inputs.assumptions import load_inputs

    if given == NO_POSTERIOR:
        return None
    found = read_posterior(SHIPPED if given == SHIPPED_POSTERIOR else given, load_inputs())
    others = [one for one in dict.fromkeys(found.structures) if one not in RIVALS]
    if others:
        raise DataError(
            f"{given}: has draws of {others[0]}, which is no market of people. Fit a structure of "
            "the market: python -m scenarios calibrate."
        )
    return found


def checked_folder(folder: Path, option: str = "--out") -> Path:
    """Refuse, before anything is computed, a folder that cannot be written to; leave no trace.

    Raises
    ------
    DataError
        Saying why.
    """
    try:
        there = folder
        while not there.exists():
            there = there.parent
        if not there.is_dir():
            raise DataError(f"{option} {folder}: {there} is a file. Give a folder.")
        # Names are tried out too: one may be too long, or hold what the disk does not take.
        with tempfile.TemporaryDirectory(dir=there) as trial:
            (Path(trial) / folder.absolute().relative_to(there.absolute())).mkdir(
                parents=True, exist_ok=True
            )
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"{option} {folder}: cannot be written to ({reason}). Give a folder that can."
        ) from error
    return folder
