"""Commands that fit many structures: what they write, on one folder of runs, and what they lock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scenarios.__main__ import main
from scenarios.command import calibrated
from scenarios.fitting import central, members, rivals, rolling
from scenarios.fitting import posterior as posterior_module
from scenarios.fitting.posterior import read_posterior
from scenarios.inputs import assumptions
from scenarios.inputs.assumptions import load_inputs

TWO = ("market", "no_network")
SIZE = ("--members", "20", "--users", "200", "--workers", "1")
OWN = ("--own-members", "20", "--own-users", "200")


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Two structures and one day to forecast from, on a folder of runs of their own."""
    monkeypatch.setattr(rivals, "RIVALS", {one: rivals.RIVALS[one] for one in TWO})
    monkeypatch.setattr(rivals, "FITTED", TWO)
    monkeypatch.setattr(rolling, "ORIGINS", rolling.ORIGINS[-1:])
    # Of so few members half of all assumptions look taught, and a search would move each of them.
    monkeypatch.setattr(central, "_MOST_STEPS", 0)
    monkeypatch.setattr(calibrated, "_OTHERS", ("first",))
    return (*SIZE, "--runs", str(tmp_path / "runs"))


@pytest.mark.slow
def test_commands_share_their_runs_and_write_what_they_say(
    runs: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    main(["rivals", *runs, "--out", str(tmp_path / "rivals")])
    assert "Written to" in capsys.readouterr().out
    table = pd.read_csv(next((tmp_path / "rivals").glob("rivals*.csv")))
    weight = table.set_index("model")["weight"].dropna()
    assert set(weight.index) == set(TWO)
    assert weight.sum() == pytest.approx(1.0)

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("was run already")

    # Forecasts of the last day are of ensembles that the table has run.
    with monkeypatch.context() as patch:
        patch.setattr(members, "drive", never)
        main(["forecast", *runs, "--root", str(tmp_path / "f"), "--made-on", "2026-01-02"])
    assert "models written to" in capsys.readouterr().out
    folder = tmp_path / "f" / "2025-12-31"
    about = json.loads((folder / "manifest.json").read_text())
    assert {"ensemble", "last_value", *TWO} <= set(about["models"])
    assert about["made_on"] == "2026-01-02"

    # The same again is nothing new.
    before = (folder / "forecast.parquet").read_bytes()
    main(["forecast", *runs, "--root", str(tmp_path / "f"), "--made-on", "2026-01-02", "--quiet"])
    assert (folder / "forecast.parquet").read_bytes() == before

    shipped = tmp_path / "posterior.parquet"
    monkeypatch.setattr(posterior_module, "SHIPPED", shipped)
    text = (assumptions.DATA / "assumptions.toml").read_bytes()
    main(["adopt", *runs, *OWN, "--kept", "30"])
    assert "posterior.parquet" in capsys.readouterr().out
    found = read_posterior(shipped, load_inputs())
    assert set(found.structures) == set(TWO)
    assert found.weights.sum() == pytest.approx(1.0)
    assert (assumptions.DATA / "assumptions.toml").read_bytes() == text

    main(["calibration", *runs, *OWN, "--out", str(tmp_path / "C.md"), "--quiet"])
    written = (tmp_path / "C.md").read_text(encoding="utf-8")
    for title in ("What was published, and the fit", "What the data taught", "Where data are flat",
                  "Structures", "Which one further fact"):  # fmt: skip
        assert title in written
    assert (tmp_path / "calibration.png").stat().st_size > 20_000


@pytest.mark.parametrize("command", ["forecast", "rivals", "adopt", "calibration"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--members", "5"], "members = 5"),
        (["--users", "0"], "n_users = 0"),
        (["--vintage", "frist"], "first"),
        (["--runs", "README.md"], "is a file"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    command: str, words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("nothing may be run before all was read")

    monkeypatch.setattr(members, "drive", never)
    runs = ["--runs", str(tmp_path / "runs")] if "--runs" not in words else []
    with pytest.raises(SystemExit) as stop:
        main([command, *words, *runs])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
