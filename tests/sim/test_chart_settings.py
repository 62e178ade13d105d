"""Charts have one style, which no setting, no sign in a name and no infinity breaks."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.experiments.effects import ends
from sim.experiments.precision import interval
from sim.report import sweep_charts
from sim.report.charts import overview
from sim.report.style import as_svg, drawing, fan
from sim.results import Results
from tests.worlds import small

ROOT = Path(__file__).resolve().parents[2]
#: What somebody may have in his matplotlibrc; usetex fails wherever there is no LaTeX.
SETTINGS = {
    "text.usetex": True, "font.size": 40, "axes.prop_cycle": "cycler('color', ['k'])",
    "figure.facecolor": "black", "savefig.dpi": 5, "axes.formatter.use_locale": True,
    "axes.grid": True, "lines.linewidth": 20, "axes.unicode_minus": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def results() -> Results:
    return small(500).run("2025-06-20")


def test_the_settings_of_somebody_change_no_byte_of_a_chart(results: Results) -> None:
    usual = as_svg(overview(results))
    with mpl.rc_context(SETTINGS):
        assert as_svg(overview(results)) == usual
        assert mpl.rcParams["text.usetex"] is True  # his own charts are his


@pytest.mark.parametrize(
    "environment",
    [{"MPLBACKEND": "nonsense"}, {"MPLBACKEND": "tkagg"}, {"MATPLOTLIBRC": "matplotlibrc"}],
)
def test_the_command_draws_whatever_is_set_up(environment: dict[str, str], tmp_path: Path) -> None:
    settings = tmp_path / "matplotlibrc"
    settings.write_text("text.usetex: True\nbackend: qtagg\nno.such.key: 3\n")
    if "MATPLOTLIBRC" in environment:
        environment = {"MATPLOTLIBRC": str(settings)}
    done = subprocess.run(
        [sys.executable, "-m", "scenarios", "run", "baseline", "--users", "300", "--until",
         "2025-05-24", "--quiet", "--out", str(tmp_path / "out")],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out" / "chart.png").stat().st_size > 20_000


@pytest.mark.parametrize("problem", ["backend", "file"])
def test_settings_that_matplotlib_itself_cannot_load_are_one_line(
    problem: str, tmp_path: Path
) -> None:
    """Outside the command, whoever draws has chosen the screen."""
    settings = tmp_path / "matplotlibrc"
    settings.write_bytes(b"font.size: \xff\xfe")
    given = {"MPLBACKEND": "nonsense"} if problem == "backend" else {"MATPLOTLIBRC": str(settings)}
    done = subprocess.run(
        [sys.executable, "-c", "import sim.report.charts"],
        cwd=ROOT, env={**os.environ, **given}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("sim.errors.ConfigError: matplotlib cannot be loaded")
    assert "Correct MPLBACKEND" in last


def test_a_name_is_never_a_formula() -> None:
    with drawing():
        figure = Figure()
        figure.suptitle(r"cash $\\frac{$ for _all_")
        as_svg(figure)
        assert figure.get_suptitle() == r"cash $\\frac{$ for _all_"


def frame_with(value: float) -> pd.DataFrame:
    """Return a tidy table of a grid whose first parameter, and one outcome, is not finite."""
    rows = [
        {"run": f"{x}{y}{seed}", "platform": "sora", "x": x, "y": y, "seed": seed,
         "installs": value if (x, y) == (1.0, 1.0) else 3.0 * y + seed, "burn_usd": y}
        for x in (0.3, 1.0, value) for y in (1.0, 2.0) for seed in (1, 2)
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_is_drawn_around_and_never_warned_of(value: float) -> None:
    frame = frame_with(value)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in (
            sweep_charts.heat_map(frame, "x", "y", "installs", "sora"),
            sweep_charts.parallel(frame, ["x", "y"], ["installs", "burn_usd"], "sora"),
            sweep_charts.tornado(
                ends(frame, ["x", "y"], "burn_usd"), "burn_usd", "sora", "#123456"
            ),
        ):
            assert len(as_svg(figure)) > 5_000
        with drawing():
            figure = Figure()
            fan(figure.subplots(), range(3), [[1.0, value, 3.0], [2.0, 4.0, 6.0]], "#123456")
            as_svg(figure)
    assert np.isinf(interval([1.0, value]).high)


def test_an_infinite_end_of_a_range_has_the_runs_that_are_there() -> None:
    found = ends(frame_with(np.inf), ["x"], "burn_usd")
    assert found.loc["x", "low"] == found.loc["x", "high"] == 1.5
