"""The commands ``report``, ``compare`` and ``answers``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import scenarios
from scenarios.command.options import check_folder, whole
from sim.errors import ConfigError

if TYPE_CHECKING:
    from scenarios.asking.lab import Size

_Users = Annotated[str, typer.Option("--users", metavar="N", help="Users of each run.")]
_Replicates = Annotated[
    str, typer.Option("--replicates", metavar="N", help="Runs of each arm, each with its own luck.")
]
_Seed = Annotated[str, typer.Option("--seed", metavar="N", help="First key of chance.")]
_Assumptions = Annotated[
    str,
    typer.Option(
        "--assumptions", metavar="N",
        help="Runs for each end of each assumption; 0 leaves assumptions alone.",
    ),
]  # fmt: skip
#: What `compare` shows of two scenarios.
COMPARED = (
    "installs", "activations", "daily_active", "clips", "compute_usd", "revenue_usd",
    "marketing_usd", "contribution_usd", "cac_loaded_usd",
)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (report, compare, answers):
        app.command()(command)


def _size(users: str, replicates: str, seed: str, assumptions: str) -> Size:
    from scenarios.asking.lab import Size
    from sim.experiments.ensembles import check_replicates

    n = whole(replicates, "--replicates")
    check_replicates(n)  # type: ignore[arg-type]
    moved = whole(assumptions, "--assumptions")
    if moved < 0:  # type: ignore[operator]
        raise ConfigError(f"--assumptions {assumptions}: must be 0 or more. Use 1 or 2.")
    return Size(
        n_users=whole(users, "--users"),  # type: ignore[arg-type]
        replicates=n,  # type: ignore[arg-type]
        seed=whole(seed, "--seed"),  # type: ignore[arg-type]
        assumption_replicates=moved,  # type: ignore[arg-type]
    )


def _teller(quiet: bool) -> Callable[[str], None]:
    """Return what says, on the screen of errors, what is being done."""
    return lambda text: None if quiet else typer.echo(text, err=True)


def report(
    name: Annotated[
        str, typer.Argument(metavar="NAME|FILE.py|all", help="A scenario with a question, or all.")
    ],
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="Folder for the pages.")
    ] = "out/report",
    users: _Users = "20k",
    replicates: _Replicates = "20",
    seed: _Seed = "1",
    assumptions: _Assumptions = "1",
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing on the way.")] = False,
) -> None:
    """Answer a scenario's question on one self-contained page, with bands."""
    from scenarios.asking.lab import lab
    from scenarios.asking.question import read
    from scenarios.asking.question_page import page_of
    from scenarios.inputs.sizing import check_size, sized

    size = _size(users, replicates, seed, assumptions)
    asked = [read(scenarios.load(one)) for one in scenarios.questions(name)]
    for question in asked:
        for arm in question.arms().values():
            check_size(sized(arm, size.n_users, size.seed))
    folder = Path(out)
    check_folder(folder)
    tell = _teller(quiet)
    with lab(size, tell=tell) as opened:
        opened.expect(asked)
        for question in asked:
            found = opened.ask(question)
            path = page_of(found, opened).write(folder / f"{question.name}.html")
            if not quiet:
                typer.echo(f"{found.headline}\nWritten to {path}")


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario, by name or file.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    platform: Annotated[
        str, typer.Option("--platform", metavar="NAME", help="Whose numbers are compared.")
    ] = "sora",
    since: Annotated[
        str, typer.Option("--since", metavar="YYYY-MM-DD", help="First day compared.")
    ] = "2025-09-30",
    until: Annotated[
        str, typer.Option("--until", metavar="YYYY-MM-DD", help="Last day.")
    ] = "2026-03-31",
    users: _Users = "20k",
    replicates: _Replicates = "20",
    seed: _Seed = "1",
) -> None:
    """Compare two scenarios at the same luck: what B does beside A, with 95 % intervals."""
    from scenarios.asking.question import Measure
    from scenarios.command.console import effects, make_console
    from scenarios.inputs.sizing import check_size, sized
    from sim.experiments import compare as paired
    from sim.experiments.ensembles import place

    size = _size(users, replicates, seed, "0")
    arms = [
        sized(scenarios.scenario_of(one), size.n_users, size.seed, until=until) for one in (a, b)
    ]
    Measure("installs", platform, since, until)  # refuses dates in the wrong order
    for arm in arms:
        check_size(arm)
        place(platform, list(arm.platforms))
    comparison = paired(arms[0], arms[1], size.replicates)
    found: dict[str, Any] = {
        name: (comparison.a.total(name, platform, since, until).mean(),
               comparison.effect(name, platform, since, until))
        for name in COMPARED
    }  # fmt: skip
    title = f"{platform}, {since} to {until}: {b} beside {a}, {size.replicates} pairs of runs"
    make_console().print(effects(title, found))


def answers(
    out: Annotated[
        str, typer.Option("--out", metavar="FILE", help="File to write.")
    ] = "docs/ANSWERS.md",
    pages: Annotated[
        str, typer.Option("--pages", metavar="DIR", help="Folder for the pages, if wanted.")
    ] = "",
    users: _Users = "20k",
    replicates: _Replicates = "10",
    seed: _Seed = "1",
    assumptions: _Assumptions = "1",
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing on the way.")] = False,
) -> None:
    """Answer the fifteen questions of the model, each with its band, in one file."""
    from scenarios.asking.answers import write_answers
    from scenarios.asking.lab import lab

    size = _size(users, replicates, seed, assumptions)
    for folder in [Path(out).parent, *([Path(pages)] if pages else [])]:
        check_folder(folder)
    with lab(size, tell=_teller(quiet)) as opened:
        path = write_answers(opened, Path(out), Path(pages) if pages else None)
    if not quiet:
        typer.echo(f"Written to {path}")
