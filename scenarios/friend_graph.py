"""Does it matter who knows whom: graph family, degree tail, clustering, sample size, people?

Differs from the baseline in the friend graph, in the number of agents or in the people they stand
for.
"""

from __future__ import annotations

from collections.abc import Mapping

from scenarios import baseline
from scenarios.assumptions import Inputs, load_inputs
from scenarios.findings import Findings
from scenarios.question import END, LAUNCH, REFERENCE, Measure, Number, builder, main_arm
from sim.scenario import Scenario

NAME = "friend_graph"
EVIDENCE = ("BEN022", "BEN023", "BEN024", "BEN025", "BEN026")
ASSUMPTIONS = ("A1", "A10", "A16", "A24")

STARTED = Measure("activations", "sora", LAUNCH, END)
VIRAL = Measure("k_factor", "sora", LAUNCH, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
MEASURES = (STARTED, VIRAL, USERS)
GRAPHS = {
    "small world": "small_world(degree=20, rewire=0.1)",
    "random": "erdos_renyi(degree=20)",
    "no clustering": "power_law_cluster(degree=20, triangles=0)",
    "fifty friends": "power_law_cluster(degree=50, triangles=0.7)",
    "six friends": "power_law_cluster(degree=6, triangles=0.7)",
    "no friends": "well_mixed",
}


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return other graphs, then half and twice the people."""
    base = baseline.scenario(inputs or load_inputs())
    graphs = {label: base.with_market(graph=graph) for label, graph in GRAPHS.items()}
    people = base.market.n_people
    return {
        **graphs,
        "half the people": base.with_market(n_people=people / 2.0),
        "twice the people": base.with_market(n_people=people * 2.0),
    }


def scenario() -> Scenario:
    """Return the small world."""
    return main_arm(variants(), NAME)


build = builder(scenario)

NUMBER = Number(
    "change of new users in a small world", "share",
    lambda get: get("small world", STARTED) / get(REFERENCE, STARTED) - 1.0,
    signed=True,
)  # fmt: skip


def answer(found: Findings) -> str:
    """Phrase what moves results and what does not."""
    changes = {arm: found.ratio(arm, STARTED) for arm in GRAPHS}
    most = max(changes, key=lambda arm: abs(changes[arm].middle))
    doubled = found.ratio("twice the people", STARTED)
    return (
        f"The shape of the friend graph moves Sora's new users to {END} by at most "
        f"{changes[most]} (“{most}”), since friends bring only "
        f"{found.value(REFERENCE, VIRAL).point} of them; twice the people bring {doubled}. How "
        f"many people there are (A1) matters far more than how they are linked, and the data do "
        f"not tell it."
    )


if __name__ == "__main__":
    from scenarios.__main__ import run_file

    run_file(__file__)
