"""``clipmarket results``: what the runs of a store came to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.command import values
from scenarios.command.options import Quiet


def results(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", parser=values.folder, help="Store of a sweep.")
    ],
    metric: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Metric to show; may be repeated.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this platform.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read every file whole, checksums and all.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the index again from the files.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Print what the runs of a store came to, and draw it."""
    from scenarios.command.store_table import show_store

    show_store(folder, metric or [], platform, check, rebuild, quiet)
