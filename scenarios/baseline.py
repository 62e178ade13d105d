"""History as it was up to 2025-12-31, no new event after it, run on to 2026-04-30.

Question: what do the mechanisms make of the facts, with hand-set assumptions and no curve fed in?
"""

from __future__ import annotations

from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.compose import compose
from scenarios.inputs.sizing import build_market
from sim.execution import Execution
from sim.market import Market
from sim.scenario import Scenario

NAME = "baseline"


def scenario(inputs: Inputs | None = None) -> Scenario:
    """Return the baseline, on the shipped facts and assumptions unless others are given."""
    return compose(inputs or load_inputs(), NAME)


def build(
    n_users: int = 100_000,
    seed: int = 1,
    n_people: float | None = None,
    graph: str | None = None,
    execution: Execution | None = None,
) -> Market:
    """Return a market of the baseline, ready to run."""
    return build_market(scenario(), n_users, seed, n_people, graph, execution)


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
