"""What notebooks show of objects: a small table each, escaped, by IPython's own formatter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scenarios.fitting.posterior import SHIPPED, read_posterior, weighted_quantiles
from scenarios.inputs.assumptions import load_inputs
from sim.displayed import (
    comparison_html,
    frame_html,
    market_html,
    results_html,
    store_html,
    table_html,
    user_html,
)
from sim.experiments import Serial, Store, compare, sweep
from tests.worlds import small, tiny

ROOT = Path(__file__).resolve().parents[2]
_SHOWN = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
from scenarios import baseline
market = baseline.build(n_users=300, seed=1)
results = market.run("2025-05-24")
class Mine(type(market.users[1])):
    pass
market.users.promote([2], Mine)
for one in (market, results, market.users[1], market.users[2]):
    data, _ = shell.display_formatter.format(one)
    print(data["text/html"].count("<table>"), data["text/plain"][:9])
"""


def test_ipython_shows_tables_and_elsewhere_is_text() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SHOWN], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["1 <Market 2", "1 <Results ", "1 <User 1 ·", "1 <Mine 2 ·"]


def test_text_is_escaped() -> None:
    html = table_html(["<b>"], [["<script>alert(1)</script>", "&"]], "a < b")
    assert "<script>" not in html
    assert "<b>" not in html
    assert "a &lt; b" in html


def test_results_and_a_market_have_their_months() -> None:
    market = small(500)
    assert "<table>" not in market_html(market)
    results = market.run("2025-07-02")
    html = results_html(results)
    for words in ("google · 2025-05", "sora · 2025-07", "installs [people", "cash [USD]"):
        assert words in html
    assert html in market_html(market)
    person = user_html(market.users[3])
    assert "friends" in person
    assert "status" in person


def test_a_comparison_and_a_store(tmp_path: Path) -> None:
    a = tiny()
    html = comparison_html(compare(a, a.set("sora.free_quota_per_day", 1), 3, executor=Serial()))
    assert "95 % from" in html
    assert "sora · clips" in html
    sweep(a, {"sora.free_quota_per_day": [1, 2]}, 1, store=tmp_path / "s", executor=Serial())
    assert '<td style="text-align:right">2</td>' in store_html(Store(tmp_path / "s"))
    frame = Store(tmp_path / "s").frame()
    assert f"first 10 of {len(frame)}" in frame_html(frame, "Runs") or len(frame) <= 10


def test_a_posterior_tells_what_was_taught() -> None:
    found = read_posterior(SHIPPED, load_inputs())
    html = found._repr_html_()
    assert all(f">{name}</th>" in html for name in found.central)
    assert repr(found).startswith("<Posterior as of 2025-12-31 · ")


@pytest.mark.parametrize("n", [1_001, 4_001])
def test_weighted_quantiles_of_equal_weights_are_quantiles(n: int) -> None:
    values = np.random.default_rng(1).standard_normal(n)
    found = weighted_quantiles(values, np.full(n, 1.0 / n), (0.05, 0.5, 0.95))
    np.testing.assert_allclose(found, np.quantile(values, (0.05, 0.5, 0.95)), atol=0.02)
    heavy = np.where(values > 0.0, 3.0, 1.0)
    low = weighted_quantiles(values, heavy, (0.25,))[0]
    assert low == pytest.approx(0.0, abs=0.05)
