"""``clipmarket backtest``: score forecasts, and the simple lines, on facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.command import values
from scenarios.command.chosen import checked_folder
from scenarios.command.options import AsOf, Out, Quiet

if TYPE_CHECKING:
    from scenarios.forecasting.forecast_files import Forecast

#: What is written.
SCORES, UNSCORED, CHART, PAGE = "scores.csv", "unscored.csv", "chart.png", "page.html"


def backtest(
    forecast: Annotated[
        list[Path] | None,
        typer.Option(
            "--forecast",
            metavar="FOLDER|FILE",
            parser=values.file,
            help="Forecast to score: a folder, or a Parquet file of draws or quantiles; may be "
            "repeated. Else every one in scenarios/forecasts.",
        ),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            "--facts",
            metavar="FILE",
            parser=values.file,
            help="Facts to score on, with the columns of scenarios/data/facts.csv, else that file.",
        ),
    ] = None,
    as_of: AsOf[list[dt.date] | None] = None,
    out: Out[Path] = Path("out/backtest"),
    quiet: Quiet = False,
) -> None:
    """Score forecasts on facts that came later, beside the simple lines; rolling origins too."""
    from scenarios.command.backtest_chart import chart
    from scenarios.command.backtest_page import page, sheets
    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console
    from scenarios.forecasting import backtesting
    from scenarios.forecasting.simple_lines import simple_lines
    from scenarios.inputs.assumptions import load_inputs
    from scenarios.inputs.facts import readable_facts
    from scenarios.inputs.targets import POOL_SHARE
    from sim.files import write_text_aside
    from sim.report.style import write_chart

    folder = checked_folder(out)
    pool_share = float(load_inputs().value(POOL_SHARE))
    known, refused = readable_facts(facts)
    origins = as_of if as_of or forecast else list(backtesting.ORIGINS)
    last = backtesting.last_day(known, pool_share)
    held = [
        *(backtesting.with_lines(one, simple_lines) for one in _given(forecast)),
        *(backtesting.of_lines(day, last, simple_lines) for day in dict.fromkeys(origins or ())),
    ]
    found = backtesting.backtest(held, known, pool_share, refused)
    tables = sheets(found)
    figure = None if found.scores.empty else chart(found.scores)
    for name, frame in ((SCORES, found.scores), (UNSCORED, found.unscored)):
        write_text_aside(folder / name, frame.to_csv(index=False))
    if figure is not None:
        write_chart(figure, folder / CHART)
    about = {"facts": known.sha256, "forecasts": [dict(one.manifest) for one, _ in held]}
    page(found, tables, figure, about).write(folder / PAGE)
    if quiet:
        return
    print_sheets(make_console(), tables)
    names = [name for name in (SCORES, UNSCORED, CHART, PAGE) if (folder / name).is_file()]
    typer.echo(f"Written to {folder}: {', '.join(names)}")


def _given(named: list[Path] | None) -> list[Forecast]:
    """Return the forecasts that were named, else all that are committed; names told apart."""
    from scenarios.forecasting.forecast_files import FORECASTS, read_forecast, verify_locked

    paths = named or [FORECASTS / str(one["as_of"]) for one in verify_locked()]
    found: list[Forecast] = []
    for path in dict.fromkeys(paths):
        one = read_forecast(path)
        if one.name in {other.name for other in found}:
            one = replace(one, name=f"{one.name} ({path})")
        found.append(one)
    return found
