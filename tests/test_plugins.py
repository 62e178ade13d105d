"""One of each thing that a file outside the packages may add, held to the same contract as ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import scenarios
from agents import STRATEGIES
from sim.errors import ConfigError, DataError, UnknownNameError
from sim.experiments import LocalProcesses, Serial, sweep
from sim.graph import FAMILIES, check_family
from sim.interventions import INTERVENTIONS, Event, intervention
from sim.market import Market
from sim.metrics import CATALOGUE, metric
from sim.scenario import Scenario
from tests.contracts import check_intervention, check_metric, check_strategy
from tests.worlds import bits, small

OWN = Path(__file__).resolve().parent.parent / "docs" / "examples" / "one_of_each.py"
N_USERS = 1_000


@pytest.fixture(scope="module")
def own() -> Iterator[ModuleType]:
    yield scenarios.load(str(OWN))
    STRATEGIES.remove("weekend_price")
    INTERVENTIONS.remove("launch_party")
    for name in ("clips_each", "makers"):
        del CATALOGUE[name]
    del FAMILIES["ring"]


def shortened(own: ModuleType) -> Scenario:
    """Return the file's scenario about its party, of people who wish for many clips at once."""
    made: Scenario = own.scenario()
    return made.with_market(
        n_users=N_USERS, start="2025-09-28", until="2025-10-16", report_from=None,
        mean_clips=20.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def lived(own: ModuleType) -> Market:
    market = Market(shortened(own))
    market.users.promote(range(0, N_USERS, 10), own.Loyal)
    market.run()
    return market


def test_a_strategy_of_ones_own_keeps_the_contract(lived: Market) -> None:
    check_strategy(lived, "weekend_price", "sora")
    prices = {c.after for c in lived.calendar.log if c.cause == "strategy weekend_price"}
    assert prices == {4.0, 2.0}


@pytest.mark.parametrize("name", ["clips_each", "makers"])
def test_a_metric_of_ones_own_keeps_the_contract(lived: Market, name: str) -> None:
    check_metric(name, lived.results)
    assert name in lived.results.daily


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_metric_that_is_shipped_keeps_the_contract(lived: Market, name: str) -> None:
    check_metric(name, lived.results)


def test_a_counted_metric_counts_what_it_says(lived: Market) -> None:
    p = list(lived.platforms).index("sora")
    now = int((lived.users.columns["clips_total"][p] >= 10).sum())
    assert lived.results.array("makers")[-1, p] == now * lived.config.weight > 0


def test_an_intervention_of_ones_own_keeps_the_contract(own: ModuleType) -> None:
    scenario = shortened(own)
    check_intervention(scenario, scenario.event("party"))


def test_an_intervention_acts_on_its_day_and_is_undone(lived: Market) -> None:
    log = [change for change in lived.calendar.log if "party" in change.cause]
    assert [(c.cause, c.field, c.before, c.after) for c in log] == [
        ("party", "free_quota_per_day", 30, 100),
        ("undo party", "free_quota_per_day", 100, 30),
    ]
    by_hand = lived.results["activations_by_hand"]["sora"]
    assert by_hand[dt.datetime(2025, 10, 4)] > 0 == by_hand[dt.datetime(2025, 10, 3)]


def test_a_graph_of_ones_own_keeps_the_contract(own: ModuleType) -> None:
    check_family("ring")
    check_family("ring(degree=10)")


def test_a_class_of_ones_own_decides(lived: Market) -> None:
    sora = list(lived.platforms).index("sora")
    columns = lived.users.columns
    loyal = np.arange(0, N_USERS, 10)
    faithful = loyal[columns["clips_total"][sora, loyal] >= 10]
    assert faithful.size
    stays = [lived.users[int(row)]["sora"] for row in faithful]
    assert all(one.status == "active" or one.clips_today for one in stays)


def test_a_platform_of_ones_own_is_data(lived: Market) -> None:
    assert list(lived.platforms) == ["google", "newcomer", "sora"]
    assert lived.results.total("installs")[1] > 0


def test_workers_bring_all_of_it_along(own: ModuleType, tmp_path: Path) -> None:
    """A process started afresh loads the file; counts, totals and bits are those of this one."""
    frames = []
    for n, executor in enumerate((Serial(), LocalProcesses(1))):
        with executor:
            swept = sweep(_Short(own), {}, store=tmp_path / str(n), executor=executor, replicates=1)
        assert swept.progress.done == 1, swept.frame()["error"].tolist()
        frames.append(swept.frame())
    assert frames[0].equals(frames[1])
    assert frames[0].set_index("platform")["makers"]["sora"] > 0


def _Short(own: ModuleType) -> ModuleType:  # noqa: N802  a module in the shape of the file
    """Return the file's module with a scenario that takes a second."""
    short = ModuleType(own.__name__)
    short.__file__ = own.__file__
    made = shortened(own)
    short.scenario = lambda: made  # type: ignore[attr-defined]
    return short


def test_each_day_is_seen_once_by_who_asks() -> None:
    market, plain = small(300), small(300)
    seen: list[tuple[int, int]] = []
    market.run("2025-06-10", each_day=lambda m: seen.append((m.day, m.record.n_days)))
    assert seen == [(day, day) for day in range(1, 23)]
    plain.run("2025-06-10")
    assert bits(market) == bits(plain)


def test_what_nobody_registered_is_one_clear_line() -> None:
    event = Event(id="x", date="2025-10-01", platform="sora", do="launch_partie")
    with pytest.raises(UnknownNameError, match="unknown intervention 'launch_partie'"):
        small(100, scenario=small(100).scenario_config.with_event(event))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (5, "must be new values by field"),
        ({"quota": 3}, "unknown parameter 'quota'"),
        ({"taste_sd": 1.0}, "cannot change later"),
        ({"free_quota_per_day": -1}, "free_quota_per_day = -1"),
    ],
)
def test_an_intervention_that_answers_nonsense_is_one_clear_line(answer: Any, message: str) -> None:
    def nonsense(market: Market, platform: str) -> Any:
        return answer

    intervention(nonsense)
    try:
        event = Event(id="x", date="2025-05-21", platform="sora", do="nonsense")
        market = small(100, scenario=small(100).scenario_config.with_event(event))
        with pytest.raises(ConfigError, match=message) as problem:
            market.run("2025-05-22")
        assert len(str(problem.value).splitlines()) == 1
    finally:
        INTERVENTIONS.remove("nonsense")


def test_parameters_that_an_intervention_does_not_know_are_refused_when_built(
    own: ModuleType,
) -> None:
    scenario = shortened(own)
    party = scenario.event("party").changed("x", parameters={"gests": 20})
    with pytest.raises(ConfigError, match="It takes: guests"):
        Market(scenario.with_event(party))


def test_names_of_the_project_cannot_be_taken() -> None:
    def stop_rule(situation: object) -> dict[str, Any]:
        return {}

    with pytest.raises(ConfigError, match="Give yours another name"):
        STRATEGIES.add(stop_rule)

    def clips(get: object) -> object:
        return get

    with pytest.raises(ConfigError, match="there is one already"):
        metric("clips/day", "Mine.")(clips)


@pytest.mark.parametrize("wrong", [{"monthly": "ratio", "counted": True}, {"monthly": "weekly"},
                                   {"scale": "usd", "counted": True}])  # fmt: skip
def test_how_days_make_a_month_is_one_of_the_rules(wrong: dict[str, Any]) -> None:
    """Anything else would be taken for a mean; days alone cannot say what a month's ratio is."""

    def nobodys(get: Any) -> Any:
        return get

    with pytest.raises(ConfigError, match=r"metric 'nobodys': (monthly|scale) = .* must be one of"):
        metric("people", "Nobody's.", **wrong)(nobodys)
    assert "nobodys" not in CATALOGUE


def test_a_counted_metric_must_be_a_number_for_each_platform() -> None:
    answers: list[Any] = [[1, 2, 3], [1.5, 2.0], [np.nan, 1.0], ["1", "2"], None, 1]

    def wrong(market: Market) -> Any:
        return answers[-1]

    metric("people", "Nobody knows.", counted=True)(wrong)
    try:
        while answers:
            with pytest.raises(ConfigError, match="must be a whole number for each of the 2"):
                small(100).step()
            answers.pop()
    finally:
        del CATALOGUE["wrong"]


def test_a_saved_market_is_refused_without_its_metrics(tmp_path: Path) -> None:
    def ones(market: Market) -> Any:
        return [1, 1]

    metric("people", "Ones.", counted=True)(ones)
    try:
        market = small(100)
        market.step()
        path = market.save(tmp_path / "m.npz")
    finally:
        del CATALOGUE["ones"]
    with pytest.raises(DataError, match="metric 'ones' is recorded there and not here"):
        Market.load(path)
