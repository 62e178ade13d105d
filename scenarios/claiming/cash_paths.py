"""Cash against time in markets that agree with what was published: when it runs out, if it does.

Nothing a market does hangs on its cash (a rule that stops it is a strategy of its own), so what is
spent is the same whatever the owner puts in, and any purse can be read off it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from scenarios.claiming.checking import Fitted
from scenarios.claiming.kept_markets import KeptMarkets
from scenarios.fitting.posterior import Posterior
from sim.checks import chosen
from sim.formulas import Array, burn_of_owner_loss
from sim.results import Results

#: Days at the end of a run whose mean burn goes on after it.
PACE_DAYS = 28
#: Whoever lasts longer than this many years after the run is taken to last for good.
_MOST_YEARS = 100
_KEPT = ("cash_usd", "burn_usd", "owner_loss_usd")


def cash_of(results: Results, platform: str) -> Array:
    """Return one row of a run: cash, burn and the owner's loss of each day, one after another."""
    p = results.platforms.index(platform)
    return np.concatenate([results.array(name)[:, p] for name in _KEPT])


def reading_of_cash(platform: str) -> Callable[[Results], Array]:
    """Return what makes rows of `cash_of`, as a worker takes it."""
    return partial(cash_of, platform=platform)


@dataclass(frozen=True)
class CashPaths:
    """Cash of fitted markets by day.

    Parameters
    ----------
    first, launch
        Day of the first column, and of the platform's launch.
    draws
        (n,) of the posterior.
    cash, burn, loss
        (n, days) cash in the evening, what goes out, and what the whole company loses, in USD.
    """

    first: dt.date
    launch: dt.date
    draws: npt.NDArray[np.int64]
    cash: Array
    burn: Array
    loss: Array

    @classmethod
    def of(cls, posterior: Posterior, markets: KeptMarkets, n: int, platform: str) -> CashPaths:
        """Run so many draws.

        Raises
        ------
        UnknownNameError
            If there is no such platform.
        """
        chosen("platform", platform, markets.inputs.platforms)
        fitted = Fitted.of(posterior, markets, n)
        drawn = fitted.markets(markets)
        rows = markets.rows(drawn, reading_of_cash(platform), "fitted markets")
        known = np.isfinite(rows).all(axis=1)
        cash, burn, loss = np.split(rows[known], len(_KEPT), axis=1)
        market, config = drawn[0].market, drawn[0].platforms[platform]
        launch = max(config.launch, market.start)
        return cls(market.start, launch, fitted.draws[known], cash, burn, loss)

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Days of the columns."""
        return pd.date_range(self.first, periods=self.cash.shape[1])

    @property
    def last(self) -> dt.date:
        """Last day of the runs."""
        return self.first + dt.timedelta(days=self.cash.shape[1] - 1)

    @property
    def opening(self) -> Array:
        """(n,) cash on the morning of the first day."""
        return np.asarray(self.cash[:, 0] + self.burn[:, 0])

    @property
    def spent(self) -> Array:
        """(n, days) gone by the evening of each day."""
        return np.asarray(self.opening[:, None] - self.cash)

    def days_left(self, purse: Array | float | None = None) -> Array:
        """Return (n,) days from the first until cash is gone; infinite where it never is.

        After the run, the mean burn of its last days goes on.

        Parameters
        ----------
        purse
            What each owner puts in, instead of what was drawn.
        """
        purses = np.broadcast_to(self.opening if purse is None else purse, self.opening.shape)
        spent = self.spent
        gone = spent >= purses[:, None]
        pace = self.burn[:, -PACE_DAYS:].mean(axis=1)
        left = purses - spent[:, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            after = spent.shape[1] - 1 + np.where(pace > 0.0, left / pace, np.inf)
        found = np.where(gone.any(axis=1), gone.argmax(axis=1).astype(float), after)
        return np.where(found > spent.shape[1] + 365.0 * _MOST_YEARS, np.inf, found)

    def is_gone(self, purse: Array | float | None = None) -> Array:
        """Return (n,) whether cash is gone by the last day of the runs."""
        return np.asarray(self.days_left(purse) < self.cash.shape[1])

    def date_of(self, days: float) -> dt.date | None:
        """Return the date so many days after the first; None if that is never."""
        return self.first + dt.timedelta(days=int(days)) if np.isfinite(days) else None

    def of_loss(self, since: dt.date, until: dt.date) -> Array:
        """Return (n,) burn over the loss of the whole company between two days, both included."""
        first, last = ((one - self.first).days for one in (since, until))
        sums = {
            name: paths[:, first : last + 1].sum(axis=1)
            for name, paths in (("burn_usd", self.burn), ("owner_loss_usd", self.loss))
        }
        return burn_of_owner_loss(sums.__getitem__)

    def quarters(self) -> list[tuple[str, dt.date, dt.date]]:
        """Return name, first and last day of each quarter of the year since the launch."""
        every = pd.period_range(self.first, self.last, freq="Q")
        return [
            (str(one), one.start_time.date(), one.end_time.date())
            for one in every
            if one.start_time.date() >= self.launch and one.end_time.date() <= self.last
        ]

    def table(self) -> pd.DataFrame:
        """Return a row for each draw: cash at both ends, when it is gone, shares of the loss."""
        days = self.days_left()
        frame = pd.DataFrame({
            "draw": self.draws, "opening_usd": self.opening, "left_usd": self.cash[:, -1],
            "spent_usd": self.spent[:, -1], "days_left": days,
            "gone_on": [str(self.date_of(one) or "") for one in days],
        })  # fmt: skip
        for name, since, until in self.quarters():
            frame[f"of_loss_{name}"] = self.of_loss(since, until)
        return frame
