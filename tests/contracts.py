"""What every plug-in promises, tried out: the same checks for what is shipped and for one's own."""

from __future__ import annotations

import numpy as np

from sim.calendar import Calendar
from sim.interventions import INTERVENTIONS, Event, check_changeable
from sim.market import Market
from sim.metrics import CATALOGUE, metric_of
from sim.platform_config import PlatformConfig
from sim.results import Results
from sim.scenario import Scenario


def check_strategy(market: Market, name: str, platform: str) -> None:
    """A strategy moves something in its example, only what may change, and only its own platform.

    Parameters
    ----------
    market
        Lived, with the strategy on the platform.
    """
    made = [change for change in market.calendar.log if change.cause == f"strategy {name}"]
    assert made, "the example moves something"
    assert {change.platform for change in made} == {platform}
    for change in made:
        check_changeable(PlatformConfig, change.field, name)


def check_metric(name: str, results: Results) -> None:
    """A metric has unit and meaning, a number a day and platform, and a total by its own rule."""
    declared = metric_of(name)
    assert declared is CATALOGUE[name]
    assert declared.unit
    assert declared.text.endswith(".")
    values = results.array(name)
    assert values.shape == (results.n_days, len(results.platforms))
    assert values.dtype == np.float64
    assert results.total(name).shape == (len(results.platforms),)
    table = results.table("month", (name,))[name].unstack("month")
    whole, parts = results.total(name), table.loc[list(results.platforms)].to_numpy()
    if declared.monthly == "sum":
        np.testing.assert_allclose(parts.sum(axis=1), whole)
    if declared.monthly == "last":
        np.testing.assert_allclose(parts[:, -1], whole)


def check_intervention(scenario: Scenario, event: Event) -> None:
    """An intervention is known by name, takes its parameters, and leaves a line in the log.

    A scenario that names it stays plain data; its past is not touched by it.
    """
    assert event.do in INTERVENTIONS
    Calendar((event,), scenario.market.start)
    with_it, without = scenario.with_event(event), scenario.without(event.id)
    assert Scenario.from_dict(with_it.as_dict()) == with_it
    assert with_it.fingerprint != without.fingerprint
    day = scenario.market.day(event.date)
    markets = [Market(one) for one in (with_it, without)]
    for market in markets:
        while market.day < day:
            market.step()
    one, other = (market.record.state() for market in markets)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    for market in markets:
        market.step()
    assert [change.cause for change in markets[0].calendar.log if change.day == day].count(event.id)
