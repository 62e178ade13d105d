"""What a user's own file looks like: a graph family, and a scenario on it."""

from __future__ import annotations

import numpy as np

from sim.config import Config, par
from sim.graph import Csr, csr_from_edges, family, need_room
from sim.scenario import Scenario
from tests.worlds import tiny


class Couples(Config):
    """Friends along a line of people in random order."""

    degree: int = par(
        2, "friends/user", "Friends of everybody but those at the ends.", low=2, step=2
    )


@family(Couples)
def line(n_users: int, parameters: Couples, seed: np.uint64) -> Csr:
    """Befriend everybody with the next degree / 2 in a random order."""
    need_room("line", parameters.degree, n_users)
    order = np.random.default_rng(int(seed)).permutation(n_users).astype(np.int32)
    steps = range(1, parameters.degree // 2 + 1)
    pairs = [np.column_stack([order[:-step], order[step:]]) for step in steps]
    return csr_from_edges(n_users, np.concatenate(pairs))


def scenario() -> Scenario:
    """Return the baseline on a line of friends."""
    return tiny(graph="line(degree=4)")
