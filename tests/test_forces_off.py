"""With every force of the contest off, the market is bit by bit what it was before there were any.

``tests/data/before_forces/`` keeps what it was made of then: platforms, assumptions, the golden
numbers, and the names of all that was recorded. Facts are those of today.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.compose import compose
from scenarios.inputs.forces import FORCES, without_forces
from sim.execution import Execution
from sim.market import Market
from tests.test_golden import GRAPHS, METRICS
from tests.worlds import CHECKED, bits, busy_scenario, lived, small

BEFORE = Path(__file__).parent / "data" / "before_forces"


def inputs_before(folder: Path) -> Inputs:
    """Return the inputs of before, on the facts of today."""
    for name in ("platforms.toml", "assumptions.toml"):
        (folder / name).write_text((BEFORE / name).read_text(), encoding="utf-8")
    (folder / "facts.csv").write_bytes(
        (Path(__file__).parents[1] / "scenarios" / "data" / "facts.csv").read_bytes()
    )
    return load_inputs(folder)


@pytest.mark.parametrize("graph", GRAPHS)
def test_without_forces_every_bit_is_as_before(graph: str, tmp_path: Path) -> None:
    before = json.loads((BEFORE / "golden.json").read_text())[graph]
    scenario = compose(inputs_before(tmp_path), "baseline")
    market = small(2_000, scenario=scenario, until=before["until"], graph=graph)
    market.run()
    for name in METRICS:
        for p, platform in enumerate(market.platforms):
            assert market.record.past(name)[:, p].sum() == before["totals"][name][platform], name
    names = json.loads((BEFORE / "names.json").read_text())
    assert bits(market, names) == before["bits"]
    new = set(market.users.columns) - set(names["columns"])
    assert new
    assert not any(market.users.columns[name].any() for name in new)
    recorded = set(market.record.state()) - set(names["record"])
    assert recorded
    assert not any(market.record.state()[name].any() for name in recorded)


def test_a_force_left_off_takes_no_time_of_threads(tmp_path: Path) -> None:
    """Two threads, the same bits: what was added keeps to its own rows."""
    scenario = compose(inputs_before(tmp_path), "baseline")
    one, two = (
        small(2_000, scenario=scenario, until="2025-10-31", execution=Execution(threads=n))
        for n in (1, 2)
    )
    one.run()
    two.run()
    assert bits(one) == bits(two)


def test_each_force_is_felt_where_everything_is_on() -> None:
    """What is asked of busy markets is asked of every force: without any one, other bits."""
    busy = busy_scenario(400, "erdos_renyi(degree=6)", 25)
    found = {name: bits(lived(Market(without_forces(busy, [name]), execution=CHECKED)))
             for name in FORCES}  # fmt: skip
    found["all"] = bits(lived(Market(busy, execution=CHECKED)))
    assert len(set(found.values())) == len(FORCES) + 1, found


def test_every_field_of_a_force_is_on_in_a_busy_market() -> None:
    """A force that is added is on there too, or this fails."""
    busy = busy_scenario(10)
    for force in FORCES.values():
        for field in force.market:
            assert getattr(busy.market, field) != type(busy.market).model_fields[field].default
        for platform in busy.platforms.values():
            for field in force.platform:
                assert getattr(platform, field) != type(platform).model_fields[field].default
    forms = {platform.friend_utility_form for platform in busy.platforms.values()}
    assert forms == {"log", "threshold"}
