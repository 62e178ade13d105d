"""The observation model is a multivariate normal on logs, with ranges and bounds as intervals."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from scenarios.fitting.observation import (
    Observations,
    draw_observations,
    log_likelihood,
    observations,
    readings,
)
from scenarios.inputs.targets import Target, targets
from sim.errors import ConfigError
from tests.worlds import small

ALL = targets(vintage="")
POINTS = tuple(one for one in ALL if one.low == one.high and not one.bound)


def off(some: tuple[Target, ...], seed: int = 1, n: int = 5) -> Any:
    """Return (n, targets) readings not far from what was published."""
    rng = np.random.default_rng(seed)
    middle = np.sqrt([one.low * one.high for one in some])
    return middle * np.exp(0.3 * rng.standard_normal((n, len(some))))


def test_plain_numbers_are_jointly_normal_on_the_log_scale() -> None:
    """Against scipy's density with the covariance written out."""
    given = observations(POINTS)
    found = off(POINTS)
    covariance = np.zeros((len(POINTS), len(POINTS)))
    for i, a in enumerate(POINTS):
        for j, b in enumerate(POINTS):
            covariance[i, j] = a.vendor.log_sd**2 * (a.vendor == b.vendor)
            if i == j:
                covariance[i, j] = a.log_sd**2 + a.definition.log_sd**2
    assert np.allclose(given.covariance, covariance, rtol=1e-12)
    mean = np.log(found) + np.log([one.factor for one in POINTS])
    published = np.log([one.low for one in POINTS])
    expected = [multivariate_normal(m, covariance).logpdf(published) for m in mean]
    assert np.allclose(log_likelihood(found, given), expected, rtol=1e-10)
    assert log_likelihood(found[0], given).shape == ()


def changed(target: Target, **values: Any) -> Target:
    return replace(target, **values)


def test_ranges_are_the_probability_of_lying_inside() -> None:
    """Two ranges and a number of one vendor: against an integral over the bias, by quadrature."""
    some = [one for one in ALL if one.vendor.id == "appfigures"][:3]
    some[0] = changed(some[0], high=some[0].low * 1.4)
    some[1] = changed(some[1], bound="at_least")
    given = observations(some)
    found = off(tuple(some), 4, 1)[0]
    mean = np.log(found) + given.offset

    def inside(bias: float) -> float:
        ends = [(e - mean - bias) / given.own_sd for e in (given.low, given.high)]
        first = norm.cdf(ends[1][0]) - norm.cdf(ends[0][0])
        point = norm.pdf(ends[0][2]) / given.own_sd[2]
        return float(first * norm.sf(ends[0][1]) * point * norm.pdf(bias, scale=given.vendor_sd[0]))

    expected = quad(inside, -1.5, 1.5, epsabs=0, epsrel=1e-11, limit=200)[0]
    assert log_likelihood(found, given) == pytest.approx(math.log(expected), abs=1e-8)


def test_one_bound_is_a_normal_tail() -> None:
    """P(y > c) of one number: the whole error, whatever part of it is the vendor's."""
    (bound,) = observations([changed(POINTS[0], bound="at_least")]).targets
    given = observations([bound])
    sd = math.sqrt(bound.log_sd**2 + bound.definition.log_sd**2)
    for ratio in (0.2, 0.9, 1.0, 1.5, 5.0):
        expected = norm.logsf(-math.log(ratio) / sd)
        assert log_likelihood([bound.low * ratio], given) == pytest.approx(expected, abs=1e-6)
    below = observations([changed(bound, bound="at_most")])
    both = np.logaddexp(log_likelihood([bound.low * 1.1], given),
                        log_likelihood([bound.low * 1.1], below))  # fmt: skip
    assert both == pytest.approx(0.0, abs=1e-6)


def test_a_range_without_width_goes_to_its_density() -> None:
    """log P([y, y·e^h]) - log h → log density of the log."""
    one = POINTS[0]
    width = 1e-5
    narrow = observations([changed(one, high=one.low * math.exp(width))])
    found = [one.low * 1.2]
    limit = log_likelihood(found, observations([one]))
    assert log_likelihood(found, narrow) - math.log(width) == pytest.approx(float(limit), abs=1e-4)


def test_far_tails_stay_finite_and_ordered() -> None:
    one = observations([changed(POINTS[0], high=POINTS[0].low * 1.1)])
    far = [float(log_likelihood([POINTS[0].low * factor], one)) for factor in (1e2, 1e4, 1e8)]
    assert np.isfinite(far).all()
    assert far == sorted(far, reverse=True)


@pytest.mark.parametrize("odd", [0.0, -1.0, math.nan, math.inf])
def test_a_run_without_a_number_is_never_taken(odd: float) -> None:
    found = off(ALL)
    found[2, 3] = odd
    likelihood = log_likelihood(found, observations(ALL))
    assert likelihood[2] == -np.inf
    assert np.isfinite(np.delete(likelihood, 2)).all()


def test_numbers_of_one_vendor_are_no_independent_witnesses() -> None:
    """All of a vendor off alike is likelier than the same without what they share."""
    vendor = POINTS[0].vendor
    own = tuple(one for one in POINTS if one.vendor == vendor)
    alone = tuple(changed(one, vendor=vendor.changed("x", log_sd=0.0)) for one in own)
    found = np.array([one.low for one in own]) * 1.4
    assert log_likelihood(found, observations(own)) > log_likelihood(found, observations(alone))


def test_draws_have_the_covariance_of_the_likelihood() -> None:
    """Standard errors of 40,000 draws: 1/√n of sd, √2/√n of variance; four of them."""
    given: Observations = observations(POINTS)
    found = np.array([one.low for one in POINTS])
    n = 40_000
    logs = np.log(draw_observations(found, given, n, np.random.default_rng(5)))
    sd = np.sqrt(np.diag(given.covariance))
    assert np.all(np.abs(logs.mean(0) - np.log(found) - given.offset) < 4 * sd / math.sqrt(n))
    allowed = 4 * np.outer(sd, sd) * math.sqrt(2 / n)
    assert np.all(np.abs(np.cov(logs.T) - given.covariance) < allowed)
    assert draw_observations(off(ALL), observations(ALL), 3, np.random.default_rng(1)).shape == (
        3, 5, len(ALL),
    )  # fmt: skip


def test_readings_of_a_run_fit_the_targets() -> None:
    """A run that ends early has no number for what comes later."""
    results = small(2_000, seed=3, until="2025-11-30").run()
    found = readings(results, ALL)
    reached = np.array([one.last.month < 12 for one in ALL])
    assert np.array_equal(np.isfinite(found), reached)


@pytest.mark.parametrize(("found", "told"), [([1.0], "one for each of"), (1.0, "one for each of")])
def test_readings_of_another_number_are_refused(found: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        log_likelihood(found, observations(ALL))


def test_nothing_and_zero_have_no_likelihood() -> None:
    with pytest.raises(ConfigError, match="no target"):
        observations(())
    with pytest.raises(ConfigError, match="must be above 0"):
        observations([changed(POINTS[0], low=0.0)])
