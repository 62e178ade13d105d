"""``clipmarket compare``: two scenarios side by side, at the same luck."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer
from rich.markup import escape

import scenarios
from scenarios.command.chosen import NO_POSTERIOR, chosen_posterior, source_of
from scenarios.command.options import FromPosterior, Replicates, Seed, Since, Until, Users

#: What is shown of two scenarios.
COMPARED = (
    "installs", "activations", "daily_active", "clips", "compute_usd", "revenue_usd",
    "marketing_usd", "contribution_usd", "cac_loaded_usd",
)  # fmt: skip


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario, by name or file.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    platform: Annotated[
        str, typer.Option(metavar="NAME", help="Whose numbers are compared.")
    ] = "sora",
    since: Since[dt.date] = dt.date(2025, 9, 30),
    until: Until[dt.date] = dt.date(2026, 3, 31),
    users: Users[int] = 20_000,
    replicates: Replicates = 20,
    seed: Seed[int] = 1,
    posterior: FromPosterior = NO_POSTERIOR,
) -> None:
    """Compare two scenarios at the same luck: what B does beside A, with 95 % intervals.

    With a posterior, each pair is a market drawn from it, and bands hold 90 % of these markets.
    """
    from scenarios.asking.question import Measure
    from scenarios.command.console import drawn_effects, effects
    from scenarios.command.screen import make_console
    from scenarios.fitting.drawn import joint
    from scenarios.inputs.sizing import check_size, sized
    from sim.experiments import compare as paired
    from sim.experiments.ensembles import check_replicates, place
    from sim.experiments.paired import effect
    from sim.minding import told, unminded

    check_replicates(replicates)
    drawn = chosen_posterior(posterior)
    first, last = str(since), str(until)
    arms = [sized(scenarios.scenario_of(one), users, seed, until=last) for one in (a, b)]
    Measure("installs", platform, first, last)  # refuses dates in the wrong order
    for arm in arms:
        check_size(arm)
        place(platform, list(arm.platforms))
    for line in told(unminded(*arms)):
        typer.echo(line, err=True)
    sources = [source_of(name, arm) for name, arm in zip((a, b), arms, strict=True)]
    if drawn is not None:
        sources = [joint(one, drawn, replicates) for one in sources]
    comparison = paired(sources[0], sources[1], replicates)
    of_both = {
        name: [arm.total(name, platform, first, last) for arm in (comparison.a, comparison.b)]
        for name in COMPARED
    }
    title = escape(f"{platform}, {first} to {last}: {b} beside {a}, {replicates} pairs of runs")
    if drawn is None:
        found = {
            name: (float(base.mean()), effect(base, other))
            for name, (base, other) in of_both.items()
        }
        make_console().print(effects(title, found))
    else:
        make_console().print(drawn_effects(title, of_both))
