"""``clipmarket runway``: how long cash lasts in markets that agree with what was published."""

from __future__ import annotations

from pathlib import Path

import typer

from scenarios.command.chosen import SHIPPED_POSTERIOR, checked_folder
from scenarios.command.draw_runs import (
    DRAW_USERS,
    N_TAKEN,
    WHOM,
    about_run,
    checked_draws,
    kept_markets,
    posterior_of,
)
from scenarios.command.options import (
    Cluster,
    Draws,
    FromPosterior,
    KeptIn,
    Out,
    Quiet,
    Seed,
    Users,
    Workers,
)
from scenarios.command.wanted import Whose

#: What is written.
PATHS, RUNWAY_PAGE = "runway.csv", "page.html"


def runway(
    platform: Whose = WHOM,
    posterior: FromPosterior = SHIPPED_POSTERIOR,
    draws: Draws = N_TAKEN,
    users: Users[int] = DRAW_USERS,
    seed: Seed[int] = 1,
    lab: KeptIn = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out[Path] = Path("out/runway"),
    quiet: Quiet = False,
) -> None:
    """Say when cash is gone, with bands, and what part of the company's loss the burn is."""
    from scenarios import baseline
    from scenarios.claiming.cash_paths import CashPaths
    from scenarios.command import runway_page as page
    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console
    from sim.checks import chosen
    from sim.files import write_text_aside

    n, folder = checked_draws(draws), checked_folder(out)
    chosen("platform", platform, baseline.scenario().platforms)
    given = posterior_of(posterior)
    with kept_markets(given, users, seed, lab, workers, cluster, quiet) as markets:
        found = CashPaths.of(given, markets, n, platform)
        about = about_run(given, markets, n)
    tables = page.sheets(found)
    write_text_aside(folder / PATHS, found.table().to_csv(index=False))
    source = f"Source: clipmarket, {n} draws of the posterior, {users:,} users each, seed {seed} on"
    page.page(found, tables, platform, source, about).write(folder / RUNWAY_PAGE)
    if quiet:
        return
    typer.echo(f"{page.headline(found)}\n{page.more(found)}\n")
    print_sheets(make_console(), tables)
    typer.echo(f"Written to {folder}: {PATHS}, {RUNWAY_PAGE}")
