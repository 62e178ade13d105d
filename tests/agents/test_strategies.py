"""Strategies: each does what its name says, and every one in the catalogue keeps the contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from agents import STRATEGIES
from agents.platforms import strategies
from scenarios import baseline
from sim.errors import ConfigError, UnknownNameError
from sim.market import Market
from sim.platform_config import StrategyConfig
from sim.scenario import Scenario
from tests.contracts import check_strategy
from tests.worlds import small

#: Numbers with which each strategy of the catalogue can be tried on Sora.
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "fixed_plan": {"values": {"marketing_usd_per_day": 1e6}},
    "growth_target": {"installs_per_day": 300e3, "max_usd_per_day": 5e6},
    "burn_budget": {"max_burn_usd_per_day": 100e3},
    "charge_when_loyal": {"loyal_people": 500e3, "pack_usd": 3.0, "free_quota_per_day": 5},
    "match_reach": {"rival": "google", "max_usd_per_day": 5e6},
    "boost_invites": {"installs_per_day": 1e6, "codes_per_user": 20, "referral_reward_usd": 1.0},
    "next_surface": {
        "rival": "google", "daily_active": 1e3, "surface": "chatgpt", "reach_per_day": 0.01,
    },
    # A million of the purse is spent (A86).
    "stop_rule": {"min_cash_usd": 1e9 - 1e6},
}  # fmt: skip


def with_strategy(name: str, parameters: Mapping[str, Any], platform: str = "sora") -> Scenario:
    scenario = baseline.scenario()
    strategy = StrategyConfig(name=name, parameters=dict(parameters))
    changed = scenario.platforms[platform].changed("test", strategies=(strategy,))
    return scenario.with_platform(platform, changed)


def lived(name: str, parameters: Mapping[str, Any], n_users: int = 3_000) -> Market:
    market = small(n_users, scenario=with_strategy(name, parameters))
    market.run()
    return market


def changes(market: Market, name: str) -> list[Any]:
    return [c for c in market.calendar.log if c.cause == f"strategy {name}"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_strategy_changes_only_what_may_change_and_only_its_own(name: str) -> None:
    check_strategy(lived(name, EXAMPLES[name]), name, "sora")


def test_examples_cover_the_catalogue() -> None:
    shipped = {name for name, one in STRATEGIES.items() if one.__module__ == strategies.__name__}
    assert EXAMPLES.keys() == shipped


def test_fixed_plan_spends_from_launch() -> None:
    market = lived("fixed_plan", EXAMPLES["fixed_plan"])
    spent = market.record.past("marketing_usd")[:, 1]
    launch = market.config.day(market.platforms["sora"].terms.launch)
    assert (spent[:launch] == 0).all()
    assert (spent[launch:] == 100e6).all()
    assert market.record.past("installs_paid")[:, 1].sum() > 0


def test_growth_target_buys_more_while_it_falls_short_and_stays_under_its_ceiling() -> None:
    market = lived("growth_target", EXAMPLES["growth_target"])
    spent = market.record.past("marketing_usd")[:, 1] / 100
    assert spent.max() <= 5e6
    # Android brings more than the target by itself.
    launch, android = (market.config.day(dt.date(2025, *day)) for day in ((9, 30), (11, 4)))
    assert spent[android - 1] > 2.0 * spent[launch] > spent[-1] > 0.0


def test_burn_budget_cuts_the_quota_to_its_floor() -> None:
    market = lived("burn_budget", EXAMPLES["burn_budget"])
    assert market.platforms["sora"].terms.free_quota_per_day < 30
    assert min(change.after for change in changes(market, "burn_budget")) >= 1


def test_charge_when_loyal_charges_once() -> None:
    made = changes(lived("charge_when_loyal", EXAMPLES["charge_when_loyal"]), "charge_when_loyal")
    assert len({change.day for change in made}) == 1


def test_match_reach_buys_what_the_rival_gets_for_nothing() -> None:
    market = lived("match_reach", {**EXAMPLES["match_reach"], "max_usd_per_day": 1e9}, 20_000)
    day = slice(-7, None)
    owned = market.record.past("installs_owned")[day, 0].mean()
    bought = market.record.past("installs_paid")[day, 1].mean()
    # Poisson counts of about a dozen a day over a week: within a third of each other.
    assert bought == pytest.approx(owned, rel=1 / 3)


def test_stop_rule_closes_the_service_and_nothing_is_made_after() -> None:
    market = lived("stop_rule", EXAMPLES["stop_rule"])
    (change,) = changes(market, "stop_rule")
    clips = market.record.past("clips_free")[:, 1]
    assert clips[: change.day].sum() > 0
    assert clips[change.day :].sum() == 0
    assert (np.diff(market.record.past("cash_usd")[change.day :, 1]) == 0).all()


def test_a_restart_remembers_what_a_strategy_noted(tmp_path: Any) -> None:
    market = lived("boost_invites", EXAMPLES["boost_invites"])
    again = Market.load(market.save(tmp_path / "m.npz"))
    assert again.platforms["sora"].memory == {"boosted": True}


@pytest.mark.parametrize(
    ("name", "parameters", "error", "told"),
    [
        ("growth_targt", {}, UnknownNameError, "Did you mean 'growth_target'"),
        ("growth_target", {}, ConfigError, "missing a required argument"),
        ("stop_rule", {"cash": 1}, ConfigError, "unexpected keyword argument 'cash'"),
    ],
)
def test_a_wrong_strategy_is_told_before_the_first_day(
    name: str, parameters: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        small(100, scenario=with_strategy(name, parameters))
