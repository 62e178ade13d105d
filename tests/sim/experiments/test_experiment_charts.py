"""Charts of experiments: units, colors of the platforms, uncertainty, a source line."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from sim.experiments import Serial, Store, sweep
from sim.experiments.effects import ends
from sim.report import sweep_charts as charts
from tests.worlds import tiny

SORA = tiny().platforms["sora"].color
SOURCE = "clipmarket, 8 runs"
POINTS = {"sora.p_active": [0.2, 0.4], "sora.free_quota_per_day": [3, 30]}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("charts") / "store"
    sweep(tiny(), POINTS, 2, store=folder, executor=Serial())
    return Store(folder)


@pytest.fixture(scope="module")
def sora(store: Store) -> pd.DataFrame:
    frame = store.frame()
    return frame[frame["platform"] == "sora"]


def indices(*columns: str) -> pd.DataFrame:
    values = np.linspace(0.1, 0.9, 3 * len(columns)).reshape(3, -1)
    return pd.DataFrame(values, index=["a.x", "a.y", "market.seed"], columns=list(columns))


def _heat(store: Store, sora: pd.DataFrame) -> Figure:
    return charts.heat_map(sora, *POINTS, "clips", "sora", SOURCE)


def _fans(store: Store, sora: pd.DataFrame) -> Figure:
    sora = sora.sort_values("sora.p_active")
    labels = {run: f"p = {p}" for run, p in zip(sora["run"], sora["sora.p_active"], strict=True)}
    daily = store.daily(["clips"], list(labels), "sora")
    return charts.fans(daily, labels, "clips", "sora", SORA, SOURCE)


def _tornado(store: Store, sora: pd.DataFrame) -> Figure:
    return charts.tornado(ends(sora, list(POINTS), "clips"), "clips", "sora", SORA, SOURCE)


def _morris(store: Store, sora: pd.DataFrame) -> Figure:
    return charts.morris_plane(indices("mu", "mu_star", "mu_star_conf", "sigma"), "clips", SORA,
                               SOURCE)  # fmt: skip


def _sobol(store: Store, sora: pd.DataFrame) -> Figure:
    return charts.sobol_bars(indices("S1", "S1_conf", "ST", "ST_conf"), "clips", SORA, SOURCE)


def _parallel(store: Store, sora: pd.DataFrame) -> Figure:
    return charts.parallel(sora, list(POINTS), ["clips", "burn_usd"], "sora", SOURCE)


CHARTS: dict[str, tuple[Callable[[Store, pd.DataFrame], Figure], str]] = {
    "heat map": (_heat, "clips"),
    "fan": (_fans, "clips/day"),
    "tornado": (_tornado, "clips"),
    "Morris plane": (_morris, "clips over the range"),
    "Sobol' bars": (_sobol, "share of the variance"),
    "parallel coordinates": (_parallel, "clips"),
}


def words(figure: Figure) -> str:
    """Return everything that is written on a figure."""
    parts = [text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))]
    return "\n".join(parts)


@pytest.mark.parametrize("kind", CHARTS)
def test_every_chart_has_a_title_units_and_its_source(
    kind: str, store: Store, sora: pd.DataFrame, tmp_path: Path
) -> None:
    draw, unit = CHARTS[kind]
    figure = draw(store, sora)
    figure.savefig(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").stat().st_size > 8_000
    text = words(figure)
    assert f"Source: {SOURCE}" in text
    assert unit in text
    assert figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize("kind", ["fan", "tornado", "Morris plane", "Sobol' bars"])
def test_a_platform_has_its_own_color(kind: str, store: Store, sora: pd.DataFrame) -> None:
    ax = CHARTS[kind][0](store, sora).axes[0]
    shown = [to_hex(patch.get_facecolor()) for patch in ax.patches]
    shown += [to_hex(line.get_color()) for line in ax.lines]
    assert SORA in shown


def test_a_heat_map_shows_the_mean_over_seeds(store: Store, sora: pd.DataFrame) -> None:
    image = _heat(store, sora).axes[0].images[0].get_array()
    expected = sora.groupby(["sora.free_quota_per_day", "sora.p_active"])["clips"].mean()
    np.testing.assert_allclose(np.asarray(image).ravel(), expected)


def test_a_fan_has_a_panel_for_each_point_with_bands(store: Store, sora: pd.DataFrame) -> None:
    axes = _fans(store, sora).axes
    assert [ax.get_title(loc="left") for ax in axes[:2]] == ["p = 0.2", "p = 0.4"]
    assert len(axes[0].collections) == 3


def test_the_reach_of_a_parameter_is_the_difference_of_means_at_its_ends() -> None:
    """Outcome 10x + y on a full grid: x reaches 10 from end to end, y reaches 1, by hand."""
    frame = pd.DataFrame([(x, y, 10 * x + y) for x in (0, 0.5, 1) for y in (0, 1)],
                         columns=["x", "y", "clips"])  # fmt: skip
    reach = ends(frame, ["x", "y"], "clips")
    assert reach.loc["x", "high"] - reach.loc["x", "low"] == pytest.approx(10)
    assert reach.loc["y", "high"] - reach.loc["y", "low"] == pytest.approx(1)
    assert reach["usual"].eq(frame["clips"].mean()).all()
    assert ends(frame.assign(w="a"), ["w"], "clips").empty


def test_ensembles_draw_themselves() -> None:
    import matplotlib.pyplot as plt

    from sim.experiments import ensemble

    ax = ensemble(tiny(until="2025-10-05"), 3).plot("installs")
    assert ax.get_ylabel() == "people/day"
    assert len(ax.collections) == 2 * 3
    plt.close("all")


def test_the_largest_of_many_effects_are_named_clear_of_each_other() -> None:
    size = np.random.default_rng(1).lognormal(15.0, 1.2, 40)
    many = pd.DataFrame({"mu_star": size, "mu_star_conf": size / 5, "sigma": size / 2},
                        index=[f"sora.parameter_{n}" for n in range(40)])  # fmt: skip
    figure = charts.morris_plane(many, "clips", SORA, SOURCE)
    figure.draw_without_rendering()
    texts = figure.axes[0].texts
    named = {text.get_text() for text in texts if text.get_text().startswith("sora.")}
    assert named == set(many.nlargest(12, "mu_star").index)
    boxes = [text.get_window_extent() for text in texts]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
