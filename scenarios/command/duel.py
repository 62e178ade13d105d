"""``clipmarket duel``: every move of OpenAI against every move of Google, and what follows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scenarios import loaded_file
from scenarios.command import values
from scenarios.command.asked import opened_lab, teller
from scenarios.command.chosen import SHIPPED_POSTERIOR, checked_folder, chosen_posterior
from scenarios.command.executor import executor_of
from scenarios.command.fitting_options import progress
from scenarios.command.options import (
    Cluster,
    Draws,
    FromPosterior,
    KeptIn,
    Out,
    Quiet,
    Seed,
    Until,
    Users,
    Workers,
)

if TYPE_CHECKING:
    from scenarios.dueling.duels import Duel, Payoff, Played
    from scenarios.dueling.moves import Move
    from scenarios.fitting.posterior import Posterior
    from scenarios.inputs.assumptions import Inputs

#: Draws of a duel, and users of each of its runs.
DRAWS_OF_DUEL, USERS_OF_DUEL = 16, 5_000
#: What is written.
PAYOFFS_FILE, DUEL_PAGE = "payoffs.csv", "page.html"


def duel(
    draws: Draws = DRAWS_OF_DUEL,
    posterior: FromPosterior = SHIPPED_POSTERIOR,
    wants: Annotated[
        str,
        typer.Option(
            "--wants",
            metavar="WHAT[,WHAT]",
            help="What both sides want, or OpenAI, then Google: contribution, users, share.",
        ),
    ] = "contribution",
    openai: Annotated[
        str,
        typer.Option("--openai", metavar="MOVES", help="Moves of OpenAI, by commas; else all."),
    ] = "",
    google: Annotated[
        str,
        typer.Option("--google", metavar="MOVES", help="Moves of Google, by commas; else all."),
    ] = "",
    moves: Annotated[
        Path | None,
        typer.Option(
            "--moves",
            metavar="FILE.py",
            parser=values.file,
            help="A file with moves of one's own: functions decorated with @move.",
        ),
    ] = None,
    entrant: Annotated[
        bool, typer.Option("--entrant", help="Add the entrant of new_entrant to every cell.")
    ] = False,
    users: Users[int] = USERS_OF_DUEL,
    seed: Seed[int] = 1,
    until: Until[dt.date | None] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    lab: KeptIn = None,
    out: Out[Path] = Path("out/duel"),
    quiet: Quiet = False,
) -> None:
    """Let moves of OpenAI and Google meet: best answers, equilibria, regret, on a page."""
    from scenarios.asking.lab import Size
    from scenarios.command.console import print_sheets
    from scenarios.command.duel_page import page, shown
    from scenarios.command.duel_sheets import headlines
    from scenarios.command.screen import make_console
    from scenarios.dueling.duels import Duel
    from scenarios.dueling.shipped_moves import GOOGLE, OPENAI
    from sim.files import write_text_aside

    goals = _goals(wants)
    setup = _loaded(moves)
    sides = _named(OPENAI, openai), _named(GOOGLE, google)
    inputs = _inputs(entrant)
    drawn = chosen_posterior(posterior)
    said = _said(drawn)
    asked = Duel(*sides, inputs, drawn, draws, users, seed, until, setup)
    folder = checked_folder(out)
    tell = teller(quiet)
    tell(said)
    size = Size(users, draws, seed=seed, draws=draws)
    with (
        executor_of(workers, cluster) as executor,
        opened_lab(size, lab, quiet, setup, executor) as opened,
        progress(quiet) as telling,
    ):
        found = asked.play(opened.executor, opened.store, telling)
    write_text_aside(folder / PAYOFFS_FILE, found.frame().to_csv(index=False))
    about = _about(found, drawn, goals, entrant)
    page(found, goals, about, said).write(folder / DUEL_PAGE)
    if quiet:
        return
    print_sheets(make_console(), shown(found, goals))
    for line in headlines(found, goals):
        typer.echo(line)
    typer.echo(f"Written to {folder}: {PAYOFFS_FILE}, {DUEL_PAGE}")


def _goals(wants: str) -> tuple[Payoff, Payoff]:
    """Return what each side wants."""
    from scenarios.dueling.duels import GOALS
    from sim.checks import chosen
    from sim.errors import ConfigError

    keys = [one.strip() for one in wants.split(",")]
    if len(keys) > 2:
        raise ConfigError(f"--wants {wants}: must be one for both sides, or two. Leave some out.")
    first, last = (GOALS[chosen("--wants", key, GOALS)] for key in (keys[0], keys[-1]))
    return first, last


def _named(platform: str, text: str) -> tuple[Move, ...]:
    """Return the moves of a platform that were named, else all."""
    from scenarios.dueling.moves import moves_of

    keys = [one.strip() for one in text.split(",")] if text.strip() else None
    return moves_of(platform, keys)


def _loaded(path: Path | None) -> str | None:
    """Load a file of moves, and return where workers find it."""
    if path is None:
        return None
    loaded_file(path)
    return str(path.resolve())


def _inputs(entrant: bool) -> Inputs:
    from scenarios import new_entrant
    from scenarios.inputs.assumptions import load_inputs

    return new_entrant.inputs() if entrant else load_inputs()


def _said(posterior: Posterior | None) -> str:
    """Say what differs from draw to draw."""
    if posterior is None:
        return "Draws differ by luck alone: assumptions stand at their central values."
    kinds = len(set(posterior.structures))
    several = f", in {kinds} structures of the model," if kinds > 1 else ""
    return (
        f"Draws differ by assumptions and luck: they are of a posterior of {len(posterior)} "
        f"markets{several} fitted to what was known on {posterior.about['as_of']}."
    )


def _about(
    found: Played, drawn: Posterior | None, goals: tuple[Payoff, Payoff], entrant: bool
) -> dict[str, Any]:
    """Return what ties a page to code, data and seeds."""
    from sim.versions import code_version, model_version

    asked: Duel = found.duel
    market = asked.scenario().market
    return {
        "moves": [[one.key for one in side] for side in asked.sides],
        "wants": [one.key for one in goals],
        "draws": asked.n_draws,
        "first_seed": asked.seed,
        "users": asked.n_users,
        "start": market.start,
        "until": market.until,
        "graph": market.graph,
        "entrant": entrant,
        "posterior": None if drawn is None else dict(drawn.about),
        "facts_sha256": asked.inputs.facts.sha256,
        "model": model_version(),
        "code": code_version(),
    }
