"""The command: ``python -m scenarios list | run NAME``, also installed as ``clipmarket``.

Whatever is wrong with the input is answered by one line and exit code 2.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

import scenarios
from sim.errors import ClipmarketError, ConfigError

if TYPE_CHECKING:
    from sim.scenario import Scenario

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False,
    help="Simulate the contest of AI video platforms: who adopts, what it costs, who pays.",
)  # fmt: skip

_BAD_INPUT = 2
_INTERRUPTED = 130
_SIZES = {"k": 1e3, "m": 1e6, "g": 1e9}


def number(text: str, option: str) -> float:
    """Read 100000, 1e6, 100k or 1M.

    Raises
    ------
    ConfigError
        If it is no finite number.
    """
    plain = text.strip().lower().replace("_", "").replace(",", "")
    size = _SIZES.get(plain[-1:], 1.0)
    try:
        value = float(plain[:-1] if size != 1.0 else plain) * size
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ConfigError(f"{option} {text}: must be a number, such as 100000, 1e6, 100k or 1M.")
    return value


def whole(text: str | None, option: str) -> int | None:
    """Read a whole number, large or small; None stays None."""
    if text is None:
        return None
    # Seeds reach beyond what a float holds, so digits are read as they stand.
    if text.strip().lstrip("+-").isdigit():
        return int(text)
    value = number(text, option)
    if value != int(value):
        raise ConfigError(f"{option} {text}: must be a whole number.")
    return int(value)


def with_settings(scenario: Scenario, settings: list[str]) -> Scenario:
    """Apply each ``--set platform.field=value``."""
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals or not path.strip() or not value.strip():
            raise ConfigError(
                f"--set {setting}: write it as platform.field=value, such as "
                "sora.free_quota_per_day=6."
            )
        scenario = scenario.set(path.strip(), value.strip())
    return scenario


@contextlib.contextmanager
def progress_bar(quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Yield what a market calls after each day; nothing is shown away from a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("days"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("simulating")
        yield lambda done, total: bar.update(task, completed=done, total=total)


@app.command("list")
def list_scenarios() -> None:
    """List the scenarios, with the question each one asks."""
    from scenarios.console import make_console

    console = make_console()
    for name in scenarios.CATALOGUE:
        console.print(f"[bold]{name}[/bold]  {scenarios.question(scenarios.load(name))}")


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="Name of a scenario, or path of its file.")],
    users: Annotated[str | None, typer.Option(help="Users to simulate: 100000, 1e6, 1M.")] = None,
    people: Annotated[str | None, typer.Option(help="People they stand for.")] = None,
    seed: Annotated[str | None, typer.Option(help="Key of all chance.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")] = None,
    graph: Annotated[str | None, typer.Option(help="Friend graph: small_world(degree=10).")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="platform.field=value; may be repeated.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for results; out/NAME.")] = None,
    threads: Annotated[str | None, typer.Option(help="Threads; all cores.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Check conservation every day.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar, no tables.")] = False,
) -> None:
    """Run a scenario; print it by month and beside the facts; write data and chart."""
    from scenarios.build import sized
    from scenarios.targets import compare_to_facts
    from sim.config import parse_date
    from sim.execution import Execution
    from sim.market import Market

    settings: dict[str, Any] = {}
    if threads is not None:
        settings["threads"] = whole(threads, "--threads")
    if check:
        settings["check"] = True
    execution = Execution(**settings)
    module = scenarios.load(name)
    scenario = sized(
        module.scenario(),
        n_users=whole(users, "--users"),
        n_people=None if people is None else number(people, "--people"),
        seed=whole(seed, "--seed"),
        graph=graph,
        until=None if until is None else parse_date(until, "--until"),
    )
    scenario = with_settings(scenario, set_ or [])
    folder = out or Path("out") / scenario.name
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"--out {folder}: is a file. Give a folder.")
    market = Market(scenario, execution=execution)
    with progress_bar(quiet) as progress:
        results = market.run(progress=progress)
    about_facts = {"sora", "google"} <= set(results.platforms)
    if not quiet:
        from scenarios.console import make_console, show

        show(make_console(), results, compare_to_facts(results) if about_facts else None)
    written = results.save(folder, fact_points_of(results) if about_facts else ())
    if not quiet:
        names = ", ".join(sorted(path.name for path in written.iterdir() if path.is_file()))
        print(f"Written to {written}: {names}")


def fact_points_of(results: Any) -> Any:
    """Return the facts that can be drawn on the charts of a run."""
    from scenarios.fact_points import fact_points

    return fact_points(results.scenario)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; end with exit code 2 and one line if the input is at fault."""
    try:
        code = app(args=arguments, prog_name="clipmarket", standalone_mode=False)
    except ClipmarketError as error:
        _fail(str(error), _BAD_INPUT)
    except typer.TyperException as error:
        _fail(f"{error.format_message()} See clipmarket --help.", _BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except MemoryError:
        _fail("not enough memory. Give fewer --users.", _BAD_INPUT)
    if code == _INTERRUPTED:
        _fail("interrupted; files already written are complete.", _INTERRUPTED)


def _fail(text: str, code: int) -> None:
    """Print one line and end."""
    print(f"clipmarket: {' '.join(text.split())}", file=sys.stderr)
    sys.exit(code)


def run_file(path: str) -> None:
    """Run a scenario file as the command would: ``python scenarios/baseline.py --users 1e5``."""
    main(["run", path, *sys.argv[1:]])


if __name__ == "__main__":
    main()
