"""Cascades along friendships, against branching processes and bond percolation.

Everybody who starts makes one clip, sends it to every friend, and leaves the same evening. With
contagion = "count" and friend_strength = -log(1 - T) each friend then follows with probability T,
edge by edge: the independent cascade, whose sizes are those of bond percolation with occupation T
(Newman 2002, "Spread of epidemic disease on networks", Phys. Rev. E 66).

A market of 16 platforms is 16 cascades with independent luck on one graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sim.graph import Graph, build_graph
from sim.market import Market
from tests.verification import Verified, four_se
from tests.worlds import alike, daily, limit_market, lived

Array = npt.NDArray[np.float64]

AT_ONCE = 16
#: Above this part of the users a cascade is an outbreak.
OUTBREAK = 0.1


def cascades(graph: Graph, chance: float, seed: int, n_seeds: int = 1, days: int = 300) -> Market:
    """Return 16 finished cascades, each from its own random seeds."""
    terms = {
        "p_share_friends": 1.0,
        "friend_strength": -math.log1p(-chance),
        "p_dropout": 1.0,
    }
    market = limit_market(
        graph.n_users, alike(AT_ONCE, **terms), graph, days, contagion="count", seed=seed
    )
    rng = np.random.default_rng(seed)
    for name in market.platforms:
        market.users.activate(name, rng.choice(graph.n_users, n_seeds, replace=False))
    while market.day == 0 or daily(market, "daily_active")[-1].any():
        lived(market, 1)
    return market


def reached(market: Market) -> npt.NDArray[np.bool_]:
    """Return (16, n_users) who ever started."""
    return market.users.columns["day_activated"] >= 0


def sizes(graph: Graph, chance: float, n_markets: int, first_seed: int) -> Array:
    """Return the part of the users reached by each of 16 · n_markets cascades of one seed."""
    runs = (cascades(graph, chance, first_seed + k) for k in range(n_markets))
    return np.concatenate([reached(market).mean(axis=1) for market in runs])


def clusters(graph: Graph, market: Market) -> Iterator[int]:
    """Yield the size of each cascade of a market with many seeds: pieces of those reached."""
    n = graph.n_users
    friends = csr_array((np.ones(graph.indices.size, bool), graph.indices, graph.indptr), (n, n))
    for there in reached(market):
        rows = np.flatnonzero(there)
        _, piece = connected_components(friends[rows][:, rows], directed=False)
        yield from np.bincount(piece).tolist()


def giant_poisson(k: float) -> float:
    """Solve S = 1 - exp(-k·S): giant part of Erdős-Rényi, and chance that one seed starts it."""
    size = 1.0
    for _ in range(10_000):
        size = -math.expm1(-k * size)
    return size


def giant_regular(degree: int, chance: float) -> float:
    """Solve u = 1 - T + T·u^(k-1), S = 1 - u^k: the same for a random regular graph."""
    u = 0.0
    for _ in range(10_000):
        u = 1.0 - chance + chance * u ** (degree - 1)
    return 1.0 - u**degree


def four_se_of_mean(values: Array) -> float:
    return 4.0 * float(values.std(ddof=1)) / math.sqrt(values.size)


# O5


def holds_o5(verified: Verified, found: Array, tolerance: float) -> None:
    outbreaks = found[found > OUTBREAK]
    chance = outbreaks.size / found.size
    runs = f"{found.size} cascades, ER8 at T = .25"
    verified("O5", f"chance of an outbreak, {runs}", chance, 0.7968, four_se(0.7968, found.size))
    verified("O5", f"size of an outbreak, {runs}", outbreaks.mean(), 0.796812, tolerance)


def test_independent_cascade_reaches_the_giant_component_as_often_as_it_is_large(
    verified: Verified,
) -> None:
    """O5: u = G1(1 + (u-1)T), S = 1 - G0(1 + (u-1)T); ⟨k⟩ = 8, T = .25: both .7968.

    48 cascades on one graph of 10,000: ±.01 on the size (spread between graphs of 10,000 is .005),
    four standard errors of a binomial of 48 on the chance.
    """
    verified("O5", "root of S = 1 - exp(-2S)", giant_poisson(8.0 * 0.25), 0.796812, 1e-6)
    graph = build_graph("erdos_renyi(degree=8)", 10_000, 51)
    holds_o5(verified, sizes(graph, 0.25, 3, 510), 0.01)


@pytest.mark.slow
def test_three_hundred_cascades_reach_the_giant_component_as_often_as_it_is_large(
    verified: Verified,
) -> None:
    """O5 with 320 cascades on four graphs of 20,000: ±.006 on the size, ±.09 on the chance."""
    graphs = (build_graph("erdos_renyi(degree=8)", 20_000, 520 + k) for k in range(4))
    found = [sizes(graph, 0.25, 5, 5_200 + 10 * k) for k, graph in enumerate(graphs)]
    holds_o5(verified, np.concatenate(found), 0.006)


# O7


def threshold(graph: Graph) -> float:
    """Return ⟨k⟩ / (⟨k²⟩ - ⟨k⟩) of the realized degrees."""
    degree = np.diff(graph.indptr).astype(float)
    return float(degree.mean() / ((degree**2).mean() - degree.mean()))


@pytest.mark.parametrize(
    ("spec", "critical"),
    [("erdos_renyi(degree=8)", 0.1250), ("configuration(law=regular, degree=4)", 0.3333)],
)
def test_outbreaks_exist_only_above_the_percolation_threshold(
    spec: str, critical: float, verified: Verified
) -> None:
    """O7: T_c = ⟨k⟩/(⟨k²⟩-⟨k⟩): .1250 and .3333.

    Below it, at .8·T_c, no cascade of 10,000 users passes 10 % (the mean is 5 users); above, at
    1.6·T_c, at least one of 16 does (each with probability above .6), and outbreaks have the size
    of the giant component within ±.03.
    """
    graph = build_graph(spec, 10_000, 71)
    kind = "ER8" if "erdos" in spec else "4-regular"
    verified("O7", f"T_c of {kind}", threshold(graph), critical, 0.01 * critical)
    largest = sizes(graph, 0.8 * critical, 1, 710).max()
    verified.below("O7", f"largest of 16 cascades, {kind} at .8·T_c", largest, OUTBREAK)
    above = sizes(graph, 1.6 * critical, 1, 711)
    expected = giant_poisson(1.6) if "erdos" in spec else giant_regular(4, 1.6 / 3.0)
    size = above[above > OUTBREAK].mean()
    verified("O7", f"size of an outbreak, {kind} at 1.6·T_c", size, expected, 0.03)


@pytest.mark.slow
def test_size_just_above_the_threshold_is_that_of_percolation(verified: Verified) -> None:
    """O7: ER8 at T = .15 (R0 = 1.2): S = 1 - e^{-1.2·S} = .3137, ±.03, as often as .3137.

    320 cascades on ten graphs of 20,000; ten, as near the threshold graphs differ.
    """
    assert giant_poisson(1.2) == pytest.approx(0.3137, abs=5e-5)
    graphs = (build_graph("erdos_renyi(degree=8)", 20_000, 720 + k) for k in range(10))
    found = np.concatenate([sizes(graph, 0.15, 2, 7_200 + 2 * k) for k, graph in enumerate(graphs)])
    outbreaks = found[found > OUTBREAK]
    runs = f"{found.size} cascades, ER8 at T = .15"
    verified("O7", f"size of an outbreak, {runs}", outbreaks.mean(), 0.3137, 0.03)
    chance = outbreaks.size / found.size
    verified("O7", f"chance of an outbreak, {runs}", chance, 0.3137, four_se(0.3137, found.size))


@pytest.mark.slow
def test_mean_cascade_on_a_random_graph_below_its_threshold(verified: Verified) -> None:
    """O7: ER8 at T = .10 (K = .8): 1/(1 - K) = 5.0 users per seed, itself included; ±.4.

    20,800 seeds, 100 a run among 200,000, of whom a run reaches a quarter of a percent.
    """
    graph = build_graph("erdos_renyi(degree=8)", 200_000, 74)
    reach = [reached(cascades(graph, 0.1, 740 + k, n_seeds=100)).sum() for k in range(13)]
    per_seed = sum(reach) / (13 * AT_ONCE * 100)
    verified("O7", "users per seed, ER8 at T = .10, 20,800 seeds", per_seed, 5.0, 0.4)


@pytest.mark.slow
@pytest.mark.parametrize(("chance", "expected"), [(0.2, 3.0), (0.28, 8.0)])
def test_mean_cascade_on_a_regular_graph_below_its_threshold(
    chance: float, expected: float, verified: Verified
) -> None:
    """O7: 1 + kT/(1 - (k-1)T), k = 4 (Newman 2002, eq. 24): 3.0 at T = .2, 8.0 at T = .28.

    16 runs x 250 seeds among 400,000 users: at most .5 % are ever reached, which takes less than
    half that off the branching ratio: 3 % of the mean at T = .28.
    """
    assert 1.0 + 4.0 * chance / (1.0 - 3.0 * chance) == pytest.approx(expected)
    graph = build_graph("configuration(law=regular, degree=4)", 400_000, 73)
    market = cascades(graph, chance, 730, n_seeds=250)
    per_seed = reached(market).sum(axis=1) / 250
    limit = four_se_of_mean(per_seed) + 0.03 * expected
    verified("O7", f"users per seed, 4-regular at T = {chance}", per_seed.mean(), expected, limit)


# O8


def test_k_factor_of_one_half_doubles_the_seeds(verified: Verified) -> None:
    """O8: a Poisson branching process of mean K has 1/(1-K) users per seed, variance K/(1-K)³.

    K = .5 on Erdős-Rényi ⟨k⟩ = 4, T = K/⟨k⟩, 16 runs x 250 seeds among 100,000: SE of the mean
    2/sqrt(4,000) = .032, 4 SE = .13. All cascades are over, so that the recorded k-factor of all
    cohorts, and the part of starts that friends brought about, are K.
    """
    k = 0.5
    graph = build_graph("erdos_renyi(degree=4)", 100_000, 81)
    market = cascades(graph, k / 4.0, 810, n_seeds=250)
    per_seed = reached(market).sum() / (AT_ONCE * 250)
    verified("O8", "users per seed, K = .5, 4,000 seeds", per_seed, 2.0, 0.13)
    friends = daily(market, "activations_friend").sum() / daily(market, "activations").sum()
    recorded = market.results.total("k_factor").mean()
    verified("O8", "recorded k-factor, K = .5", recorded, k, 0.13 * (1 - k) ** 2)
    verified("O8", "part of starts by friends, K = .5", friends, k, 0.13 * (1 - k) ** 2)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "mean", "variance"), [(0.5, 2.0, 4.0), (0.8, 5.0, 100.0)])
def test_users_per_seed_have_the_mean_and_variance_of_a_branching_process(
    k: float, mean: float, variance: float, verified: Verified
) -> None:
    """O8: 1/(1-K) and K/(1-K)³ (Borel law): 2.0, 4 for K = .5; 5.0, 100 for K = .8.

    20,800 seeds, 100 a run among 400,000: 4 SE of the mean are .055 and .28; those of the variance
    follow from the fourth moment. At most .13 % of the users are reached, so that fewer than
    one cascade in a hundred touches another; a sparse graph keeps it so.
    """
    graph = build_graph("erdos_renyi(degree=2)", 400_000, 82)
    found: list[int] = []
    total = 0
    for seed in range(13):
        market = cascades(graph, k / 2.0, 820 + seed, n_seeds=100)
        found += clusters(graph, market)
        total += int(reached(market).sum())
    n = 13 * AT_ONCE * 100
    limit = 4.0 * math.sqrt(variance / n)
    verified("O8", f"users per seed, K = {k}, {n:,} seeds", total / n, mean, limit)
    size = np.array(found, float)
    assert size.size > 0.98 * n
    squares = (size - size.mean()) ** 2
    limit = four_se_of_mean(squares)
    verified("O8", f"its variance, K = {k}", squares.mean(), variance, limit)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "extinct"), [(1.5, 0.41719), (2.0, 0.20319)])
def test_a_cascade_dies_out_as_often_as_its_branching_process(
    k: float, extinct: float, verified: Verified
) -> None:
    """O8: q = e^{-K(1-q)}: .41719 for K = 1.5, .20319 for K = 2; 480 seeds, 4 binomial SE."""
    assert 1.0 - giant_poisson(k) == pytest.approx(extinct, abs=5e-6)
    graphs = (build_graph("erdos_renyi(degree=8)", 5_000, 830 + j) for j in range(3))
    found = np.concatenate(
        [sizes(graph, k / 8.0, 10, 8_300 + 10 * j) for j, graph in enumerate(graphs)]
    )
    died = (found < OUTBREAK).mean()
    verified("O8", f"share that dies out, K = {k}", died, extinct, four_se(extinct, found.size))
