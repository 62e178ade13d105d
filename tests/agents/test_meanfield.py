"""The mean-field twin: its people, its expectations, what it conserves, and how it is run."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import scenarios
from agents.day.terms import terms_record
from agents.meanfield.balance import balanced
from agents.meanfield.company import times_of_friends, times_of_rival
from agents.meanfield.twin import Twin
from agents.meanfield.twin_record import UNKNOWN
from agents.meanfield.wishes import parts_of_wish
from agents.platforms.economics import Poisson, expected_excess, expected_served, p_hit
from scenarios import baseline
from scenarios.inputs.targets import targets
from sim.errors import ConfigError, NoSuchNameError
from sim.execution import Execution
from sim.platform_config import PlatformConfig
from sim.results import Results
from tests.worlds import START, alike, busy_scenario, limit_scenario

CHECKED = Execution(check=True)


@pytest.fixture(scope="module")
def lived() -> Twin:
    """Return the twin of the baseline, conservation checked on every stretch of days."""
    twin = Twin(baseline.scenario(), execution=CHECKED)
    twin.run()
    return twin


@pytest.fixture(scope="module")
def results(lived: Twin) -> Results:
    return lived.results


def test_points_have_the_shares_of_the_cells_and_the_means_of_the_laws(lived: Twin) -> None:
    """Raked: regions by system, users of surfaces among them, segments; the rest by quadrature."""
    market, cells, points = lived.config, lived.cells, lived.points
    terms = list(lived.scenario_config.platforms.values())
    cell, weight = points.arrays["cell"], points.weight / market.n_users
    assert weight.sum() == pytest.approx(1.0)
    surfaces = [cells.uses(bit) for bit in range(len(cells.surface_names))]
    assert set(cells.surface_names) == {"gemini_app", "youtube", "google_ai_plan"}
    for part in (cells.region, cells.os, cells.segment, *surfaces):
        found = np.bincount(part[cell].astype(int), weight)
        np.testing.assert_allclose(found, np.bincount(part.astype(int), cells.share), rtol=0.03)
    member, person = points.arrays["member"], points.arrays["person"]
    for p, one in enumerate(terms):
        use = points.use_weight[p] / points.use_weight[p].sum()
        beta = stats.beta(one.dropout_alpha, one.dropout_beta)
        for t in (1, 7, 30):
            expected = beta.expect(lambda c, t=t: (1.0 - c) ** t)
            assert use @ (1.0 - member["dropout"][:, p]) ** t == pytest.approx(expected, rel=0.02)
        assert use @ person.rate == pytest.approx(market.mean_clips, rel=0.02)
        assert weight @ member["taste"][:, p] == pytest.approx(0.0, abs=0.05)
        assert weight @ member["taste"][:, p] ** 2 == pytest.approx(one.taste_sd**2, rel=0.05)


@pytest.mark.parametrize("mean", [0.05, 1.0, 4.0, 40.0])
@pytest.mark.parametrize("quota", [0, 1, 3, 30])
def test_wishes_are_moments_of_poisson(mean: float, quota: int) -> None:
    """Clips within and beyond a quota, and chances to meet it (Johnson et al. 2005, chapter 4)."""
    within, more, meets, beyond, some = parts_of_wish(mean, 1.0, quota)
    law = Poisson(mean)
    assert within == pytest.approx(expected_served(law, quota), abs=1e-9)
    assert more == pytest.approx(expected_excess(law, quota), abs=1e-9)
    assert meets == pytest.approx(p_hit(law, quota), abs=1e-9)
    assert beyond == pytest.approx(stats.poisson.sf(quota, mean), abs=1e-9)
    assert some == pytest.approx(-np.expm1(-mean), abs=1e-9)


def test_friends_are_taken_in_expectation() -> None:
    """Against sums over all numbers of friends that are there, and that left, written out."""
    config = PlatformConfig(label="a", launch=START, dropout_friends=0.5, dropout_friends_left=0.6)
    terms = np.asarray(terms_record([1], [config]))[0]
    there, left, degree = 2.0, 1.0, 20.0
    n = np.arange(60)
    came = stats.poisson(there + left).pmf(n)
    each = [
        sum(
            stats.binom(k, left / (there + left)).pmf(m) * np.exp(0.6 * m / max(k, 1))
            for m in range(k + 1)
        )
        for k in n
    ]
    near = stats.poisson(there).pmf(n) @ np.exp(-0.5 * n / degree)
    found = times_of_friends(terms, there, left, degree)
    assert found == pytest.approx((came @ each) * near, rel=1e-5)
    here, on_rival = stats.poisson(0.4).pmf(n), stats.poisson(1.5).pmf(n)
    ratio = np.maximum(1.0, (1.0 + n[None, :]) / (1.0 + n[:, None])) ** 0.3
    assert times_of_rival(0.3, 0.4, 1.5) == pytest.approx(here @ ratio @ on_rival, rel=1e-5)


def test_packs_are_used_up_to_the_last_clip(lived: Twin) -> None:
    """Credit in the morning and packs bought are clips used and credit in the evening."""
    p = list(lived.platforms).index("sora")
    moves, sales = lived.tables.moves[p], lived.tables.sales[p]
    asked = moves.sum(axis=(1, 2)) > 0.0
    assert asked.any()
    np.testing.assert_allclose(moves[asked].sum(axis=2), 1.0, rtol=1e-9)
    credit = np.arange(moves.shape[1])
    size = lived.platforms["sora"].terms.pack_clips
    morning = credit + size * sales[asked, :, 0]
    evening = moves[asked] @ credit + sales[asked, :, 2] + sales[asked, :, 3]
    np.testing.assert_allclose(evening, morning, rtol=1e-9)
    assert np.all(sales[asked, :, 1] <= sales[asked, :, 0] + 1e-12)


def test_people_are_conserved_with_every_mechanism_on() -> None:
    """Invites, plans, packs, ads, a capacity, returns, two platforms: checked every night."""
    twin = Twin(busy_scenario(2_000), execution=CHECKED)
    results = twin.run()
    served = results.array("gpu_hours")
    assert 0.0 < served.max() <= 3.0 + 1e-9
    assert results.array("returns").sum() > 0.0
    assert results.array("multi_homers").sum() > 0.0
    assert results.array("activations_paid").sum() > 0.0


@pytest.mark.parametrize("name", ["bought_reach", "stop_rule", "more_gpus", "new_entrant"])
def test_strategies_budgets_capacities_and_entrants_are_lived(name: str) -> None:
    """Where a platform answers to the day before, a day is a span; all is conserved there too."""
    scenario = scenarios.scenario_of(name).with_market(until="2026-01-10")
    results = Twin(scenario, execution=CHECKED).run()
    assert results.n_days == scenario.market.n_days
    assert np.isfinite(results.array("cash_usd")).all()
    assert results.array("marketing_usd").sum() > 0.0 or name != "bought_reach"


def test_a_budget_buys_the_installs_its_price_says() -> None:
    """O33 in expectation: n = B/CPI a day, as long as people are left (two regimes of one code)."""
    terms = {"marketing_usd_per_day": 50.0, "cpi_usd": 2.0, "utility": 0.5}
    results = Twin(limit_scenario(10_000, alike(1, **terms), days=20), execution=CHECKED).run()
    np.testing.assert_allclose(results.array("installs_paid")[:, 0], 25.0, rtol=1e-6)


def test_who_looks_for_users_or_beyond_the_end_is_told() -> None:
    twin = Twin(baseline.scenario())
    with pytest.raises(NoSuchNameError, match="a twin has no users"):
        twin.users.columns  # noqa: B018
    with pytest.raises(ConfigError, match="until = 2027-01-01: must lie from"):
        twin.run("2027-01-01")
    with pytest.raises(ConfigError, match="scenario"):
        Twin("baseline")  # type: ignore[arg-type]


def test_cash_is_what_was_booked(results: Results) -> None:
    signs = {"packs": 1, "subscriptions": 1, "other_revenue": 1, "store_fees": -1, "compute": -1,
             "marketing": -1, "rewards": -1, "fixed": -1}  # fmt: skip
    flow = sum(sign * results.array(f"{name}_usd") for name, sign in signs.items())
    opening = [one.opening_cash_usd for one in results.scenario.platforms.values()]
    np.testing.assert_allclose(results.array("cash_usd"), opening + np.cumsum(flow, axis=0))


def test_causes_add_up(results: Results) -> None:
    """Every install and every start has one cause."""
    for event in ("installs", "activations"):
        names = [n for n in results.arrays if n.startswith(f"{event}_")]
        causes = sum(results.array(name) for name in names)
        np.testing.assert_allclose(causes.sum(axis=0), results.array(event).sum(axis=0), rtol=1e-6)


def test_size_and_seed_change_nothing() -> None:
    """Counts are in fractions of agents; people come out the same, but for a thread of rounding."""
    until, of = "2025-11-20", ("installs", "daily_active", "clips", "packs_usd", "waiting")
    one, other = (
        Twin(baseline.scenario().with_market(n_users=n, seed=seed)).run(until)
        for n, seed in ((100_000, 1), (1_000, 7))
    )
    for name in of:
        np.testing.assert_allclose(one.array(name), other.array(name), rtol=1e-4, atol=0.1)


def test_what_needs_pairs_of_people_is_not_told(results: Results) -> None:
    """Left out plainly: NaN, and not a zero that looks like an answer."""
    for name in UNKNOWN:
        assert np.isnan(results.array(name)).all(), name
    told = [name for name in results.arrays if name not in UNKNOWN]
    assert all(np.isfinite(results.array(name)).all() for name in told)
    assert results.cohorts()["D1"].isna().all()


def test_every_target_is_read_from_a_twin(results: Results) -> None:
    for target in targets():
        assert 0.3 < target.ratio(target.simulated(results)) < 3.0, target.name


def test_points_without_weight_take_no_part_in_balancing() -> None:
    """One that raking left without weight may lie far beyond the others in what is bent."""
    x = np.concatenate([np.linspace(-1.0, 1.0, 40), [1e4]])
    weight = np.concatenate([np.ones(40), [0.0]])
    found = balanced(weight, x[None, :], np.array([0.5]))
    assert found[-1] == 0.0
    assert found @ x == pytest.approx(0.5, abs=1e-3)
    np.testing.assert_allclose(found[:-1], balanced(weight[:-1], x[None, :-1], np.array([0.5])))


def test_balanced_weights_have_the_means_asked_for() -> None:
    """Entropy balancing: the means are met, and weights that meet them already stay."""
    x = np.linspace(-1.0, 2.0, 40)
    weights = balanced(np.ones(40), np.stack([x, x**2]), np.array([0.2, 0.7]))
    assert weights.min() > 0.0
    assert weights.sum() == pytest.approx(1.0)
    assert (weights @ x, weights @ x**2) == pytest.approx((0.2, 0.7), abs=1e-3)
    same = balanced(weights, np.stack([x]), np.array([weights @ x]))
    np.testing.assert_allclose(same, weights, rtol=1e-6)


def test_so_few_points_do(results: Results) -> None:
    """Months of the baseline by 256 points against 2,048: root mean square of their ratios."""
    many = Twin(baseline.scenario(), points=2_048).run()
    limits = {"installs": 0.03, "daily_active": 0.05, "clips": 0.08}
    ours, theirs = (one.table("month", tuple(limits)) for one in (results, many))
    for platform in results.platforms:
        for name, limit in limits.items():
            there = theirs.loc[platform, name]
            ratio = (ours.loc[platform, name] / there)[there > 0.2 * there.max()]
            assert np.sqrt(np.mean((ratio - 1.0) ** 2)) < limit, (platform, name)
