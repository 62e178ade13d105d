"""``clipmarket optimize``: the best policy over levers, in markets that agree with the record."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    Vary,
    Workers,
)
from scenarios.command.values import Setting
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
    from scenarios.deciding.trials import Trials
    from scenarios.fitting.posterior import Posterior
    from sim.experiments.search import Lever
    from sim.scenario import Scenario

#: Policies of a search, draws of each, users of each run.
TRIALS, DRAWS_OF_SEARCH, USERS_OF_SEARCH = 60, 12, 5_000
#: What is written.
TRIALS_FILE, PAGE_FILE, RUNS_FOLDER = "trials.csv", "page.html", "runs"
_FEWEST_DRAWS, _MOST_DRAWS = 2, 10_000


def optimize(
    name: Name = "baseline",
    maximize: Maximize = None,
    minimize: Minimize = None,
    keep: Keep = None,
    vary: Vary = None,
    trials: Annotated[
        int, typer.Option("--trials", metavar="N", parser=values.whole, help="Policies to try.")
    ] = TRIALS,
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
    out: Out[Path] = Path("out/optimize"),
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Search for the best policy; given again, it goes on where it stopped."""
    import numpy as np

    from scenarios.command import optimize_page as page
    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console
    from scenarios.deciding import words
    from scenarios.deciding.trials import Trials, outcomes
    from scenarios.deciding.valuing import Valuer
    from scenarios.fitting.drawn import joint
    from sim.checks import whole_from
    from sim.experiments.search import MOST_TRIALS
    from sim.experiments.work.executors import opened
    from sim.files import write_text_aside

    scenario = chosen_scenario(name, users, None, seed, until, graph, set_)
    first = first_day(scenario, since)
    wanted = goals_of(scenario, maximize, minimize, platform, first)
    conditions = kept_of(scenario, keep, platform, first)
    levers = levers_of(scenario, vary)
    n = checked_draws_of(draws)
    whole_from("trials", trials, 2, MOST_TRIALS)
    drawn = chosen_posterior(posterior)
    source = source_of(name, scenario)
    if drawn is not None:
        source = joint(source, drawn, n)
    folder = checked_folder(out)
    measures = [*(one.measure for one in wanted), *(one.measure for one in conditions)]
    found = Trials(wanted, conditions, (), np.zeros((0, n, len(measures))))
    with (
        resumable(lambda: f"; what was run is kept in {folder / RUNS_FOLDER}"),
        executor_of(workers, cluster) as given,
        opened(given) as executor,
        progress(quiet) as tell,
    ):
        valuer = Valuer(source, measures, folder / RUNS_FOLDER, executor, lambda _: None,
                        teller(quiet))  # fmt: skip
        tell("policies", 0, trials)
        for found in outcomes(
            levers, wanted, conditions, valuer, trials, n, seed, now_of(scenario, levers)
        ):
            tell("policies", len(found.points), trials)
    frame = found.frame()
    frame["refused"] = [valuer.refused.get(str(point), "") for point in found.points]
    write_text_aside(folder / TRIALS_FILE, frame.to_csv(index=False))
    said = words.at_draws(n, drawn is not None)
    source_text = (
        f"Source: clipmarket, {scenario.name}, {len(found.points)} policies, {n} "
        f"{'draws of the posterior' if drawn is not None else 'seeds'}, {users:,} users each."
    )
    sheets = page.sheets(found, levers)
    page.page(
        found, levers, sheets, said, source_text, about_policies(found, drawn, scenario)
    ).write(folder / PAGE_FILE)
    if quiet:
        return
    typer.echo(f"{words.headline(found, levers)} {words.more(found, levers)}\n{said}\n")
    print_sheets(make_console(), sheets)
    typer.echo(f"Written to {folder}: {TRIALS_FILE}, {PAGE_FILE}")


def checked_draws_of(n: int) -> int:
    """Return how many draws a policy is run at.

    Raises
    ------
    ConfigError
        If they are too few to tell policies apart, or too many.
    """
    from sim.checks import in_range

    return int(in_range("draws", n, _FEWEST_DRAWS, _MOST_DRAWS))


def levers_of(scenario: Scenario, vary: list[Setting] | None) -> list[Lever]:
    """Return what may be changed.

    Raises
    ------
    ConfigError, UnknownNameError
        If nothing is, or what is cannot be.
    """
    from scenarios.command.points import factors_of
    from sim.errors import ConfigError
    from sim.experiments.design import factor
    from sim.experiments.search import Lever

    factors = factors_of(scenario, vary or [])
    if not factors:
        raise ConfigError(
            "optimize: nothing may be changed. Give --vary PATH=LOW..HIGH, such as quota=1..30."
        )
    return [Lever(*factor(scenario, path, given)) for path, given in factors.items()]


def now_of(scenario: Scenario, levers: list[Lever]) -> dict[str, Any]:
    """Return what the levers stand at."""
    from sim.experiments.paths import current

    return {one.factor.name: current(scenario, one.factor.name) for one in levers}


def about_policies(found: Trials, drawn: Posterior | None, scenario: Scenario) -> dict[str, Any]:
    """Return what ties the numbers to code, data and seeds."""
    from sim.versions import code_version, model_version

    return {
        "scenario": scenario.name,
        "fingerprint": scenario.fingerprint,
        "policies": len(found.points),
        "posterior": dict(drawn.about) if drawn is not None else "none",
        "model": model_version(),
        "code": code_version(),
    }
