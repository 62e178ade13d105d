"""Every argument and option that commands have in common, declared once, with its type."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from scenarios.command import values
from scenarios.command.values import Setting

#: The value alone, or None beside it where an option left out means what the scenario says.
T = TypeVar("T")

# What is run.
Name = Annotated[
    str, typer.Argument(metavar="NAME|FILE.py", help="Name of a scenario, or path of its file.")
]
Users = Annotated[
    T,
    typer.Option(
        "--users", metavar="N", parser=values.whole,
        help="Users to simulate in each run: 100000, 1e6, 100k, 1M.",
    ),
]  # fmt: skip
People = Annotated[
    float | None,
    typer.Option(
        "--people", metavar="N", parser=values.number, help="People they stand for, such as 60M."
    ),
]
Seed = Annotated[
    T,
    typer.Option(
        "--seed", metavar="N", parser=values.whole,
        help="Key of all chance, from 0; the first one where there are many runs.",
    ),
]  # fmt: skip
Since = Annotated[
    T,
    typer.Option(
        "--since", metavar="YYYY-MM-DD", parser=values.date,
        help="First day that counts, else that of charts and tables.",
    ),
]  # fmt: skip
Until = Annotated[
    T,
    typer.Option("--until", metavar="YYYY-MM-DD", parser=values.date, help="Last day of a run."),
]
GraphText = Annotated[
    str | None,
    typer.Option(
        "--graph", metavar="GRAPH",
        help="Friend graph: small_world(degree=10, rewire=0.1), edges(path/to/file.txt), ...",
    ),
]  # fmt: skip
Structure = Annotated[
    str,
    typer.Option(
        "--structure", metavar="NAME", parser=values.structure,
        help="market: agents on a friend graph; twin: the same rules in expectation, without "
        "graph and chance, in a fraction of a second.",
    ),
]  # fmt: skip
AsOf = Annotated[
    T,
    typer.Option(
        "--as-of", metavar="YYYY-MM-DD", parser=values.date,
        help="Last day of which anything is known. Of a fit: else 2025-12-31. Of the simple lines "
        "that a backtest scores alone: may be repeated; without --forecast, else 2025-10-31, "
        "2025-11-15 and 2025-11-30.",
    ),
]  # fmt: skip
Set = Annotated[
    list[Setting] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", parser=values.setting,
        help="Change one value: sora.free_quota_per_day=6, quota=6, A16=0.3, "
        "event:packs.date=2026-01-01, sora.pack_usd@2026-02-01=2; may be repeated.",
    ),
]  # fmt: skip

# How often, and of what size.
Replicates = Annotated[
    int,
    typer.Option(
        "--replicates", metavar="N", parser=values.whole,
        help="Runs of each arm or point, with seeds seed, seed + 1, ...",
    ),
]  # fmt: skip
Assumptions = Annotated[
    int,
    typer.Option(
        "--assumptions", metavar="N", parser=values.none_or_more,
        help="Runs for each end of each assumption; 0 leaves assumptions alone.",
    ),
]  # fmt: skip
FromPosterior = Annotated[
    Path,
    typer.Option(
        "--posterior", metavar="FILE|shipped|none", parser=values.file,
        help="Draw the assumptions together from this posterior (as calibrate writes it), so that "
        "bands hold chance and assumptions; shipped is the one that comes with the model; none "
        "takes central values.",
    ),
]  # fmt: skip
Draws = Annotated[
    int,
    typer.Option(
        "--draws", metavar="N", parser=values.whole,
        help="Markets drawn from the posterior for each arm or point.",
    ),
]  # fmt: skip
Vary = Annotated[
    list[Setting] | None,
    typer.Option(
        "--vary", metavar="PATH=VALUES", parser=values.varied,
        help="What is varied: quota=3,6,30, sora.p_active=0.2..0.5:4, A16 (its own range), "
        "event:packs.date=..., sora.pack_usd@2026-02-01=2,4; may be repeated.",
    ),
]  # fmt: skip

# Where the runs are done, and what becomes of those that fail.
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout", metavar="SECONDS", parser=values.number, help="Give a run up after so long."
    ),
]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Run again what failed before.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", parser=values.whole,
        help="Local processes, else one for each core.",
    ),
]  # fmt: skip
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="tcp://HOST:PORT", help="Run on this Dask cluster."),
]

# Where results go, and what is said.
KeptIn = Annotated[
    Path | None,
    typer.Option(
        "--lab", metavar="DIR|none", parser=values.folder,
        help="Folder in which runs are kept, so that what was asked before is not run again, else "
        "out/lab; none keeps nothing.",
    ),
]  # fmt: skip
Out = Annotated[
    T,
    typer.Option(
        "--out", metavar="DIR", parser=values.folder,
        help="Folder for the results, else one below out/ by the name of the scenario.",
    ),
]  # fmt: skip
OutFile = Annotated[
    Path, typer.Option("--out", metavar="FILE", parser=values.file, help="File to write.")
]
Log = Annotated[
    Path | None,
    typer.Option(
        "--log", metavar="FILE", parser=values.file, help="Append what happens, as JSON lines."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar, no tables, no words.")]
