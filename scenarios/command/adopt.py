"""``clipmarket adopt``: make a fit the model's own: its posterior, the values of the baseline."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.command import values
from scenarios.command.fitting_options import (
    MEMBERS,
    OWN_MEMBERS,
    OWN_USERS,
    RUNS,
    USERS,
    FitMembers,
    FitRuns,
    OfVintage,
    OwnMembers,
    OwnUsers,
    check_fits,
    opened_fits,
)
from scenarios.command.options import Cluster, Quiet, Seed, Users, Workers
from sim.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Digits of a value of the baseline: an assumption is known to far fewer.
VALUE_DIGITS = 3
_MILLION = 1e6


def adopt(
    kept: Annotated[
        int,
        typer.Option("--kept", metavar="N", parser=values.whole, help="Draws to keep, about."),
    ] = 400,
    own_members: OwnMembers = OWN_MEMBERS,
    own_users: OwnUsers = OWN_USERS,
    set_baseline: Annotated[
        bool,
        typer.Option(
            "--set-baseline",
            help="Set what the data taught to the central point in assumptions.toml, too.",
        ),
    ] = False,
    members: FitMembers[int] = MEMBERS,
    users: Users[int] = USERS,
    vintage: OfVintage = "",
    seed: Seed[int] = 1,
    runs: FitRuns = RUNS,
    workers: Workers = None,
    cluster: Cluster = None,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Ship the posterior of all structures, by weight, with the model."""
    from scenarios.fitting.calibration import LAST_KNOWN, HeldTo
    from scenarios.fitting.fits import mixed
    from scenarios.fitting.posterior import SHIPPED, write_posterior
    from scenarios.fitting.rivals import RIVALS
    from scenarios.fitting.rolling import rolling, weights
    from scenarios.inputs.assumptions import DATA, load_inputs
    from scenarios.structures import MARKET
    from sim.checks import in_range
    from sim.files import write_text_aside

    in_range("kept", kept, len(RIVALS), 100_000)
    held = HeldTo(LAST_KNOWN, vintage)
    held.observations(load_inputs())  # a version that there is none of is told at once
    check_fits(members, users, seed)
    with opened_fits(own_members, own_users, seed, runs, workers, cluster, quiet) as fits:
        found = fits.of(MARKET, held)
        own = fits.posterior(found, MARKET, held, fits.central(found, MARKET, held))
    with opened_fits(members, users, seed, runs, workers, cluster, quiet) as fits:
        weight = weights(rolling(fits, tuple(RIVALS), vintage), tuple(RIVALS))
        rest = {
            one: fits.posterior(fits.of(one, held), one, held, own.central)
            for one in RIVALS
            if one != MARKET
        }
    every = {MARKET: own, **rest}
    whole = mixed(list(every.values()), [weight[one] for one in every], kept)
    write_posterior(SHIPPED, whole)
    written = [f"{SHIPPED.name} ({len(whole)} draws)"]
    if set_baseline:
        path = DATA / "assumptions.toml"
        text = path.read_text(encoding="utf-8")
        write_text_aside(path, with_values(text, adopted(whole.central)))
        written.append(path.name)
    if not quiet:
        typer.echo(f"Written to {DATA}: {', '.join(written)}")


def adopted(central: Mapping[str, float]) -> dict[str, float]:
    """Return values of the baseline: those of the central point, to a few digits."""
    return {name: float(f"{value:.{VALUE_DIGITS}g}") for name, value in central.items()}


def with_values(text: str, given: Mapping[str, float]) -> str:
    """Return ``assumptions.toml`` with other values; all else as it stands.

    Raises
    ------
    DataError
        If an assumption does not stand there with one number as its value.
    """
    for name, value in given.items():
        pattern = re.compile(
            rf'(^id = "{re.escape(name)}"\nsets = [^\n]*\nvalue = )([-+0-9.eE_]+)$', re.MULTILINE
        )
        found = pattern.search(text)
        if found is None:
            raise DataError(
                f"assumptions.toml: {name} has no value that is one number. Put it back."
            )
        is_whole = found[2].lstrip("+-").isdigit()
        shown = str(round(value)) if is_whole else _written(value)
        text = text[: found.start(2)] + shown + text[found.end(2) :]
    return text


def _written(value: float) -> str:
    """Write a number of TOML that is no whole one, millions as such: 82.7e6, 0.094, 13.0."""
    if abs(value) >= _MILLION:
        return f"{value / _MILLION:g}e6"
    shown = f"{value:g}"
    return shown if set(shown) & set(".e") else f"{shown}.0"
