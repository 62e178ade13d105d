"""The command: ``python -m scenarios run NAME`` and others, also installed as ``clipmarket``.

Whatever is wrong with the input is answered by one line and exit code 2.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import scenarios
from scenarios.command import reporting
from scenarios.command.options import (
    StoppedError,
    check_folder,
    number,
    uninterrupted,
    whole,
    with_settings,
)
from scenarios.command.sweep import results, sensitivity, sweep
from sim.errors import ClipmarketError, ConfigError

if TYPE_CHECKING:
    from sim.scenario import Scenario

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False,
    help="Simulate the contest of AI video platforms: who adopts, what it costs, who pays.",
)  # fmt: skip

#: What a run writes.
FILES = ("daily.parquet", "monthly.csv", "manifest.json", "chart.png", "page.html")

_BAD_INPUT = 2
#: Bytes of memory from which a run says beforehand how much it needs.
_WORTH_SAYING = 1e9
_INTERRUPTED = 130


@app.command("list")
def list_scenarios() -> None:
    """List the scenarios, with the question each one asks."""
    from scenarios.command.console import catalogue, make_console

    asked = {name: scenarios.first_line(scenarios.load(name)) for name in scenarios.CATALOGUE}
    make_console().print(catalogue(asked))


@app.command()
def run(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME|FILE.py", help="Name of a scenario, or path of its file."),
    ],
    users: Annotated[
        str | None,
        typer.Option(metavar="N", help="Users to simulate: 100000, 1e6, 100k, 1M."),
    ] = None,
    people: Annotated[
        str | None, typer.Option(metavar="N", help="People they stand for, such as 60M.")
    ] = None,
    seed: Annotated[
        str | None, typer.Option(metavar="N", help="Key of all chance, from 0.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day of the run.")
    ] = None,
    graph: Annotated[
        str | None,
        typer.Option(
            metavar="GRAPH",
            help="Friend graph: small_world(degree=10, rewire=0.1), edges(path/to/file.txt), ...",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Change one value, such as sora.free_quota_per_day=6; may be repeated.",
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder for the results, else out/NAME.")
    ] = None,
    threads: Annotated[
        str | None, typer.Option(metavar="N", help="Threads, else every core there is.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Check conservation every day.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar, no tables.")] = False,
) -> None:
    """Run a scenario; print it by month and beside the facts; write data, chart and page."""
    from scenarios.inputs.sizing import check_size, sized
    from sim.config import parse_date
    from sim.execution import Execution

    settings: dict[str, Any] = {}
    if threads is not None:
        settings["threads"] = whole(threads, "--threads")
    if check:
        settings["check"] = True
    execution = Execution(**settings)
    scenario = sized(
        scenarios.scenario_of(name),
        n_users=whole(users, "--users"),
        n_people=None if people is None else number(people, "--people"),
        seed=whole(seed, "--seed"),
        graph=graph,
        until=None if until is None else parse_date(until, "--until"),
    )
    scenario = with_settings(scenario, set_ or [])
    if out is not None and not out.strip():
        raise ConfigError("--out '': must name a folder. Leave it out for out/NAME.")
    folder = Path("out") / scenario.name if out is None else Path(out)
    check_folder(folder)
    need = check_size(scenario)
    if not quiet and need >= _WORTH_SAYING:
        print(f"Needs about {need / 1e9:.2g} GB of memory.", flush=True)
    simulate(scenario, execution, folder, quiet)


def simulate(scenario: Scenario, execution: Any, folder: Path, quiet: bool) -> None:
    """Run what has been checked, show it, write it."""
    from scenarios.command.console import make_console, progress_bar, show
    from scenarios.command.run_page import run_page
    from scenarios.inputs.fact_points import fact_points
    from scenarios.inputs.targets import compare_to_facts
    from sim.market import Market

    with progress_bar(quiet, scenario.market.n_users) as progress:
        market = Market(scenario, execution=execution)
        results = market.run(progress=progress)
    comparison = compare_to_facts(results)
    with uninterrupted():
        written = results.save(folder, fact_points(scenario))
        run_page(results, comparison).write(written / "page.html")
    if not quiet:
        console = make_console()
        show(console, results, comparison)
        names = ", ".join(name for name in FILES if (written / name).is_file())
        console.print(f"Written to {written}: {names}", markup=False, highlight=False,
                      soft_wrap=True)  # fmt: skip


reporting.add_to(app)
app.command()(sweep)
app.command()(sensitivity)
app.command()(results)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; end with exit code 2 and one line if the input is at fault."""
    for stream in (sys.stdout, sys.stderr):
        # A screen that cannot show a letter gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")
    try:
        code = app(args=arguments, prog_name="clipmarket", standalone_mode=False)
    except StoppedError as stop:
        _fail(str(stop), _INTERRUPTED)
    except ClipmarketError as error:
        _fail(str(error), _BAD_INPUT)
    except typer.TyperException as error:
        _fail(f"{error.format_message().rstrip('.')}. See clipmarket --help.", _BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except MemoryError:
        _fail("not enough memory. Give fewer --users.", _BAD_INPUT)
    if code == _INTERRUPTED:
        _fail("interrupted; files already written are complete.", _INTERRUPTED)
    if code:
        sys.exit(code)


def _fail(text: str, code: int) -> None:
    """Print one line and end."""
    print(f"clipmarket: {' '.join(text.split())}", file=sys.stderr)
    sys.exit(code)


def run_file(path: str) -> None:
    """Run a scenario file as the command would: ``python scenarios/baseline.py --users 1e5``."""
    main(["run", path, *sys.argv[1:]])


if __name__ == "__main__":
    main()
