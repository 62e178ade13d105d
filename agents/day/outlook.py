"""What is known of the days to come as long as no terms change: calendar, news that fades, cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.day.terms import freshened_to
from agents.platforms.exposure import interest_hazard, opening_pulses, press_hazard
from agents.platforms.unit_cost import unit_costs

if TYPE_CHECKING:
    from agents.day.morning import Morning
    from agents.platforms.exposure import Presence
    from agents.platforms.platform import Platform
    from sim.market import Market
    from sim.platform_config import PlatformConfig

_Floats = npt.NDArray[np.float64]


class DaysAhead(NamedTuple):
    """What is known ahead of D days, of P platforms, C cells, S surfaces, K days of opening."""

    is_up: npt.NDArray[np.bool_]  # (D, P) launched, and running
    press: _Floats  # (D, P) hazard
    interest: _Floats  # (D, P)
    pulses: _Floats  # (D, P, K) hazard of the news of access, by the day on which it opened
    season: _Floats  # (D,) news of the day against that of any
    rel_visits: _Floats  # (D,) visits, likewise
    users: _Floats  # (D, S) of each surface, over those of its last date, times the season
    freshened: _Floats  # (D, P) what freshening leaves of visits at least
    unit: _Floats  # (D, P, 2) GPU-minutes of a clip, USD of an hour of them
    news: _Floats  # (P, C) how much of the news reaches people
    open: npt.NDArray[np.bool_]  # (P, C)
    opening: npt.NDArray[np.int64]  # (P, C) which of the K days it was
    owned: _Floats  # (P, S, C) hazard on own surfaces
    carrying: npt.NDArray[np.int64]  # (P, S) those on which anybody meets the platform, then -1
    fading: _Floats  # (P, ages) e^{-n/τ_v}
    part: _Floats  # (P, kinds) part of a newcomer's wish that is served; NaN where it is no matter
    kind: npt.NDArray[np.int64]  # (P, C) kind of newcomer


class Foresight:
    """Makes the `DaysAhead` of a stretch; what follows from access is laid out once.

    Parameters
    ----------
    platforms
        In the order in which they stand in arrays.
    """

    def __init__(self, market: Market, platforms: Sequence[Platform], morning: Morning) -> None:
        self._market = market
        self._platforms = platforms
        self._morning = morning
        self._laid_out_of: list[Presence] = []
        self._laid_out: tuple[Any, ...] = ()

    def outlook(self, n_days: int) -> DaysAhead:
        """Return what is known of today and the days after it."""
        config, platforms = self._market.config, self._platforms
        days = range(self._market.day, self._market.day + n_days)
        dates = [config.date(day) for day in days]
        season = np.array([config.rel_exposure(day) for day in days])
        users = np.array([config.users_of_surfaces(day) for day in days])
        told = [self._told(one, days) for one in platforms]
        parts, kinds = zip(*self._morning.newcomers(), strict=True)
        known = DaysAhead(
            is_up=np.array([[age >= 0 and p.terms.running for age in self._ages(p, days)]
                            for p in platforms]).T,
            press=np.array([press for press, _, _ in told]).T * season[:, None],
            interest=np.array([interest for _, interest, _ in told]).T * season[:, None],
            pulses=_side_by_side([pulses for _, _, pulses in told], 0.0).swapaxes(0, 1)
            * season[:, None, None],
            season=season,
            rel_visits=np.array([config.rel_visits(day) for day in days]),
            users=users * season[:, None],
            freshened=np.array([[freshened_to(p.terms, date) for p in platforms]
                                for date in dates]),
            unit=np.array([_unit(p, days) for p in platforms]).swapaxes(0, 1),
            fading=self._morning.fading,
            part=_side_by_side([np.array(part or [np.nan]) for part in parts], np.nan),
            kind=np.array(kinds),
            **dict(zip(_OF_ACCESS, self._of_access(), strict=True)),
        )  # fmt: skip
        # Of one layout, whatever the number of days: compiled code is made for that.
        arrays: Any = map(np.ascontiguousarray, known)
        return DaysAhead(*arrays)

    def _ages(self, platform: Platform, days: range) -> range:
        launch = self._market.config.day(platform.terms.launch)
        return range(days.start - launch, days.stop - launch)

    def _told(self, platform: Platform, days: range) -> tuple[list[float], list[float], _Floats]:
        """Return, by day, hazards of press and interest, and (days, K) of news of access."""
        terms, opened = platform.terms, platform.presence.opened
        ages = self._ages(platform, days)
        known = [max(age, 0) for age in ages]  # before launch nothing is told
        launch = days.start - ages.start
        pulses = [opening_pulses(terms, opened, launch, day) for day in days]
        return (
            [press_hazard(terms, age) for age in known],
            [interest_hazard(terms, age) for age in known],
            np.array(pulses),
        )

    def _of_access(self) -> tuple[Any, ...]:
        """Return, in the order of `_OF_ACCESS`, what holds until access or terms change."""
        here = [one.presence for one in self._platforms]
        if len(here) != len(self._laid_out_of) or any(
            mine is not known for mine, known in zip(here, self._laid_out_of, strict=True)
        ):
            self._laid_out_of = here
            n_surfaces = here[0].owned.shape[0]
            carrying = np.full((len(here), n_surfaces), -1)
            for p, one in enumerate(here):
                carrying[p, : one.carrying.size] = one.carrying
            self._laid_out = (
                np.array([one.rel_awareness for one in self._platforms]),
                np.array([one.open for one in here]),
                np.array([one.opening for one in here]),
                np.array([one.owned for one in here]),
                carrying,
            )
        return self._laid_out


_OF_ACCESS = ("news", "open", "opening", "owned", "carrying")


def _unit(platform: Platform, days: range) -> _Floats:
    """Return (days, 2) what a clip takes; of today alone where it is learned by making them."""
    terms: PlatformConfig = platform.terms
    if terms.learning == "wright":
        return np.array([platform.unit_cost])
    observed = platform.market.config.day(terms.cost_date or terms.launch)
    return unit_costs(terms, np.arange(days.start, days.stop, dtype=float) - observed)


def _side_by_side(parts: Sequence[_Floats], blank: float) -> Any:
    """Return arrays that differ in the length of their last axis as one."""
    width = max(part.shape[-1] for part in parts)
    whole = np.full((len(parts), *parts[0].shape[:-1], width), blank)
    for mine, part in zip(whole, parts, strict=True):
        mine[..., : part.shape[-1]] = part
    return whole
