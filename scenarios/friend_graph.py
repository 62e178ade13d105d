"""Does it matter who knows whom: graph family, degree tail, clustering, sample size, people?

Differs from the baseline in the friend graph, in the number of agents or in the people they stand
for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from scenarios import baseline
from scenarios.asking.findings import Findings
from scenarios.asking.question import END, LAUNCH, REFERENCE, Measure, Number, builder, main_arm
from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.sizing import build_market
from scenarios.inputs.targets import targets
from sim.report.page import Exhibit
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab

NAME = "friend_graph"
EVIDENCE = ("BEN022", "BEN023", "BEN024", "BEN025", "BEN026")
ASSUMPTIONS = ("A1", "A10", "A16", "A24")

STARTED = Measure("activations", "sora", LAUNCH, END)
VIRAL = Measure("k_factor", "sora", LAUNCH, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
#: Dates of the pictures: by invitation, before and after access opens, and the end.
PICTURED = ("2025-10-05", "2025-10-28", "2025-11-12", END)
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
    most = max(changes, key=lambda arm: changes[arm].size.high)
    doubled = found.ratio("twice the people", STARTED)
    return (
        f"The shape of the friend graph moves Sora's new users to {END} by at most "
        f"{changes[most]} (“{most}”). Twice the people bring {doubled}, and half of them "
        f"{found.ratio('half the people', STARTED)}, if nothing else is changed: {_lost(found)}. "
        f"How many people there are (A1) is set together with the news that reaches them; what "
        f"another pool would do once that is fitted anew, these arms do not tell."
    )


def _lost(found: Findings) -> str:
    """Say how many targets the pool's arms lose that the baseline keeps."""
    kept = _kept(found, REFERENCE)
    lost = {arm: kept - _kept(found, arm) for arm in ("half the people", "twice the people")}
    said = " and ".join(f"“{arm}” {len(names)}" for arm, names in lost.items())
    return f"of the {len(kept)} targets that the baseline keeps, {said} are lost"


def _kept(found: Findings, arm: str) -> set[str]:
    """Return the targets that an arm keeps, in the median of its replicates."""
    runs = found.ensembles[arm].results
    return {
        one.name
        for one in targets(found.inputs)
        if one.reached(runs[0]) and one.near(one.median(runs))
    }


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return pictures of one run: the spread, the cascades, and who makes the clips."""
    from sim.report.network import draw_cascades, lorenz, neighborhood, spread

    market = build_market(found.scenarios[REFERENCE], lab.size.n_users, lab.size.seed)
    degree = np.diff(market.graph.indptr)
    somebody = int(np.flatnonzero(degree == np.median(degree).astype(int))[0])
    rows = neighborhood(market.graph, start=somebody)
    figure = spread(market, "sora", PICTURED, rows)
    return [
        Exhibit(
            "The spread of adoption",
            "Everybody within reach of one person of ordinary degree, in one run; lines are "
            "friendships, places on the paper mean nothing.",
            figure,
        ),
        Exhibit(
            "Cascades",
            "Chains of people of whom each was brought by the one before (a friend's clip or "
            "invite), the first one included.",
            draw_cascades(market, "sora"),
        ),
        Exhibit(
            "Who makes the clips",
            "Users ordered by the clips they have made; dots: the most productive.",
            lorenz(market, "sora"),
        ),
    ]


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
