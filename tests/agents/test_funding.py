"""Cash at the start, how long it lasts, and the burn beside the loss of the whole company."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scenarios import baseline, copyright, paid_launch
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.sizing import sized
from sim.execution import Execution
from sim.market import Market
from tests.worlds import ALL_AT_ONCE, limit_market, lived

#: Everybody makes one clip a day, which costs a dollar.
DOLLAR = {**ALL_AT_ONCE, "gpu_minutes_per_clip": 60.0, "usd_per_gpu_hour": 1.0}
N, DAYS = 100, 5


def market(**terms: float) -> Market:
    return lived(limit_market(N, {"a": {**DOLLAR, **terms}}, days=DAYS))


def test_runway_is_cash_over_burn() -> None:
    """$1,000 and $100 a day: 9 days left after the first, 5 after the fifth."""
    results = market(opening_cash_usd=1_000.0).results
    assert results["burn_usd"]["a"].tolist() == [100.0] * DAYS
    assert results["cash_usd"]["a"].tolist() == [900.0, 800.0, 700.0, 600.0, 500.0]
    assert results["runway_days"]["a"].tolist() == [9.0, 8.0, 7.0, 6.0, 5.0]
    assert results.total("runway_days")[0] == pytest.approx(7.0), "mean cash over mean burn"


def test_without_cash_there_is_no_runway_and_without_burn_no_end() -> None:
    assert market().results["runway_days"]["a"].tolist() == [0.0] * DAYS
    rich = market(opening_cash_usd=10.0, other_revenue_usd_per_active_day=2.0).results
    assert np.isnan(rich["runway_days"]["a"]).all()


def test_burn_is_a_part_of_the_owners_loss() -> None:
    """$100 a day of $9,125 a quarter, which is $100 a day."""
    results = market(owner_loss_usd_per_quarter=9_125.0).results
    assert results["burn_of_owner_loss"]["a"].tolist() == pytest.approx([1.0] * DAYS)
    assert math.isnan(market().results.total("burn_of_owner_loss")[0])


def test_the_baselines_purse_and_loss_have_their_source() -> None:
    scenario, inputs = baseline.scenario(), load_inputs()
    sora = scenario.platforms["sora"]
    assert sora.opening_cash_usd == inputs.value("A86")
    assert sora.owner_loss_usd_per_quarter == inputs.facts["OAI008"].number
    run = Market(
        sized(scenario, 2_000, 1, until="2025-10-20"), execution=Execution(threads=1)
    ).run()
    assert 0.0 < run.total("burn_of_owner_loss", "2025-10-01", "2025-10-20")[1] < 0.1


def test_an_owner_who_waits_for_loyalty_charges_once_and_late() -> None:
    """Claim C8: the mass audience in for nothing, and charged when enough of it has stayed."""
    arm = paid_launch.variants()[paid_launch.LOYAL]
    market = Market(sized(arm, 20_000, 1, until="2026-01-31"), execution=Execution(threads=1))
    market.run()
    changes = [c for c in market.calendar.log if c.cause == "strategy charge_when_loyal"]
    assert {c.field for c in changes} == {"pack_usd", "free_quota_per_day"}
    (day,) = {c.day for c in changes}
    users = market.results["monthly_active"]["sora"]
    assert users.iloc[day - 1] >= load_inputs().value("A87") > users.iloc[day - 2]
    assert market.results["packs_usd"]["sora"].iloc[:day].sum() == 0.0


def test_disneys_characters_change_nothing_before_they_come() -> None:
    """The event stands on the day of the announcement with a factor of 1 (A88)."""
    scenario = baseline.scenario()
    assert scenario.event("disney").multiply == {"rel_demand": 1.0, "rel_sharing": 1.0}
    licensed = copyright.variants()[copyright.LICENSED].event("disney")
    assert str(licensed.date) > "2025-12-31"
    assert licensed.multiply["rel_demand"] == load_inputs().assumptions["A88"].high
