"""``clipmarket calibration``: what the fit knows and does not know, as a file of the docs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scenarios.command.chosen import checked_folder
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
from scenarios.command.options import Cluster, OutFile, Quiet, Seed, Users, Workers

if TYPE_CHECKING:
    from scenarios.command.tables import Sheet

#: Chart beside the file.
FIGURE = "calibration.png"
#: Versions of the record that are fitted beside the default one.
_OTHERS = ("panel", "first")


def calibration(
    out: OutFile = Path("docs/CALIBRATION.md"),
    own_members: OwnMembers = OWN_MEMBERS,
    own_users: OwnUsers = OWN_USERS,
    members: FitMembers[int] = MEMBERS,
    users: Users[int] = USERS,
    vintage: OfVintage = "",
    seed: Seed[int] = 1,
    runs: FitRuns = RUNS,
    workers: Workers = None,
    cluster: Cluster = None,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Write what the fit tells, what it cannot, which structure forecasts, what would narrow it."""
    from scenarios.command import calibrate_page as page
    from scenarios.command.calibrate_chart import chart
    from scenarios.command.calibration_sheets import bound, further, vintages
    from scenarios.command.rival import compared
    from scenarios.command.rivals_page import sheet, verdict
    from scenarios.command.tables import markdown
    from scenarios.fitting.calibration import LAST_KNOWN, HeldTo
    from scenarios.inputs.assumptions import load_inputs
    from scenarios.structures import MARKET
    from sim.files import write_text_aside
    from sim.report.style import write_chart

    checked_folder(out.parent)
    held = HeldTo(LAST_KNOWN, vintage)
    held.observations(load_inputs())  # a version that there is none of is told at once
    check_fits(members, users, seed)
    with opened_fits(own_members, own_users, seed, runs, workers, cluster, quiet) as fits:
        own = fits.of(MARKET, held)
    with opened_fits(members, users, seed, runs, workers, cluster, quiet) as fits:
        _, table = compared(fits, vintage)
        others = {one: fits.of(MARKET, HeldTo(LAST_KNOWN, one)) for one in _OTHERS}
    read = page.readings(own)
    write_chart(chart(read[read["is_fitted"]]), out.parent / FIGURE)
    sheets: list[Sheet] = [
        *page.sheets(own, read), vintages({vintage: own, **others}), bound(own), sheet(table),
        further(own),
    ]  # fmt: skip
    about = (
        f"Written by `python -m scenarios calibration` (`make calibration`): the market fitted by "
        f"{own_members} members of {own_users:,} users, rival structures by {members} of "
        f"{users:,}, seed {seed}, as of {LAST_KNOWN}."
    )
    text = [
        f"# Calibration\n\n{about}\n",
        f"**{page.said_inside(read)} {verdict(table)}**\n",
        f"![Fitted markets over what was published, with bands of 90 %]({FIGURE})\n",
        *map(markdown, sheets),
    ]
    write_text_aside(out, "\n".join(text))
    if not quiet:
        typer.echo(f"Written to {out} and {out.parent / FIGURE}")
