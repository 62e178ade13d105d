"""The central point is the mode of the posterior in what the data taught."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from scenarios.command.adopt import adopted
from scenarios.fitting import central
from scenarios.fitting.calibration import Fit, HeldTo, places_of
from scenarios.fitting.central import central_point
from scenarios.fitting.measured import read_targets
from scenarios.fitting.posterior import SHIPPED, read_posterior
from scenarios.fitting.priors import priors, scores_of
from scenarios.fitting.smoother import Aim
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.target_file import TARGETS_FILE
from sim.files import file_digest

INPUTS = load_inputs()
PRIORS = priors(INPUTS)
HELD = HeldTo(dt.date(2025, 12, 31)).observations(INPUTS)
#: Assumptions that the data are taken to have taught: values that are no whole numbers.
TAUGHT = [k for k, one in enumerate(PRIORS) if one.is_fitted and not one.is_whole][:4]


def fitted(n: int = 50) -> Fit:
    """A fit whose spread is half in those assumptions, and whole in all others."""
    before = np.random.default_rng(1).standard_normal((n, len(PRIORS)))
    after = before.copy()
    after[:, TAUGHT] *= 0.5
    nothing = np.zeros((n, len(read_targets())))
    return Fit(PRIORS, HELD, before, after, nothing, nothing, np.zeros((n, 1, 1)))


def test_where_logs_are_linear_it_is_the_mode_in_closed_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aim, places = Aim.of(HELD), places_of(HELD)
    is_number = aim.sign == 0.0
    slopes = np.random.default_rng(2).normal(0.0, 0.3, (len(places), len(PRIORS)))
    # What is a bound is met everywhere, so that it says nothing.
    slopes[~is_number] = 0.0
    start = np.where(is_number, aim.middle - 0.2, aim.middle + aim.sign)
    believed = scores_of(np.array([[float(INPUTS.value(one.id)) for one in PRIORS]]), PRIORS)[0]

    def linear(members: Any, given: Any, what: str) -> tuple[Any, None]:
        logs = np.zeros((len(given), len(read_targets())))
        logs[:, places] = start + (given - believed) @ slopes.T
        return np.exp(logs), None

    monkeypatch.setattr(central, "published", linear)
    # Middles have the log of what definitions make of numbers taken off, and so have readings.
    monkeypatch.setattr(central, "log_readings", lambda readings, _: np.log(readings))
    point = central_point(SimpleNamespace(inputs=INPUTS), fitted())  # type: ignore[arg-type]
    own = slopes[:, TAUGHT][is_number]
    precision = np.linalg.inv(aim.covariance)[np.ix_(is_number, is_number)]
    at_zero = start[is_number] - own @ believed[TAUGHT]
    mode = np.linalg.solve(
        own.T @ precision @ own + np.eye(len(TAUGHT)),
        own.T @ precision @ (aim.middle[is_number] - at_zero),
    )
    assert list(point) == [PRIORS[k].id for k in TAUGHT]
    wanted = [float(PRIORS[k].values(np.array(s))) for k, s in zip(TAUGHT, mode, strict=True)]
    np.testing.assert_allclose(list(point.values()), wanted, rtol=1e-6)


def test_where_nothing_was_taught_nothing_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    found = fitted()
    same = Fit(
        PRIORS, HELD, found.prior_scores, found.prior_scores, found.readings, found.readings,
        found.series,
    )  # fmt: skip
    n = len(read_targets())
    monkeypatch.setattr(central, "published", lambda m, given, w: (np.ones((len(given), n)), None))
    assert central_point(SimpleNamespace(inputs=INPUTS), same) == {}  # type: ignore[arg-type]


def test_the_baseline_is_the_central_point_of_the_posterior_that_ships() -> None:
    posterior = read_posterior(SHIPPED, INPUTS)
    assert posterior.central
    for name, value in adopted(posterior.central).items():
        assert INPUTS.value(name) == pytest.approx(value), name
        assert INPUTS.assumptions[name].reason.endswith("Value of the fit."), name
    others = [one for one in INPUTS.assumptions.values() if one.id not in posterior.central]
    assert not any(one.reason.endswith("Value of the fit.") for one in others)


def test_the_posterior_that_ships_is_of_this_record() -> None:
    """Or its draws may not agree with what was published: adopt it anew."""
    about = read_posterior(SHIPPED, INPUTS).about
    assert about["facts"] == INPUTS.facts.sha256
    assert about["targets"] == file_digest(TARGETS_FILE)
