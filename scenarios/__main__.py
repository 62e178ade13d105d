"""The command: ``python -m scenarios list | run NAME``, also installed as ``clipmarket``.

Whatever is wrong with the input is answered by one line and exit code 2.
"""

from __future__ import annotations

import contextlib
import math
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import scenarios
from scenarios import reporting
from sim.errors import ClipmarketError, ConfigError, DataError

if TYPE_CHECKING:
    from sim.scenario import Scenario

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False,
    help="Simulate the contest of AI video platforms: who adopts, what it costs, who pays.",
)  # fmt: skip

reporting.add_to(app)

#: What a run writes.
FILES = ("daily.parquet", "monthly.csv", "manifest.json", "chart.png", "page.html")

_BAD_INPUT = 2
_INTERRUPTED = 130
_SIZES = {"k": 1e3, "m": 1e6, "g": 1e9}
_DIGITS = re.compile(r"[+-]?[0-9]{1,30}")


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
        given = repr(text if len(text) <= 40 else text[:40] + "…")
        raise ConfigError(f"{option} {given}: must be a number, such as 100000, 1e6, 100k or 1M.")
    return value


def whole(text: str | None, option: str) -> int | None:
    """Read a whole number, large or small; None stays None."""
    if text is None:
        return None
    # Seeds reach beyond what a float holds, so digits are read as they stand.
    if _DIGITS.fullmatch(text.strip()):
        return int(text)
    value = number(text, option)
    if value != int(value):
        raise ConfigError(f"{option} {text}: must be a whole number, such as {round(value)}.")
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


def check_folder(folder: Path) -> None:
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
            raise DataError(f"--out {folder}: {there} is a file. Give a folder.")
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
            f"--out {folder}: cannot be written to ({reason}). Give a folder that can."
        ) from error


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let the files of a run be finished once they are begun; Ctrl-C takes effect after them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


@app.command("list")
def list_scenarios() -> None:
    """List the scenarios, with the question each one asks."""
    from scenarios.console import catalogue, make_console

    asked = {name: scenarios.question(scenarios.load(name)) for name in scenarios.CATALOGUE}
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
    from scenarios.build import check_size, sized
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
    check_size(scenario)
    simulate(scenario, execution, folder, quiet)


def simulate(scenario: Scenario, execution: Any, folder: Path, quiet: bool) -> None:
    """Run what has been checked, show it, write it."""
    from scenarios.console import make_console, progress_bar, show
    from scenarios.fact_points import fact_points
    from scenarios.run_page import run_page
    from scenarios.targets import compare_to_facts
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


def main(arguments: list[str] | None = None) -> None:
    """Run the command; end with exit code 2 and one line if the input is at fault."""
    for stream in (sys.stdout, sys.stderr):
        # A screen that cannot show a letter gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")
    try:
        code = app(args=arguments, prog_name="clipmarket", standalone_mode=False)
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


def _fail(text: str, code: int) -> None:
    """Print one line and end."""
    print(f"clipmarket: {' '.join(text.split())}", file=sys.stderr)
    sys.exit(code)


def run_file(path: str) -> None:
    """Run a scenario file as the command would: ``python scenarios/baseline.py --users 1e5``."""
    main(["run", path, *sys.argv[1:]])


if __name__ == "__main__":
    main()
