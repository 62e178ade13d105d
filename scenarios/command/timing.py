"""``clipmarket timing``: when to charge, to open, to stop: what a thing is worth by its day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.command import values
from scenarios.command.asked import teller
from scenarios.command.chosen import (
    SHIPPED_POSTERIOR,
    checked_folder,
    chosen_posterior,
    chosen_scenario,
    source_of,
)
from scenarios.command.draw_runs import WHOM
from scenarios.command.executor import executor_of
from scenarios.command.fitting_options import progress
from scenarios.command.interrupts import resumable
from scenarios.command.optimize import (
    DRAWS_OF_SEARCH,
    PAGE_FILE,
    RUNS_FOLDER,
    USERS_OF_SEARCH,
    about_policies,
    checked_draws_of,
)
from scenarios.command.options import (
    Cluster,
    Draws,
    FromPosterior,
    GraphText,
    Name,
    Out,
    Quiet,
    Seed,
    Set,
    Since,
    Until,
    Users,
    Workers,
)
from scenarios.command.wanted import (
    Keep,
    Maximize,
    Minimize,
    Whose,
    first_day,
    goals_of,
    kept_of,
)

if TYPE_CHECKING:
    from scenarios.deciding.curve import Doing
    from sim.scenario import Scenario

#: Days between two points of a curve, and what is written.
EVERY, CURVE_FILE = 14, "timing.csv"


def timing(
    name: Name = "baseline",
    event: Annotated[
        str, typer.Option("--event", metavar="ID", help="What is done: an event that is moved.")
    ] = "",
    does: Annotated[
        str,
        typer.Option(
            "--does", metavar="PATH=VALUE",
            help="What is done: a parameter that is set from a day on, such as sora.pack_usd=4.",
        ),
    ] = "",
    stop: Annotated[
        bool, typer.Option("--stop", help="What is done: the service is closed.")
    ] = False,
    earliest: Annotated[
        dt.date | None,
        typer.Option("--first", metavar="YYYY-MM-DD", parser=values.date,
                     help="First day on which it may be done, else that of charts."),
    ] = None,
    latest: Annotated[
        dt.date | None,
        typer.Option("--last", metavar="YYYY-MM-DD", parser=values.date,
                     help="Last day, else two weeks before the end."),
    ] = None,
    every: Annotated[
        int,
        typer.Option("--every", metavar="N", parser=values.whole, help="Days between two points."),
    ] = EVERY,
    maximize: Maximize = None,
    minimize: Minimize = None,
    keep: Keep = None,
    draws: Draws = DRAWS_OF_SEARCH,
    posterior: FromPosterior = SHIPPED_POSTERIOR,
    platform: Whose = WHOM,
    since: Since[dt.date | None] = None,
    users: Users[int] = USERS_OF_SEARCH,
    seed: Seed[int] = 1,
    until: Until[dt.date | None] = None,
    graph: GraphText = None,
    set_: Set = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out[Path] = Path("out/timing"),
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Say what doing a thing earlier or later is worth; runs share their past until they part."""
    from scenarios.command import timing_page as page
    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console
    from scenarios.deciding.curve import Curve, days_of, points_of
    from scenarios.deciding.trials import Trials
    from scenarios.deciding.valuing import Valuer
    from scenarios.deciding.words import at_draws
    from scenarios.fitting.drawn import joint
    from sim.experiments.paths import varied
    from sim.experiments.work.executors import opened
    from sim.files import write_text_aside

    scenario = chosen_scenario(name, users, None, seed, until, graph, set_)
    deed = deed_of(scenario, event, does, stop, platform)
    first = first_day(scenario, since)
    wanted = goals_of(scenario, maximize, minimize, platform, first)
    conditions = kept_of(scenario, keep, platform, first)
    end = scenario.market.until - dt.timedelta(days=EVERY)
    days = days_of(earliest or dt.date.fromisoformat(first), latest or end, every)
    n, drawn = checked_draws_of(draws), chosen_posterior(posterior)
    source = source_of(name, scenario)
    if drawn is not None:
        source = joint(source, drawn, n)
    folder = checked_folder(out)
    measures = [*(one.measure for one in wanted), *(one.measure for one in conditions)]
    points = points_of(deed, days)
    varied(scenario, points[1])  # what cannot be is refused before anything is run
    with (
        resumable(lambda: f"; what was run is kept in {folder / RUNS_FOLDER}"),
        executor_of(workers, cluster) as given,
        opened(given) as executor,
        progress(quiet) as tell,
    ):

        def ran(done: int) -> None:
            tell("runs", done, len(points) * n)

        valuer = Valuer(source, measures, folder / RUNS_FOLDER, executor, ran, teller(quiet))
        found = Trials(wanted, conditions, tuple(points), valuer(points, n))
    for why in dict.fromkeys(valuer.refused.values()):
        teller(quiet)(why)
    curve = Curve(deed, days, found, deed.done(scenario))
    frame = found.frame()
    frame.insert(1, "day", ["as it was", *map(str, days)])
    write_text_aside(folder / CURVE_FILE, frame.to_csv(index=False))
    said = at_draws(n, drawn is not None)
    text = (
        f"Source: clipmarket, {scenario.name}, {len(days)} days, {n} "
        f"{'draws of the posterior' if drawn is not None else 'seeds'}, {users:,} users each."
    )
    about = about_policies(found, drawn, scenario)
    page.page(curve, said, text, about).write(folder / PAGE_FILE)
    if quiet:
        return
    typer.echo(f"{curve.headline()} {curve.more()}\n{said}\n")
    print_sheets(make_console(), [page.sheet(curve)])
    typer.echo(f"Written to {folder}: {CURVE_FILE}, {PAGE_FILE}")


def deed_of(scenario: Scenario, event: str, does: str, stop: bool, platform: str) -> Doing:
    """Return what is to be done on one day or another.

    Raises
    ------
    ConfigError, UnknownNameError
        If nothing is named, or two things are, or there is no such event or parameter.
    """
    from scenarios.deciding.curve import Doing
    from scenarios.inputs.aliases import ALIASES
    from sim.checks import chosen
    from sim.errors import ConfigError
    from sim.experiments.paths import whole_path

    if sum(map(bool, (event, does, stop))) != 1:
        raise ConfigError(
            "timing: give one of --event ID, --does PATH=VALUE, --stop: what is done on one day "
            "or another."
        )
    if event:
        return Doing(event=chosen("event", event, {one.id: one for one in scenario.events}))
    if stop:
        chosen("platform", platform, scenario.platforms)
        return Doing(path=f"{platform}.running", value=False)
    path, sign, value = does.partition("=")
    if not sign or not path.strip() or not value.strip():
        raise ConfigError(f"--does {does}: write it as PATH=VALUE, such as sora.pack_usd=4.")
    path = whole_path(scenario, path.strip(), ALIASES)
    owner = path.partition(".")[0]
    if owner not in scenario.platforms:
        raise ConfigError(
            f"--does {does}: must be a parameter of a platform, such as sora.pack_usd=4; an event "
            "is moved by --event."
        )
    return Doing(path=path, value=value.strip())
