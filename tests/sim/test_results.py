"""Results: tidy, in people and USD, and the same however they are added up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from scenarios import baseline
from sim.concentration import concentration
from sim.errors import ConfigError, UnknownNameError
from sim.metrics import CATALOGUE
from sim.results import Results
from tests.worlds import small


@pytest.fixture(scope="module")
def results() -> Results:
    return small(2_000).run()


def test_daily_is_tidy_and_complete(results: Results) -> None:
    daily = results.daily
    assert len(daily) == results.n_days * 2
    assert not daily.duplicated(["date", "platform"]).any()
    assert set(daily.columns) == {"date", "platform", *CATALOGUE}


def test_people_are_agents_times_weight(results: Results) -> None:
    people_of_all = baseline.scenario().market.n_people
    assert results.weight == people_of_all / 2_000
    people = results.daily["installs"]
    assert (people % results.weight == 0).all()
    stocks = results.daily[["unaware", "aware", "waiting", "active", "lost"]].sum(axis=1)
    assert np.allclose(stocks, people_of_all)


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_flows_add_up_over_any_period(results: Results, by: str) -> None:
    table = results.table(by, ("installs", "compute_usd", "clips"))
    for name in table.columns:
        for p, platform in enumerate(results.platforms):
            assert np.isclose(table.loc[platform, name].sum(), results.array(name)[:, p].sum())


def test_monthly_acquisition_cost_is_the_ratio_of_the_months_sums(results: Results) -> None:
    table = results.table("month", ("cac_loaded_usd", "onboarding_usd", "activations"))
    november = table.loc[("sora", "2025-11")]
    assert np.isclose(
        november["cac_loaded_usd"], november["onboarding_usd"] / november["activations"]
    )


def test_cash_is_the_sum_of_everything_that_moved_it(results: Results) -> None:
    moved = results.array("contribution_usd") - results.array("fixed_usd")
    opening = [p.opening_cash_usd for p in results.scenario.platforms.values()]
    assert min(opening) > 0.0
    assert np.allclose(opening + np.cumsum(moved, axis=0), results.array("cash_usd"))


def test_retention_falls_with_age(results: Results) -> None:
    cohorts = results.cohorts()
    assert (cohorts["activated"] > 0).all()
    old = cohorts.dropna()
    d1, d7, d30 = (np.average(old[name], weights=old["activated"]) for name in ("D1", "D7", "D30"))
    assert 1.0 > d1 > d7 > d30 > 0.0


def test_segments_add_up_to_the_whole(results: Results) -> None:
    by_segment = results.segments().groupby(["date", "platform"]).sum()
    whole = results.daily.set_index(["date", "platform"])
    assert np.allclose(by_segment["clips"], whole["clips"])
    assert np.allclose(by_segment["daily_active"], whole["daily_active"])


def test_shares_sum_to_one(results: Results) -> None:
    share = results.share.frame.dropna()
    assert np.allclose(share.sum(axis=1), 1.0)


def test_the_log_names_every_event(results: Results) -> None:
    log = results.changes()
    assert {"sora_ios", "invites_dropped", "packs", "sora_android"} <= set(log["cause"])
    assert log.loc[log["cause"] == "packs", "after"].item() == 4.0


def test_unknown_names_and_dates_are_told(results: Results) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'installs'"):
        results["instals"]
    with pytest.raises(UnknownNameError, match="Did you mean 'month'"):
        results.table("months")
    with pytest.raises(UnknownNameError, match="platform"):
        results.installs["veo"]
    with pytest.raises(ConfigError, match="must lie from"):
        results.at("2030-01-01", "installs", "sora")


def test_concentration_splits_ties_evenly() -> None:
    assert concentration([1, 1, 1, 1], 0.25) == 0.25
    assert concentration([4, 0, 0, 0], 0.25) == 1.0
    assert concentration(np.ones(10), 0.05) == pytest.approx(0.05)
    assert np.isnan(concentration([], 0.1))


def test_monthly_csv_reads_back(results: Results, tmp_path: object) -> None:
    folder = results.save(f"{tmp_path}/run")
    read = pd.read_csv(folder / "monthly.csv")
    assert list(read["platform"].unique()) == ["google", "sora"]


def test_pages_of_days_carry_checksums(results: Results, tmp_path: Path) -> None:
    """Whoever reads the days can ask whether they are those that were written."""
    path = results.save(tmp_path) / "daily.parquet"
    content = path.read_bytes()
    pages = pq.read_metadata(path).row_group(0).column(2)
    place = pages.data_page_offset + pages.total_compressed_size // 2
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    with pytest.raises(OSError, match=r"CRC|checksum"):
        pq.read_table(path, page_checksum_verification=True)


def test_results_of_no_day_say_so() -> None:
    results = small(200).results
    assert "baseline · –" in repr(results)
    assert len(results.daily) == 0
    with pytest.raises(ConfigError, match="must lie from a day lived"):
        results.at("2025-05-20", "clips", "sora")
