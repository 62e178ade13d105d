"""What the options of a sweep mean: scenario, points, folder, and where the runs are done."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import scenarios
from scenarios.command.options import StoppedError, check_folder, number, whole, with_settings
from sim.errors import ConfigError, DataError

if TYPE_CHECKING:
    from sim.experiments import Design, Progress
    from sim.experiments.work.sources import Source
    from sim.scenario import Scenario

#: Seconds to wait for a cluster.
_CLUSTER_SECONDS = 10


def source_of(
    name: str,
    users: str | None,
    people: str | None,
    seed: str | None,
    until: str | None,
    graph: str | None,
    settings: list[str] | None,
) -> Source:
    """Return the scenario of the command line, with the module that workers load."""
    from scenarios.inputs.sizing import check_size, sized
    from sim.config import parse_date
    from sim.experiments.work.sources import Source
    from sim.experiments.work.sources import source as as_source

    scenario = sized(
        scenarios.scenario_of(name),
        n_users=whole(users, "--users"),
        n_people=None if people is None else number(people, "--people"),
        seed=whole(seed, "--seed"),
        graph=graph,
        until=None if until is None else parse_date(until, "--until"),
    )
    scenario = with_settings(scenario, settings or [])
    check_size(scenario)
    return Source(scenario, as_source(scenarios.load(name)).setup)


def factors_of(scenario: Scenario, settings: list[str]) -> dict[Any, Any]:
    """Read each ``--vary``: an alias, a path or the number of an assumption, and its values."""
    from scenarios.inputs.aliases import ALIASES, assumption, bounds
    from sim.experiments.paths import whole_path

    factors: dict[Any, Any] = {}
    for setting in settings:
        name, equals, values = (part.strip() for part in setting.partition("="))
        one = assumption(name)
        if one is None and not (equals and name and values):
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
    settings: list[str],
    latin: str | None,
    sobol: str | None,
    table: str | None,
) -> Design:
    """Return the points that the command line asks for."""
    import sim.experiments as experiments

    given = [option for option in (latin, sobol, table) if option is not None]
    if len(given) > 1:
        raise ConfigError("--latin, --sobol, --table: give one of them, or none for a grid.")
    factors = factors_of(scenario, settings)
    if table is not None:
        if factors:
            raise ConfigError("--table and --vary: the table has all points already. Give one.")
        return experiments.table(read_points(Path(table), scenario), table)
    if not factors:
        raise ConfigError("sweep: nothing is varied. Give --vary PATH=VALUES, or --table FILE.csv.")
    if latin is not None:
        return experiments.latin(scenario, factors, whole(latin, "--latin") or 0)
    if sobol is not None:
        return experiments.sobol(scenario, factors, whole(sobol, "--sobol") or 0)
    return experiments.grid(scenario, factors)


def read_points(path: Path, scenario: Scenario) -> Any:
    """Read a table of points; its columns are paths or aliases."""
    import pandas as pd

    from scenarios.inputs.aliases import ALIASES
    from sim.experiments.paths import whole_path

    try:
        points = pd.read_csv(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise DataError(
            f"--table {path}: cannot be read ({reason}). Give a CSV file with paths as first line."
        ) from error
    return points.rename(
        columns={name: whole_path(scenario, str(name), ALIASES) for name in points}
    )


def folder_of(out: str | None, default: Path) -> Path:
    """Return the folder of a store, which must be one that can be written to."""
    if out is not None and not out.strip():
        raise ConfigError(f"--out '': must name a folder. Leave it out for {default}.")
    folder = default if out is None else Path(out)
    check_folder(folder)
    return folder


@contextlib.contextmanager
def executor_of(workers: str | None, cluster: str | None) -> Iterator[Executor | None]:
    """Yield what the runs are to be done on; None leaves the choice to the sweep."""
    if workers is not None and cluster is not None:
        raise ConfigError("--workers and --cluster: give one of them.")
    if cluster is not None:
        with cluster_executor(cluster) as executor:
            yield executor
    elif workers is not None:
        from sim.experiments import LocalProcesses

        local = LocalProcesses(whole(workers, "--workers") or 0)
        try:
            yield local
        finally:
            local.shutdown(cancel_futures=True)
    else:
        yield None


@contextlib.contextmanager
def cluster_executor(address: str) -> Iterator[Executor]:
    """Yield the executor of a Dask cluster.

    Raises
    ------
    ConfigError
        If there is no scheduler at the address, or Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(
            "--cluster: needs Dask. Install it: pip install 'clipmarket[experiments]'."
        ) from None
    try:
        client = Client(address, timeout=_CLUSTER_SECONDS)
    except (OSError, ValueError, ImportError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ConfigError(
            f"--cluster {address}: no scheduler answers ({reason}). Start one: dask scheduler, and "
            "dask worker on each machine."
        ) from error
    with client:
        yield client.get_executor(pure=False)


@contextlib.contextmanager
def telling(log: str | None, quiet: bool) -> Iterator[Any]:
    """Yield what tells of the sweep; Ctrl-C and SIGTERM end it with a line on where it stands."""
    from scenarios.command.sweep_console import Telling

    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _interrupt) if main else None
    try:
        with Telling(log, quiet) as told:
            try:
                yield told
            except KeyboardInterrupt:
                state: Progress | None = told.progress
                where = f": {state}" if state is not None else ""
                raise StoppedError(
                    f"interrupted{where}. The same command goes on from there."
                ) from None
    finally:
        if main:
            signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
