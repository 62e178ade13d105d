"""What those who come from pandas or Mesa type first: it works, or the line names the way."""

from __future__ import annotations

import copy
import pickle

import matplotlib.pyplot as plt
import numpy as np
import pytest

from agents import User
from agents.people.ways import WAYS
from sim.errors import ClipmarketError, NoSuchNameError, NoSuchPlaceError, UnknownNameError
from sim.market import Market
from sim.metrics import CATALOGUE
from sim.results import Results
from tests.worlds import small


@pytest.fixture(scope="module")
def market() -> Market:
    made = small(n_users=500)
    made.run("2025-10-05")
    return made


@pytest.fixture(scope="module")
def results(market: Market) -> Results:
    return market.run("2025-10-05")


def test_every_metric_is_an_attribute(results: Results) -> None:
    for name in CATALOGUE:
        assert getattr(results, name).frame.equals(results[name].frame)


def test_a_series_does_what_a_frame_does(results: Results) -> None:
    installs = results.installs
    assert installs.loc["2025-10"].equals(installs.frame.loc["2025-10"])
    assert installs.tail(2).equals(installs.frame.tail(2))
    assert installs.resample("W").sum().equals(installs.frame.resample("W").sum())
    assert installs[["sora"]].equals(installs.frame[["sora"]])
    assert np.array_equal(np.asarray(installs), results.array("installs"))
    assert len(installs) == results.n_days
    assert list(installs) == ["google", "sora"]
    assert float(np.sum(installs)) == installs.frame.to_numpy().sum()


def test_one_name_draws_one_metric(results: Results) -> None:
    ax = results.plot("daily_active")
    assert ax.get_title("left").startswith("daily active")
    plt.close(ax.figure)
    with pytest.raises(UnknownNameError, match="Did you mean 'daily_active'"):
        results.plot("daily_activ")


def test_what_there_is_not_names_the_way(market: Market, results: Results) -> None:
    with pytest.raises(NoSuchNameError, match="Did you mean 'daily_active'"):
        results.daily_activ  # noqa: B018
    with pytest.raises(NoSuchNameError, match=r"\.frame"):
        results.installs.nothing  # noqa: B018
    for name in WAYS:
        with pytest.raises(NoSuchNameError, match="Use "):
            getattr(market.users, name)
    assert not hasattr(market.users, "nothing")


def test_users_can_be_sliced_as_a_set_of_agents_can(market: Market) -> None:
    some = market.users[5:8]
    assert [user.row for user in some] == [5, 6, 7]
    assert all(isinstance(user, User) for user in some)
    assert market.users[-2:][1].row == 499
    assert market.users[np.int64(3)] is market.users[3]
    for row in (500, -501):
        with pytest.raises(NoSuchPlaceError, match="users 0 to 499"):
            market.users[row]
    for row in (1.5, None, "a", True):
        with pytest.raises(ClipmarketError, match="whole number"):
            market.users[row]  # type: ignore[index]


def test_results_are_copied_and_pickled_whole(results: Results) -> None:
    for made in (copy.deepcopy(results), pickle.loads(pickle.dumps(results))):
        assert made.daily.equals(results.daily)
        assert made.installs.frame.equals(results.installs.frame)
