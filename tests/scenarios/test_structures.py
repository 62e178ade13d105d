"""A scenario run as another structure: by the command, and for a fit."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from agents.meanfield.twin import Twin
from scenarios import baseline, structures
from scenarios.command.mean_field import _ratios
from scenarios.fitting.twin_readings import twin_readings
from scenarios.inputs.targets import targets
from scenarios.structures import MARKET, STRUCTURES, TWIN, how_run, simulated
from sim.errors import UnknownNameError
from sim.execution import Execution
from sim.report.style import source_line
from tests.scenarios.test_command import run
from tests.worlds import small_scenario


def test_the_command_runs_a_twin_like_a_market(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The same tables and files; a sentence says what it is, and what it lacks is left blank."""
    folder = tmp_path / "a"
    code, out, err = run(capsys, "run", "baseline", "--structure", "twin", "--until", "2025-11-30",
                         "--out", str(folder))  # fmt: skip
    assert (code, err) == (0, "")
    assert "mean-field twin" in out
    assert "Beside the facts" in out
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["structure"] == "twin"
    assert "representative people" in (folder / "page.html").read_text(encoding="utf-8")
    daily = pd.read_parquet(folder / "daily.parquet")
    assert daily["offspring_clip"].isna().all()
    installs = daily.loc[daily["platform"] == "sora", "installs"].sum()
    assert installs == pytest.approx(7.2e6, rel=0.2)


def test_an_unknown_structure_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "run", "baseline", "--structure", "twins")
    assert code == 2
    assert err == ("clipmarket: --structure 'twins': no such structure. Allowed: market, twin.\n")
    with pytest.raises(UnknownNameError, match="twins"):
        simulated(baseline.scenario(), "twins", Execution())


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_structure_tells_how_it_was_run(structure: str) -> None:
    results = simulated(small_scenario(500, until="2025-05-24"), structure, Execution(threads=1))
    assert results.n_days == 5
    assert ("500 users" in how_run(results)) is (structure == MARKET)
    assert ("In expectation" in how_run(results)) is (structure == TWIN)
    assert structures.STRUCTURES[structure] is STRUCTURES[structure]


def test_readings_are_those_of_a_whole_run() -> None:
    """Targets are read from a run that ends with the last of them, as from one to the end."""
    scenario = baseline.scenario()
    found = twin_readings(scenario)
    whole = Twin(scenario).run()
    assert found == pytest.approx({t.name: t.simulated(whole) for t in targets()}, rel=1e-9)
    assert set(twin_readings(scenario.without_platform("google"))) == {
        t.name for t in targets() if t.platform == "sora"
    }
    assert twin_readings(scenario.with_market(until="2025-05-30")) == {}


def test_the_chart_of_a_twin_does_not_claim_a_market() -> None:
    """It has neither users nor seed nor graph: the line below the chart names none of them."""
    scenario = baseline.scenario().with_market(until="2025-05-25")
    results = simulated(scenario, TWIN, Execution(threads=1))
    said = source_line(results)
    assert "in expectation; 256 representative people, no friend graph" in said
    assert "seed" not in said
    assert scenario.market.graph not in said


def test_readings_answer_to_what_is_fitted() -> None:
    scenario = baseline.scenario()
    louder = twin_readings(scenario.set("sora.press_per_day", 0.06))
    assert louder["installs, first week"] > 1.1 * twin_readings(scenario)["installs, first week"]


def test_ratios_are_one_where_both_are_the_same() -> None:
    results = simulated(small_scenario(500, until="2025-06-10"), TWIN, Execution(threads=1))
    rows = _ratios("", "", results, results).rows
    assert rows
    assert {str(cell) for row in rows for cell in row[2:]} <= {"1.00", "–"}
