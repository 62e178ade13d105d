"""Charts: units, dates, one color per platform, a source line, facts as dots."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from scenarios.inputs.fact_points import fact_points
from sim.metrics import CATALOGUE
from sim.report.charts import PANELS, overview, plot_metric
from sim.report.smoothing import week_mean
from sim.results import Results
from tests.worlds import small


@pytest.fixture(scope="module")
def results() -> Results:
    return small(2_000).run()


def test_every_panel_has_units_dates_and_the_platforms_colors(results: Results) -> None:
    figure = overview(results, fact_points(results.scenario))
    axes = figure.axes
    assert len(axes) == len(PANELS) == 8
    colors = {platform.color for platform in results.scenario.platforms.values()}
    for ax in axes:
        assert ax.get_ylabel()
        assert ax.get_xlabel() == "date"
        assert ax.get_title(loc="left")
        drawn = {to_hex(line.get_color()) for line in ax.lines if len(line.get_xdata()) > 30}
        assert drawn <= colors | {"#222222"}
    assert plt.get_fignums() == []


def test_a_week_is_the_mean_of_the_days_there_are() -> None:
    """A day without a value is not a day of zero; a week without any has no mean."""
    days = np.full((16, 1), 7.0)
    days[[2, 3]] = np.nan
    assert np.array_equal(week_mean(days), np.full((16, 1), 7.0))
    days[8:] = np.nan
    assert np.isnan(week_mean(days)[14:]).all()
    rising = np.arange(10.0)[:, None]
    assert week_mean(rising)[:, 0].tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6]


def test_the_source_line_says_what_was_run(results: Results) -> None:
    figure = overview(results)
    text = figure.get_supxlabel()
    for part in ("Source: clipmarket", "baseline", "2,000 users x 41,350 people", "seed 1"):
        assert part in text


def test_facts_are_dots_with_their_ids(results: Results) -> None:
    figure = overview(results, fact_points(results.scenario))
    written = {text.get_text() for ax in figure.axes for text in ax.texts}
    assert {"SOR021", "SOR010", "SOR040"} <= written
    # A fact that ends after the run is not drawn.
    assert "SOR024" not in written


def test_no_label_covers_another(results: Results) -> None:
    figure = overview(results, fact_points(results.scenario))
    figure.draw_without_rendering()
    for ax in figure.axes:
        boxes = [text.get_window_extent() for text in ax.texts]
        assert all(ax.bbox.overlaps(box) for box in boxes)
        for one, other in combinations(boxes, 2):
            assert not one.overlaps(other)


def test_events_are_numbered_and_named_with_their_dates(results: Results) -> None:
    figure = overview(results)
    key = figure.get_supxlabel()
    assert "5 sora android 2025-11-04" in key
    named = key.splitlines()[0].count(" · ") + 1
    for ax in figure.axes:
        assert [text.get_text() for text in ax.texts] == [str(n + 1) for n in range(named)]


def test_several_runs_are_drawn_as_a_band(results: Results) -> None:
    runs = [results, small(2_000, seed=2).run()]
    figure = overview(runs)
    assert len(figure.axes[0].collections) == 2 * 3
    assert "2 runs, median" in figure.get_supxlabel()


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_metric_can_be_drawn(results: Results, name: str) -> None:
    ax = plot_metric(results, name)
    assert ax.get_ylabel() == CATALOGUE[name].unit
    plt.close("all")


def test_results_plot_in_one_call(results: Results, tmp_path: Path) -> None:
    assert results.installs.plot().get_ylabel() == "people/day"
    plt.close("all")
    figure = results.plot()
    figure.savefig(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").stat().st_size > 50_000
