"""Degree laws of `configuration`: a minimum, the geometric law, and a list of degrees."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import sim
from sim.errors import ConfigError
from sim.graph import build_graph, check_family, parse_graph
from sim.graph.configuration import Configuration, _drawn
from sim.graph.exact_degrees import check_degrees, joined_greedily, starts_of
from tests.worlds import limit_scenario

N = 200_000
LAWS = [
    "configuration(law=geometric, degree=20, min_degree=2)",
    "configuration(law=geometric, degree=6)",
    "configuration(law=geometric, degree=4, min_degree=4)",
    "configuration(law=geometric, degree=8, min_degree=1, max_degree=15)",
    "configuration(law=power_law, degree=12, min_degree=5)",
    "configuration(law=power_law, exponent=2.7, min_degree=3)",
    "configuration(law=lognormal, degree=20, sigma=1.5, min_degree=5)",
]


def drawn(spec: str, n_users: int = N, seed: int = 5) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the degrees of a law, before any edge is dropped."""
    parameters = parse_graph(spec).parameters
    assert isinstance(parameters, Configuration)
    return _drawn(n_users, parameters, np.uint64(seed))


@pytest.mark.parametrize("spec", [*LAWS, "configuration(degrees=[3, 2, 2, 1, 0, 2])"])
def test_specs_print_what_they_mean(spec: str) -> None:
    parsed = parse_graph(spec)
    assert parse_graph(str(parsed)) == parsed


@pytest.mark.parametrize("spec", LAWS)
def test_every_law_keeps_the_promises_of_the_catalogue(spec: str) -> None:
    check_family(spec)


@pytest.mark.parametrize(("mean", "least"), [(20.0, 2), (6.0, 0), (2.5, 1)])
def test_a_geometric_law_has_its_mean_variance_and_frequencies(mean: float, least: int) -> None:
    """P(k) = (1 - q) q^(k - m) with q = (mean - m) / (mean - m + 1); variance q / (1 - q)^2.

    Frequencies are compared by chi-square over all degrees that are expected 50 times.
    """
    degrees = drawn(f"configuration(law=geometric, degree={mean}, min_degree={least})")
    law = stats.geom(1 / (mean - least + 1), loc=least - 1)
    sd = law.std()
    assert degrees.min() == least
    assert degrees.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(N))
    # A geometric law has kurtosis of about 9, so a variance has a standard error of sqrt(8 / N).
    assert degrees.var() == pytest.approx(sd**2, rel=4 * math.sqrt(9 / N))
    expected = N * law.pmf(np.arange(degrees.max() + 1))
    often = expected >= 50
    counts = np.bincount(degrees)[often]
    chi_square = float(((counts - expected[often]) ** 2 / expected[often]).sum())
    assert chi_square < stats.chi2(often.sum()).ppf(0.9999)


def test_a_capped_geometric_law_keeps_its_mean() -> None:
    degrees = drawn("configuration(law=geometric, degree=8, min_degree=1, max_degree=15)")
    assert (degrees.min(), degrees.max()) == (1, 15)
    assert degrees.mean() == pytest.approx(8.0, abs=4 * degrees.std() / math.sqrt(N))


def test_a_geometric_law_of_which_all_have_the_least() -> None:
    assert (drawn("configuration(law=geometric, degree=4, min_degree=4)") == 4).all()


def test_a_power_law_of_exponent_and_least_has_the_mean_they_fix() -> None:
    """Density x^-a from m to c, rounded at random: the mean of x is that of degrees.

    E x = (a - 1) / (a - 2) · m · (1 - (c/m)^(2 - a)) / (1 - (c/m)^(1 - a)); P(X > x) as integral.
    """
    a, m, c = 2.7, 3, 400
    degrees = drawn(f"configuration(law=power_law, exponent={a}, min_degree={m}, max_degree={c})")
    assert degrees.min() == m
    assert degrees.max() <= c
    ratio = c / m
    mean = (a - 1) / (a - 2) * m * (1 - ratio ** (2 - a)) / (1 - ratio ** (1 - a))
    assert degrees.mean() == pytest.approx(mean, abs=4 * degrees.std() / math.sqrt(N))
    # Rounding moves nobody by one friend or more: degree >= 30 lies between x > 29 and x > 30.
    above = [(x ** (1 - a) - c ** (1 - a)) / (m ** (1 - a) - c ** (1 - a)) for x in (30, 29)]
    share = float((degrees >= 30).mean())
    error = 4 * math.sqrt(above[1] / N)
    assert above[0] - error < share < above[1] + error


@pytest.mark.parametrize(
    "spec",
    [
        "configuration(law=power_law, degree=20, min_degree=5)",
        "configuration(law=lognormal, degree=20, sigma=1.5, min_degree=5)",
    ],
)
def test_a_mean_and_a_least_fix_the_rest(spec: str) -> None:
    degrees = drawn(spec)
    assert degrees.min() == 5
    assert degrees.mean() == pytest.approx(20.0, abs=4 * degrees.std() / math.sqrt(N))
    # A law of that least and mean, not one at its edge: the commonest degree is the least.
    assert 0.02 < (degrees == 5).mean() < 0.6


def test_a_list_is_met_exactly_in_order_of_rows() -> None:
    degrees = [5, 1, 3, 2, 2, 2, 1, 4, 0, 2]
    graph = build_graph(f"configuration(degrees={degrees})", 10, seed=1)
    graph.validate()
    assert graph.degrees.tolist() == degrees


def test_degrees_of_thousands_are_met_exactly() -> None:
    degrees = drawn("configuration(law=power_law, degree=8, min_degree=2)", 5_000)
    degrees[0] += degrees.sum() % 2
    graph = build_graph(f"configuration(degrees={degrees.tolist()})", 5_000, seed=3)
    np.testing.assert_array_equal(graph.degrees, degrees)
    other = build_graph(f"configuration(degrees={degrees.tolist()})", 5_000, seed=4)
    assert graph.fingerprint() != other.fingerprint()


@pytest.mark.parametrize("degrees", [[3, 3, 2, 2, 2, 2], [2, 2, 2, 1, 1, 1, 1]])
def test_all_graphs_of_a_list_come_about_as_often(degrees: list[int]) -> None:
    """Of few users all simple graphs with these degrees are listed, and none is preferred by much.

    Pairing and switching is close to uniform, not exact: each share is within a factor of two.
    """
    n = len(degrees)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    n_edges = sum(degrees) // 2
    graphs = set()

    def extend(edges: tuple[tuple[int, int], ...], left: list[int], first: int) -> None:
        if len(edges) == n_edges:
            graphs.add(edges)
            return
        for at in range(first, len(pairs)):
            i, j = pairs[at]
            if left[i] and left[j]:
                less = [d - (k in (i, j)) for k, d in enumerate(left)]
                extend((*edges, (i, j)), less, at + 1)

    extend((), degrees, 0)
    draws = 60 * len(graphs)
    counts = dict.fromkeys(graphs, 0)
    for seed in range(draws):
        graph = build_graph(f"configuration(degrees={degrees})", n, seed)
        rows = [graph.indices[graph.indptr[i] : graph.indptr[i + 1]] for i in range(n)]
        counts[tuple((i, int(j)) for i in range(n) for j in sorted(rows[i]) if i < j)] += 1
    assert 30 - 4 * math.sqrt(30) < min(counts.values())
    assert max(counts.values()) < 120 + 4 * math.sqrt(120)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=9), st.integers(0, 2**32))
def test_a_list_is_built_if_and_only_if_networkx_calls_it_graphical(
    degrees: list[int], seed: int
) -> None:
    """Erdos and Gallai's conditions as networkx has them; refusals take one line."""
    spec = f"configuration(degrees={degrees})"
    if nx.is_graphical(degrees):
        assert build_graph(spec, len(degrees), seed).degrees.tolist() == degrees
    else:
        with pytest.raises(ConfigError, match=r"^configuration: .+\.$") as refused:
            build_graph(spec, len(degrees), seed)
        assert "\n" not in str(refused.value)


def test_the_greedy_graph_has_the_degrees_too() -> None:
    """Where switches find nothing: the only graph of a star with a triangle, and a dense one."""
    for listed in ([5, 2, 2, 1, 1, 1], [7] * 8, [6, 6, 6, 5, 5, 4, 4, 4]):
        degrees = np.array(listed, np.int64)
        check_degrees(len(listed), degrees)
        mate, owner = joined_greedily(degrees), np.repeat(np.arange(len(listed)), degrees)
        assert (mate[mate] == np.arange(len(mate))).all()
        edges = {(int(owner[s]), int(owner[mate[s]])) for s in range(len(mate))}
        assert len(edges) == len(mate)
        assert all(i != j for i, j in edges)
        assert starts_of(degrees)[-1] == len(mate)
        graph = build_graph(f"configuration(degrees={listed})", len(listed), seed=2)
        assert graph.degrees.tolist() == listed


def test_a_list_can_be_given_in_python_and_runs_a_market() -> None:
    degrees = [2, 3, 1, 2, 2, 2] * 10
    scenario = limit_scenario(60, {"a": {}}, graph=f"configuration(degrees={degrees})")
    market = sim.Market(scenario)
    assert market.graph.degrees.tolist() == degrees


BAD = {
    "configuration(degrees=[2, 2, 2, 1])": "sum to 7",
    "configuration(degrees=[4, 2, 1, 1])": r"degrees\[0\] = 4 with 4 users: must be <= 3",
    "configuration(degrees=[1, 1])": "2 entries for 4 users",
    "configuration(degrees=[1, -1, 1, 1])": "degrees.1 = -1",
    "configuration(degrees=[1, 1.5, 1, 1])": "degrees.1 = 1.5",
    "configuration(degrees=[1, many, 1, 1])": "degrees.1 = 'many'",
    "configuration(degrees=3)": "degrees = 3",
    "configuration(degrees=[3, 3, 1, 1])": "2 highest of degrees sum to 6: must be <= 4",
    "configuration(degrees=[])": "0 entries for 4 users",
    "configuration(degrees=[1, 1, 1, 1], degree=1)": "degree belongs to",
    "configuration(degrees=[1, 1, 1, 1], law=poisson)": "degrees belongs to law = list",
    "configuration(law=list)": "needs degrees",
    "configuration(law=poisson, min_degree=2)": "min_degree belongs to",
    "configuration(law=geometric, degree=2, min_degree=3)": "must be >= min_degree = 3",
    "configuration(law=lognormal, degree=3, min_degree=3)": "must be > min_degree = 3",
    "configuration(law=geometric, degree=3, min_degree=1.5)": "min_degree = 1.5",
    "configuration(law=geometric, degree=3, sigma=1)": "sigma belongs to",
    "configuration(law=power_law, degree=3, exponent=3, min_degree=1)": "give two of",
    "configuration(law=power_law, exponent=3, min_degree=0)": "min_degree must be >= 1",
    "configuration(law=power_law, exponent=3, min_degree=3)": "min_degree = 3 with degrees of at",
    "configuration(law=power_law, degree=2.9, min_degree=1)": "must be from 1.",
}


@pytest.mark.parametrize("spec", BAD)
def test_what_cannot_be_built_is_refused_in_one_line(spec: str) -> None:
    with pytest.raises(ConfigError, match=BAD[spec]) as refused:
        build_graph(spec, 4, seed=1)
    assert "\n" not in str(refused.value)
