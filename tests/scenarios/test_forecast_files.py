"""A forecast is written once and whole, and no change of it goes unnoticed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scenarios.forecasting.forecast_files import (
    DRAWS_FILE,
    FORECASTS,
    MANIFEST_FILE,
    QUANTILES_FILE,
    _digest,
    read_forecast,
    verify_forecast,
    verify_locked,
    write_forecast,
)
from scenarios.forecasting.forecast_ledger import LEDGER
from scenarios.forecasting.forecast_table import (
    FORECASTED,
    KEYS,
    QUANTILES,
    Month,
    months,
    quantile_rows,
    tidy_draws,
)
from sim.errors import ClipmarketError, DataError
from sim.metrics import metric_of

DAY, MADE = dt.date(2025, 12, 31), dt.date(2026, 1, 5)
MONTHS = months(dt.date(2026, 1, 1), dt.date(2026, 4, 30))


def some(n: int = 20, scale: float = 1e6, models: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.concat(
        [
            tidy_draws(model, "sora", metric, MONTHS, scale * rng.random((n, 4)))
            for model in models
            for metric in FORECASTED
        ],
        ignore_index=True,
    )


def written(root: Path, draws: pd.DataFrame | None = None, made_on: dt.date = MADE) -> Path:
    return write_forecast(root, some() if draws is None else draws, DAY, {"facts": "x"}, made_on)


def test_months_are_whole_and_in_order() -> None:
    found = months(dt.date(2025, 11, 16), dt.date(2026, 2, 1))
    assert [one.n_days for one in found] == [30, 31, 31, 28]
    assert found[0] == Month(dt.date(2025, 11, 1), dt.date(2025, 11, 30))
    with pytest.raises(ClipmarketError, match="must not come first"):
        months(dt.date(2026, 2, 1), dt.date(2026, 1, 31))


def test_what_is_forecast_is_a_metric_of_the_market() -> None:
    for name, one in FORECASTED.items():
        assert (metric_of(name).monthly == "sum") or not one.is_sum


def test_quantiles_are_those_of_the_draws() -> None:
    draws = some(101)
    rows = quantile_rows(draws)
    assert len(rows) == len(QUANTILES) * 2 * 4 * len(FORECASTED)
    one = rows[(rows["model"] == "b") & (rows["metric"] == "clips")]
    first = one[one["date_start"] == MONTHS[0].first]
    own = draws[(draws["model"] == "b") & (draws["metric"] == "clips")]
    values = own.loc[own["date_start"] == MONTHS[0].first, "value"]
    assert first["value"].tolist() == np.quantile(values, QUANTILES).tolist()


def test_a_forecast_is_read_as_it_was_written(tmp_path: Path) -> None:
    draws = some()
    folder = written(tmp_path, draws)
    found = read_forecast(folder)
    order = [*KEYS, "draw"]
    assert found.as_of == DAY
    assert found.has_draws
    expected = draws.sort_values(order, ignore_index=True)[[*order, "value"]]
    assert found.rows[[*order, "value"]].equals(expected)
    bare = read_forecast(folder / QUANTILES_FILE)
    assert not bare.has_draws
    assert bare.as_of is None
    assert bare.rows["value"].tolist() == quantile_rows(draws)["value"].tolist()
    plain = pd.read_parquet(folder / DRAWS_FILE)
    assert list(plain.columns) == [*KEYS, "draw", "value"]


def test_the_same_forecast_has_the_same_hash(tmp_path: Path) -> None:
    one, two = (verify_forecast(written(tmp_path / name)) for name in "ab")
    assert one["sha256"] == two["sha256"]
    content = (tmp_path / "a" / str(DAY) / DRAWS_FILE).read_bytes()
    assert one["files"][DRAWS_FILE] == hashlib.sha256(content).hexdigest()
    written(tmp_path / "a")  # once more, and nothing is added
    assert len((tmp_path / "a" / LEDGER).read_text().splitlines()) == 2


def test_committed_forecasts_are_as_they_were_locked() -> None:
    """Whatever number of them there is."""
    found = verify_locked()
    names = [p.name for p in FORECASTS.glob("*/") if p.is_dir()] if FORECASTS.is_dir() else []
    assert [one["as_of"] for one in found] == sorted(n for n in names if n[0] not in "_.")


def test_another_forecast_needs_a_later_date(tmp_path: Path) -> None:
    folder = written(tmp_path)
    first = verify_forecast(folder)
    with pytest.raises(DataError, match="only with a new date"):
        written(tmp_path, some(30))
    assert verify_locked(tmp_path) == [first]  # refused before anything was written
    with pytest.raises(DataError, match="only with a new date"):
        written(tmp_path, some(30), MADE - dt.timedelta(days=1))
    written(tmp_path, some(30), MADE + dt.timedelta(days=1))
    (found,) = verify_locked(tmp_path)
    assert found["n_draws"] == {"a": 30, "b": 30}
    with pytest.raises(DataError, match="must not be made before its day"):
        written(tmp_path, made_on=dt.date(2025, 12, 30))


def _forged(folder: Path) -> None:
    """Change numbers, and make every hash of the folder fit again."""
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    table = pq.read_table(folder / DRAWS_FILE)
    place = table.column_names.index("value")
    doubled = pa.compute.multiply(table["value"], 2.0)
    pq.write_table(table.set_column(place, "value", doubled), folder / DRAWS_FILE)
    content = (folder / DRAWS_FILE).read_bytes()
    manifest["files"][DRAWS_FILE] = hashlib.sha256(content).hexdigest()
    manifest["sha256"] = _digest(manifest)
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))


def _flipped(name: str) -> Callable[[Path], None]:
    def flip(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return flip


def _said(key: str, value: Any) -> Callable[[Path], None]:
    def say(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST_FILE).read_text())
        manifest[key] = value
        (folder / MANIFEST_FILE).write_text(json.dumps(manifest))

    return say


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bit of the draws": (_flipped(DRAWS_FILE), "not as it was written"),
    "a bit of the quantiles": (_flipped(QUANTILES_FILE), "not as it was written"),
    "its date": (_said("made_on", "2025-12-31"), "its own hash"),
    "a new entry": (_said("note", "x"), "no others"),
    "numbers, with hashes that fit": (_forged, "only with a new date"),
    "no manifest": (lambda f: (f / MANIFEST_FILE).unlink(), "no such file"),
    "no draws": (lambda f: (f / DRAWS_FILE).unlink(), "no file"),
    "its name": (lambda f: f.rename(f.parent / "2025-12-30"), "Name it by that day"),
    "no ledger": (lambda f: (f.parent / LEDGER).unlink(), "only with a new date"),
    "a line of the ledger": (
        lambda f: (f.parent / LEDGER).write_text("as_of,made_on,sha256\nx\n"), "only added to",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_goes_unnoticed(change: str, tmp_path: Path) -> None:
    do, told = CHANGES[change]
    do(written(tmp_path))
    with pytest.raises(DataError, match=told) as caught:
        verify_locked(tmp_path)
    assert "\n" not in str(caught.value)


def _with(**values: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.assign(**values)


ODD: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a column less": (lambda f: f.drop(columns="unit"), "missing: unit"),
    "a column more": (_with(note="x"), "unknown: note"),
    "no rows": (lambda f: f.iloc[:0], "no rows"),
    "a metric of no forecast": (_with(metric="likes"), "must be one of installs"),
    "another unit": (_with(unit="kg"), "must be "),
    "text for a number": (_with(value="many"), "not of its type"),
    "text for a date": (_with(date_end="soon"), "not of its type"),
    "not a number": (_with(value=np.nan), "without a value"),
    "below zero": (_with(value=-1.0), "below 0"),
    "days in disorder": (_with(date_end=dt.date(2025, 1, 1)), "before its date_start"),
    "days before any market": (_with(date_start=dt.date(1, 1, 1)), "from 2000-01-01"),
    "a draw twice": (_with(draw=0), "Number them alike"),
    "a draw less": (lambda f: f.iloc[1:], "Number them alike"),
    "overlapping days": (
        lambda f: f.assign(date_end=[dt.date(2026, 4, 30)] * len(f)), "overlap",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_rows_that_are_no_forecast_are_refused_in_one_line(case: str, tmp_path: Path) -> None:
    """Both when they are written and when somebody else's file is read."""
    spoil, told = ODD[case]
    frame = spoil(some(5))
    with pytest.raises(DataError, match=told) as caught:
        written(tmp_path / "root", frame)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "root").exists()
    frame.to_parquet(tmp_path / "draws.parquet", index=False)
    with pytest.raises(DataError, match=told):
        read_forecast(tmp_path / "draws.parquet")


def test_quantiles_that_cross_or_lack_one_are_refused(tmp_path: Path) -> None:
    rows = quantile_rows(some(20))
    path = tmp_path / "q.parquet"
    for spoiled, told in (
        (rows.iloc[1:], "each once"),
        (rows.assign(value=rows["value"].to_numpy()[::-1]), "cross"),
    ):
        spoiled.to_parquet(path, index=False)
        with pytest.raises(DataError, match=told):
            read_forecast(path)


def test_broken_files_are_refused_in_one_line(tmp_path: Path) -> None:
    """Bytes cut, flipped, put in: accepted or answered, as other files are."""
    rng = np.random.default_rng(7)
    folder = written(tmp_path, some(3))
    names = (DRAWS_FILE, QUANTILES_FILE, MANIFEST_FILE)
    good = {name: (folder / name).read_bytes() for name in names}
    told: list[str] = []
    for _ in range(150):
        name = names[rng.integers(3)]
        data = bytearray(good[name])
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(len(data) + 1))
            match int(rng.integers(4)):
                case 0:
                    del data[at:]
                case 1:
                    data[at:at] = rng.bytes(5)
                case _ if at < len(data):
                    data[at] ^= 1 << int(rng.integers(8))
        (folder / name).write_bytes(data)
        for path in (folder, folder / name):
            try:
                read_forecast(path)
            except ClipmarketError as error:
                told.append(str(error))
        (folder / name).write_bytes(good[name])
    assert len(told) > 150
    assert [text for text in told if "\n" in text or len(text) > 600] == []
    shutil.rmtree(folder)
    for path in (folder, Path("\0"), tmp_path):
        with pytest.raises(ClipmarketError):
            read_forecast(path)


@pytest.mark.parametrize(
    ("metric", "values", "told"),
    [
        ("likes", np.ones((2, 4)), "forecast metric"),
        ("clips", np.ones((2, 3)), "4 months"),
        ("clips", -np.ones((2, 4)), "0 or more"),
        ("clips", np.full((2, 4), np.nan), "0 or more"),
    ],
)
def test_draws_that_are_none_are_refused(metric: str, values: Any, told: str) -> None:
    with pytest.raises(ClipmarketError, match=told):
        tidy_draws("a", "sora", metric, MONTHS, values)
