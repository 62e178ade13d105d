"""``clipmarket backtest`` on facts never seen, broken ones included: a table, a chart, a page."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios.__main__ import main
from scenarios.command.backtest import CHART, PAGE, SCORES, UNSCORED
from scenarios.command.backtest_page import headline, sheets
from scenarios.forecasting.backtesting import SCORE_COLUMNS, backtest, with_lines
from scenarios.forecasting.forecast_files import (
    QUANTILES_FILE,
    Forecast,
    read_forecast,
    write_forecast,
)
from scenarios.forecasting.forecast_table import months, tidy_draws
from scenarios.forecasting.simple_lines import LINE_NAMES, simple_lines
from scenarios.inputs.facts import COLUMNS, load_facts, readable_facts
from sim.errors import ClipmarketError, DataError

DAY = dt.date(2025, 12, 31)
JANUARY = {"date_start": "2026-01-01", "date_end": "2026-01-31"}
#: Made up, each another way to say a number. The last ones say none.
ROWS: list[dict[str, str]] = [
    {"metric": "monthly_downloads", "value": "1234567", "unit": "downloads/month", **JANUARY},
    {"metric": "monthly_downloads", "low": "1e6", "high": "2e6", "unit": "downloads/month",
     "date_start": "2026-02-01", "date_end": "2026-02-28"},
    {"metric": "DAU", "value": "123456", "unit": "users/day", "date_start": "2026-01-15"},
    {"metric": "consumer_spend_month", "high": "1e6", "unit": "USD/month", **JANUARY},
    {"metric": "clips_generated_per_day", "low": "1e5", "unit": "clips/day", **JANUARY},
    {"metric": "daily_compute_cost", "value": "1e6", "low": "1e6", "unit": "USD/day", **JANUARY},
    {"metric": "monthly_downloads", "value": "1", "unit": "downloads", "date_start": "9999-12-31"},
    {"metric": "likes", "value": "5", "unit": "users", **JANUARY},
    {"metric": "monthly_downloads", "value": "many", "unit": "downloads/month", **JANUARY},
    {"metric": "monthly_downloads", "value": "5", "unit": "bushels", **JANUARY},
]  # fmt: skip
N_SCORED = 6


def facts_file(folder: Path, rows: list[dict[str, str]] | None = None) -> Path:
    path = folder / "facts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for n, row in enumerate(ROWS if rows is None else rows):
            plain = {"id": f"NEW{n}", "entity": "Sora", "source": "nobody", "kind": "analyst",
                     "confidence": "low"}  # fmt: skip
            writer.writerow(dict.fromkeys(COLUMNS, "") | plain | row)
    return path


def forecast_folder(root: Path) -> Path:
    rng = np.random.default_rng(1)
    over = months(dt.date(2026, 1, 1), dt.date(2026, 4, 30))
    frames = [
        tidy_draws("ensemble", "sora", metric, over, 1e6 * np.exp(rng.standard_normal((60, 4))))
        for metric in ("installs", "daily_active", "in_app_spend_usd", "clips", "compute_usd")
    ]
    return write_forecast(root, pd.concat(frames), DAY, {"facts": "x"}, dt.date(2026, 1, 1))


def run(*arguments: object) -> None:
    main(["backtest", *map(str, arguments)])


def test_a_forecast_is_scored_on_facts_never_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = forecast_folder(tmp_path / "forecasts"), tmp_path / "out"
    run("--forecast", folder, "--facts", facts_file(tmp_path), "--out", out)
    scores, left = pd.read_csv(out / SCORES), pd.read_csv(out / UNSCORED)
    assert list(scores.columns) == list(SCORE_COLUMNS)
    assert set(scores["model"]) == {"ensemble", *LINE_NAMES}
    assert set(scores["fact"]) == {f"NEW{n}" for n in range(N_SCORED)}
    assert len(scores) == N_SCORED * (1 + len(LINE_NAMES))
    assert np.isfinite(scores[["crps", "crps_log", "log_score", "error_log"]]).all(axis=None)
    assert len(left) == len(ROWS) - N_SCORED
    shown = capsys.readouterr().out
    for word in ("ensemble", "last value", "Not scored", "no metric of a forecast", "bushels"):
        assert word in " ".join(shown.split())
    page = (out / PAGE).read_text(encoding="utf-8")
    assert "ensemble was best of the models" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert (out / CHART).stat().st_size > 10_000


def test_quantiles_alone_are_scored_too(tmp_path: Path) -> None:
    path = forecast_folder(tmp_path / "forecasts") / QUANTILES_FILE
    out = tmp_path / "out"
    run("--forecast", path, "--facts", facts_file(tmp_path), "--out", out, "--quiet")
    scores = pd.read_csv(out / SCORES)
    assert set(scores["fact"]) == {f"NEW{n}" for n in range(N_SCORED)}
    assert set(scores["as_of"]) == {str(DAY)}


def test_rolling_origins_of_the_lines_score_what_followed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the project's own facts: November's and December's installs, both vendors."""
    run("--out", tmp_path, "--quiet")
    assert capsys.readouterr().out == ""
    scores = pd.read_csv(tmp_path / SCORES)
    lines = scores[scores["is_line"]]
    assert {"2025-10-31", "2025-11-15", "2025-11-30"} <= set(lines["as_of"])
    assert {"SOR023", "SOR024", "SOR025"} <= set(lines["fact"])
    late = lines[lines["as_of"] == "2025-11-30"]
    assert "SOR023" not in set(late["fact"])
    assert (scores["date_end"] > scores["as_of"]).all()


def test_facts_of_which_none_can_be_scored_are_all_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = facts_file(tmp_path, ROWS[N_SCORED:])
    run("--facts", path, "--as-of", DAY, "--out", tmp_path)
    assert not (tmp_path / CHART).exists()
    assert "No fact could be scored" in (tmp_path / PAGE).read_text(encoding="utf-8")
    left = pd.read_csv(tmp_path / UNSCORED)
    # Each once for every forecast that it is put to: lines, and what is locked.
    assert len(left.drop_duplicates(["fact", "metric"])) == len(ROWS) - N_SCORED
    assert "Not scored" in capsys.readouterr().out


def test_the_headline_says_whether_every_line_is_beaten() -> None:
    plain: dict[str, Any] = dict.fromkeys(SCORE_COLUMNS, 0.0) | {"fact": "A", "forecast": "f"}

    def table(*crps: float) -> pd.DataFrame:
        return pd.DataFrame(
            [plain | {"model": f"m{i}", "is_line": i > 0, "crps_log": one}
             for i, one in enumerate(crps)]
        )  # fmt: skip

    assert "beats every one" in headline(table(0.1, 0.2, 0.3))
    assert "does not beat every one" in headline(table(0.25, 0.2, 0.3))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--forecast", "none"), "no file"),
        (("--facts", "none.csv"), "no such file"),
        (("--as-of", "soon"), "soon"),
        (("--as-of", "2020-01-01"), "nothing was published"),
        (("--as-of", "9999-12-31"), "9999-12-31"),
        (("--facts", "."), "folder"),
    ],
)
def test_bad_input_gets_one_line(
    arguments: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        run(*arguments, "--out", tmp_path)
    assert stop.value.code == 2
    line = capsys.readouterr().err
    assert line.startswith("clipmarket: ")
    assert line.count("\n") == 1
    assert told in line


def test_a_row_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    path = facts_file(tmp_path, [ROWS[0], ROWS[8], ROWS[9], {**ROWS[0], "id": "NEW0"}])
    facts, refused = readable_facts(path)
    assert list(facts) == ["NEW0"]
    assert [line.partition(": ")[0] for line in refused] == [f"{path}:{n}" for n in (3, 4, 5)]
    with pytest.raises(DataError, match=r":3: value = 'many'"):
        load_facts(path)


def test_broken_facts_are_scored_listed_or_refused(tmp_path: Path) -> None:
    """Bytes changed anywhere: scores of what can be read, and the rest in the list; or one line."""
    forecast = read_forecast(forecast_folder(tmp_path / "forecasts"))
    good = facts_file(tmp_path).read_bytes()
    rng = np.random.default_rng(3)
    told: list[str] = []
    n = 40
    for _ in range(n):
        data = bytearray(good)
        for _ in range(3):
            at = int(rng.integers(len(data)))
            if rng.random() < 0.5:
                data[at] ^= 1 << int(rng.integers(8))
            else:
                data[at:at] = rng.choice([b",", b'"', b"\n", b"9", b"\xff", b"-"])
        path = tmp_path / "broken.csv"
        path.write_bytes(data)
        try:
            facts, refused = readable_facts(path)
        except ClipmarketError as error:
            told.append(str(error))
            continue
        found = backtest([(forecast, frozenset())], facts, 0.2, refused)
        assert len(found.unscored) + found.scores["fact"].nunique() == len(facts) + len(refused)
        assert sheets(found)[-1].title == "Not scored"
    assert 0 < len(told) < n
    assert not any("\n" in line for line in told)


def test_a_forecast_from_before_any_record_stands_alone() -> None:
    over = months(dt.date(2025, 5, 1), dt.date(2025, 6, 30))
    rows = tidy_draws("early", "google", "clips", over, np.ones((5, 2)))
    early = Forecast("early", dt.date(2025, 4, 30), rows, {})
    assert with_lines(early, simple_lines) == (early, frozenset())
