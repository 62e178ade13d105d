"""A 95 % interval holds the mean in 95 of 100 samples, whatever the law of the differences.

Laws are those of paired differences: none in most pairs, large ones in a few, mostly to one side.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from scenarios import baseline
from scenarios.inputs.forces import without_forces
from scenarios.inputs.sizing import sized
from sim.experiments import Interval, Precision, Serial, compare
from sim.experiments.paired import effect
from sim.experiments.precision import interval

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]

#: What is asked of an interval that claims 95 %.
HOLDS = 0.93
#: Sizes of a difference, if there is one, and their mean.
SIZES: dict[str, tuple[Draw, float]] = {
    "one": (lambda rng, shape: np.ones(shape), 1.0),
    "either sign": (lambda rng, shape: rng.choice([-1.0, 1.0], shape), 0.0),
    "to both sides": (lambda rng, shape: rng.choice([-3.0, 1.0], shape, p=[0.3, 0.7]), -0.2),
    "normal": (lambda rng, shape: rng.normal(1.0, 1.0, shape), 1.0),
    "laplace": (lambda rng, shape: rng.laplace(size=shape), 0.0),
    "lognormal": (lambda rng, shape: rng.lognormal(size=shape), math.exp(0.5)),
}
#: Laws without an atom.
SMOOTH: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, shape: rng.normal(size=shape), 0.0),
    "heavy": (lambda rng, shape: rng.standard_t(3, shape), 0.0),
    "exponential": (lambda rng, shape: rng.exponential(size=shape), 1.0),
    "lognormal, .5": (lambda rng, shape: rng.lognormal(0.0, 0.5, shape), math.exp(0.125)),
}


def sparse(identical: float, sizes: str) -> tuple[Draw, float]:
    """Return a law with a share of identical pairs, and its mean."""
    draw, mean = SIZES[sizes]

    def drawn(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        return np.where(rng.random(shape) < identical, 0.0, draw(rng, shape))

    return drawn, (1.0 - identical) * mean


LAWS = SMOOTH | {
    f"{identical:.0%} identical, {sizes}": sparse(identical, sizes)
    for identical in (0.43, 0.80, 0.95)
    for sizes in SIZES
}


def students(sample: Floats) -> Interval:
    """Student's t, as it stands in any book."""
    half = stats.t.ppf(0.975, sample.size - 1) * sample.std(ddof=1) / math.sqrt(sample.size)
    return Interval(sample.mean(), sample.mean() - half, sample.mean() + half)


def coverage(
    samples: Floats, mean: float, method: Callable[[Floats], Interval] = interval
) -> float:
    """Return the share of samples whose interval has the mean in it."""
    found = [method(sample) for sample in samples]
    return float(np.mean([one.low <= mean <= one.high for one in found]))


def samples_of(law: str, n: int, count: int) -> tuple[Floats, float]:
    draw, mean = LAWS[law]
    return draw(np.random.default_rng(n), (count, n)), mean


def least(count: int) -> float:
    """What four standard errors leave of 93 % in so many samples."""
    return HOLDS - 4 * math.sqrt(HOLDS * (1 - HOLDS) / count)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [10, 20])
def test_an_interval_covers_what_it_claims(law: str, n: int) -> None:
    assert coverage(*samples_of(law, n, 1_000)) >= least(1_000)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [10, 20, 50])
def test_coverage_is_93_percent_to_half_a_percent(law: str, n: int) -> None:
    assert coverage(*samples_of(law, n, 20_000)) >= least(20_000) - 0.002


@pytest.mark.parametrize(
    ("law", "n", "covered"),
    [
        ("43% identical, lognormal", 10, 0.85),
        ("43% identical, to both sides", 10, 0.86),
        ("80% identical, lognormal", 20, 0.80),
        ("95% identical, one", 10, 0.45),
    ],
)
def test_students_t_alone_claims_too_much(law: str, n: int, covered: float) -> None:
    """What the intervals above are for: 5 in 100 are to be missed, and 15 to 60 are."""
    assert coverage(*samples_of(law, n, 1_000), students) < covered


@pytest.mark.parametrize(("n", "wider"), [(10, 1.10), (20, 1.05), (50, 1.02)])
def test_normal_differences_pay_little_for_it(n: int, wider: float) -> None:
    samples, _ = samples_of("normal", n, 2_000)
    widths = [
        np.mean([one.high - one.low for one in map(method, samples)])
        for method in (interval, students)
    ]
    assert 1.0 <= widths[0] / widths[1] <= wider


def test_an_interval_reaches_out_on_the_side_of_the_long_tail() -> None:
    """Skewness out, Student's t in: Hall's cubic of both ends has the value t, written out."""
    sample = np.array([0.0, 0, 0, 0, 1, 1, 2, 3, 5, 9])
    mean, low, high = interval(sample)
    assert low == pytest.approx(students(sample).low)
    assert high > students(sample).high
    sd = sample.std(ddof=1)
    skewness = (((sample - mean) / sd) ** 3).mean()
    y = (mean - high) / sd
    cubic = y + skewness * y**2 / 3 + skewness**2 * y**3 / 27 + skewness / (6 * sample.size)
    assert cubic * math.sqrt(10) == pytest.approx(-stats.t.ppf(0.975, 9))
    mirrored = interval(-sample)
    assert (mirrored.low, mirrored.high) == pytest.approx((-high, -low))
    assert interval(sample).half == pytest.approx(high - mean)


def test_a_shift_and_a_scale_move_the_interval_along() -> None:
    sample = np.array([0.0, 0, 0, 0, 1, 1, 2, 3, 5, 9])
    moved = interval(1e6 + 1e3 * sample)
    assert moved == pytest.approx([1e6 + 1e3 * end for end in interval(sample)])


@pytest.mark.parametrize(
    "sample",
    [
        [0.0] * 10,
        [7.5, 7.5],
        [0.1 + 0.2, 0.3, 0.3],  # the same but for rounding
        [0.0] * 95 + [3.0, 1.0, 2.0, 5.0, 4.0],
        [-1.0] * 5 + [0.0, 1.0, 2.0, 3.0, 4.0],
    ],
)
def test_too_few_differences_have_no_finite_interval(sample: list[float]) -> None:
    found = interval(sample)
    assert found.mean == pytest.approx(np.mean(sample))
    assert (found.low, found.high, found.half) == (-math.inf, math.inf, math.inf)


def test_six_differences_have_one() -> None:
    assert math.isfinite(interval([0.0] * 94 + [3.0, 1.0, 2.0, 5.0, 4.0, 6.0]).half)
    assert math.isfinite(interval([1.0, 2.0]).half)


def test_identical_pairs_do_not_meet_a_precision() -> None:
    """Ten zeros look like an exact effect, but 60 % of tens are so where 5 % of pairs differ."""
    wanted = Precision(metric="clips", platform="sora", absolute=5.0, most=35)
    assert wanted.needed([0.0] * 10) == 20
    assert wanted.needed([0.0] * 20) == 35
    assert wanted.needed([0.0] * 35) == 35
    relative = Precision(metric="clips", platform="sora", relative=0.5)
    assert relative.needed([0.0] * 9 + [1.0]) == 20
    assert relative.needed([3.0] * 10) == 20


def test_more_replicates_do_not_help_a_number_that_is_infinite() -> None:
    wanted = Precision(metric="clips", platform="sora", absolute=5.0)
    assert wanted.needed([1.0] * 9 + [math.inf]) == 10
    assert wanted.needed([1.0] * 9 + [math.nan]) == 10


def test_the_farther_end_of_an_interval_has_to_be_near_enough() -> None:
    sample = [0.0, 0, 0, 0, 1, 1, 2, 3, 5, 9]
    found = interval(sample)
    near, far = found.mean - found.low, found.high - found.mean
    assert near < far
    between = Precision(metric="clips", platform="sora", absolute=(near + far) / 2)
    assert between.needed(sample) > 10
    assert Precision(metric="clips", platform="sora", absolute=far).needed(sample) == 10


def test_an_effect_says_how_many_pairs_differ_and_what_to_do() -> None:
    a = np.arange(10.0)
    same = effect(a, a)
    assert (same.n_differ, same.low, same.high) == (0, -math.inf, math.inf)
    # (1 - .26) ** 10 = 5 %.
    assert same.advice == (
        "no pair of 10 differs, so with 95% confidence at most 26% do. Run more pairs, or more "
        "users."
    )
    one = effect(a, a + np.array([0.0] * 9 + [4.0]))
    assert (one.n_differ, one.mean) == (1, 0.4)
    assert "only 1 of 10 pairs differ" in str(one)
    assert "Run more pairs, or more users." in str(one)
    all_of_them = effect(a, a + np.random.default_rng(1).normal(size=10))
    assert (all_of_them.n_differ, all_of_them.advice) == (10, "")
    assert "10 of 10 pairs differ" in str(all_of_them)
    nowhere = effect(np.full(10, np.nan), np.full(10, np.nan))
    assert (nowhere.n_differ, nowhere.advice) == (0, "")


#: A smaller quota does nothing in most pairs to some, and much in all to others.
OF_A_MARKET = (
    "daily_active", "installs", "activations", "clips", "clips_free", "compute_usd",
    "revenue_usd", "contribution_usd", "hit_rate", "monthly_active",
)  # fmt: skip


@pytest.mark.slow
def test_intervals_of_ten_metrics_of_a_small_market_hold() -> None:
    """Samples of 100 pairs stand for samples of all pairs: their mean is known.

    Of 4,000 samples a coverage has a standard error of .4 %. Nobody minds the offer, so that a
    smaller quota reaches others only through the clips they see, and half of the pairs are
    identical in their daily users.
    """
    unminded = without_forces(baseline.scenario()).set("sora.needs_reason", False)
    a = sized(unminded, 2_000, until="2025-12-31")
    pairs = compare(a, a.set("sora.free_quota_per_day", 6), 100, executor=Serial())
    old = {}
    for name in OF_A_MARKET:
        differences = pairs.b.total(name, "sora") - pairs.a.total(name, "sora")
        for n in (10, 20):
            drawn = np.random.default_rng(n).choice(differences, (4_000, n))
            covered = coverage(drawn, differences.mean())
            assert covered >= least(4_000), f"{name}: {n} pairs cover {covered:.1%}"
            old[name, n] = coverage(drawn, differences.mean(), students)
    assert min(old.values()) < 0.88
