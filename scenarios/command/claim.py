"""``clipmarket claim``: which markets make a claim true, and what would have to differ least."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scenarios.command import values
from scenarios.command.chosen import SHIPPED_POSTERIOR, checked_folder
from scenarios.command.draw_runs import (
    DRAW_USERS,
    N_TAKEN,
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
from sim.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.claiming.checking import Checked
    from scenarios.claiming.claims import Claim
    from scenarios.command.tables import Sheet

#: What is written for each claim; for several, one file more beside their folders.
MARKETS, CHANGES, THEN, CLAIM_PAGE = "claim.csv", "changes.csv", "published.csv", "page.html"
SEVERAL = "claims.csv"
_IN_NAMES = {">=": "at-least", "<=": "at-most", "=": "is", ">": "above", "<": "below"}


def claim(
    said: Annotated[
        list[str] | None,
        typer.Argument(
            metavar='"METRIC@DATE = VALUE"|NAME...',
            help="What is claimed: METRIC[.PLATFORM]@DATE[..DATE], one of = < <= > >= or between "
            "A and B, and a number; or the name of a claim of scenarios/data/claims.toml.",
        ),
    ] = None,
    article: Annotated[
        bool, typer.Option("--article", help="All claims of scenarios/data/claims.toml.")
    ] = False,
    platform: Annotated[
        str | None,
        typer.Option("--platform", metavar="NAME", help="Whom it is about, else sora."),
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(
            "--within", metavar="SHARE", parser=values.share,
            help="How far off a number may be and still be the claimed one (=), else 25%.",
        ),
    ] = None,
    posterior: FromPosterior = SHIPPED_POSTERIOR,
    draws: Draws = N_TAKEN,
    users: Users[int] = DRAW_USERS,
    seed: Seed[int] = 1,
    lab: KeptIn = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out[Path | None] = None,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Ask which markets make a claim true, what must differ least, and which facts then fail."""
    from scenarios.claiming.checking import Fitted, check
    from scenarios.command import claim_page as page
    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console

    n, claims = checked_draws(draws), _claims(said or [], article, platform, within)
    given = posterior_of(posterior)
    folders = _folders(claims, out)
    found: list[Checked] = []
    with kept_markets(given, users, seed, lab, workers, cluster, quiet) as markets:
        fitted = Fitted.of(given, markets, n)
        for one, folder in zip(claims, folders, strict=True):
            checked = check(one, fitted, markets)
            sheets = page.sheets(checked)
            _write(checked, sheets, folder, users, seed, about_run(given, markets, n))
            if not quiet:
                typer.echo(f"{one.says or one.text}\n{page.headline(checked)}")
                typer.echo(f"{page.more(checked)}\n")
                print_sheets(make_console(), sheets)
                names = ", ".join((MARKETS, CHANGES, THEN, CLAIM_PAGE))
                typer.echo(f"Written to {folder}: {names}\n")
            found.append(checked)
    if len(found) > 1:
        _write_several(found, out or Path("out/claim"), quiet)


def _claims(
    said: Sequence[str], article: bool, platform: str | None, within: float | None
) -> list[Claim]:
    """Return what is claimed, each once, in the order given."""
    from scenarios import baseline
    from scenarios.claiming.claim_file import named_claims
    from scenarios.command.claim_text import claim_of
    from scenarios.inputs.assumptions import load_inputs
    from sim.checks import chosen

    named: Mapping[str, Claim] = named_claims(load_inputs())
    if article == bool(said):
        raise ConfigError(
            f"claim: give a claim or --article. Named claims: {', '.join(named)}; others are "
            'written as "compute_usd@2025-11-10 = 15e6".'
        )
    texts = list(named) if article else list(dict.fromkeys(said))
    if any(text in named for text in texts) and (platform is not None or within is not None):
        raise ConfigError(
            "--platform and --within: a named claim says both itself. Leave them, or write the "
            "claim out."
        )
    scenario = baseline.scenario()
    return [
        named[chosen("claim", text, named)]
        if text in named or text.isidentifier()
        else claim_of(text, scenario, platform, within)
        for text in texts
    ]


def _folders(claims: Sequence[Claim], out: Path | None) -> list[Path]:
    """Return where each claim goes: a claim alone into the folder that is named."""
    if out is not None and len(claims) == 1:
        return [checked_folder(out)]
    return [checked_folder((out or Path("out/claim")) / _name_of(one)) for one in claims]


def _name_of(one: Claim) -> str:
    """Return the name of a claim as that of a folder, another one for each claim."""
    from scenarios.claiming.claims import WITHIN

    if one.name:
        return one.name
    text = one.spelled + (f" within {one.within:g}" if one.within != WITHIN else "")
    for sign, word in _IN_NAMES.items():
        text = text.replace(sign, word)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text.replace("..", "-to-"))


def _write(
    found: Checked,
    sheets: Sequence[Sheet],
    folder: Path,
    users: int,
    seed: int,
    about: dict[str, Any],
) -> None:
    """Write the numbers of all markets, what differs, what then fails, and the page."""
    from scenarios.command import claim_page as page
    from scenarios.inputs.assumptions import load_inputs
    from sim.files import write_text_aside

    people = float(load_inputs().value("A1"))
    source = page.source_of_claim(found, users, people, seed)
    for name, frame in (
        (MARKETS, _markets(found)), (CHANGES, found.changes), (THEN, found.missed),
    ):  # fmt: skip
        write_text_aside(folder / name, frame.to_csv(index=False))
    page.page(found, sheets, source, about).write(folder / CLAIM_PAGE)


def _markets(found: Checked) -> pd.DataFrame:
    """Return a row for each market: what it is of, its draw, its number, whether that is true."""
    import numpy as np
    import pandas as pd

    groups = {"fitted": found.values, "prior": found.prior_values, "baseline": found.by_hand}
    frames = []
    for what, numbers in groups.items():
        draws = found.fitted.draws if what == "fitted" else np.arange(len(numbers))
        frames.append(pd.DataFrame({
            "markets": what, "draw": draws, "number": numbers,
            "is_true": found.claim.holds(numbers),
        }))  # fmt: skip
    frame = pd.concat(frames, ignore_index=True)
    frame.insert(0, "claim", found.claim.spelled)
    return frame


def _write_several(found: Sequence[Checked], folder: Path, quiet: bool) -> None:
    """Write, and print, one line for each of several claims."""
    import pandas as pd

    from scenarios.command.claim_page import overview
    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console
    from sim.files import write_text_aside

    rows = [
        {
            "claim": one.claim.spelled, "name": one.claim.name, "true": one.n_true,
            "of": len(one.values), "center": one.least.center_value,
            "is_reached": one.least.is_true, "prior_sds": one.least.distance,
            "probability": one.least.probability if one.least.is_true else 0.0,
            "facts_lost": len(one.lost),
        }
        for one in found
    ]  # fmt: skip
    write_text_aside(folder / SEVERAL, pd.DataFrame(rows).to_csv(index=False))
    if not quiet:
        print_sheets(make_console(), [overview(found)])
        typer.echo(f"Written to {folder}: {SEVERAL}")
