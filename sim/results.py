"""What a run came to, in people and USD: tidy frames, tables by month, cohorts, one-call charts."""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.checks import chosen, names_in, whole_from
from sim.cohorts import RETENTION_DAYS, retention
from sim.config import parse_date
from sim.errors import ConfigError, NoSuchNameError
from sim.files import write_aside, write_text_aside
from sim.formulas import Array
from sim.given import path_of
from sim.market_config import MAX_DAYS
from sim.metrics import CATALOGUE, metric_of
from sim.periods import PERIODS, TABLE, by_day, by_period, over_span
from sim.provenance import manifest
from sim.scenario import Scenario
from sim.series import Series

if TYPE_CHECKING:
    from sim.fact_point import FactPoint
    from sim.interventions import Change
    from sim.market import Market


@dataclass(frozen=True)
class Results:
    """Results of a run.

    Parameters
    ----------
    scenario
        What was run.
    arrays
        Recorded metric to (days, platforms), in agents, events and cents.
    cohort_counts
        (days, platforms, days) active agents by day of activation.
    segment_counts
        (days, platforms, segments, 3) active agents, clips, bought clips.
    log
        Changes of terms by events and strategies.
    manifest
        What ties the results to code, data, graph and seed.
    """

    scenario: Scenario
    arrays: Mapping[str, npt.NDArray[Any]]
    cohort_counts: npt.NDArray[np.int32]
    segment_counts: npt.NDArray[np.int64]
    log: tuple[Change, ...]
    manifest: Mapping[str, Any]

    @classmethod
    def of(cls, market: Market) -> Results:
        """Take the results of a market so far; the arrays are copies."""
        n = market.record.n_days
        return cls(
            scenario=market.scenario_config,
            arrays={name: array[:n].copy() for name, array in market.record.daily.items()},
            cohort_counts=market.record.cohorts[:n, :, :n].copy(),
            segment_counts=market.record.segments[:n].copy(),
            log=tuple(market.calendar.log),
            manifest=manifest(market),
        )

    @property
    def n_days(self) -> int:
        """Days lived."""
        return int(self.cohort_counts.shape[0])

    @property
    def platforms(self) -> tuple[str, ...]:
        """Names of the platforms, alphabetical."""
        return tuple(self.scenario.platforms)

    @property
    def weight(self) -> float:
        """People per agent."""
        return self.scenario.market.weight

    @cached_property
    def dates(self) -> pd.DatetimeIndex:
        """Dates of the days."""
        return pd.date_range(self.scenario.market.start, periods=self.n_days, name="date")

    def array(self, name: str) -> Array:
        """Return (days, platforms) of a metric, in people or USD."""
        return by_day(name, self.arrays.__getitem__, self.weight)

    def __getitem__(self, name: str) -> Series:
        """Return a metric by name."""
        frame = pd.DataFrame(self.array(name), index=self.dates, columns=list(self.platforms))
        return Series(metric_of(name), frame, self)

    @property
    def cash(self) -> Series:
        """Cash, USD."""
        return self["cash_usd"]

    @property
    def share(self) -> Series:
        """Each platform's part of all daily users."""
        return self["share_active"]

    @cached_property
    def daily(self) -> pd.DataFrame:
        """One row per date and platform, one column per metric, in people and USD."""
        data: dict[str, Any] = {
            "date": np.repeat(self.dates.to_numpy(), len(self.platforms)),
            "platform": np.tile(np.array(self.platforms, dtype=object), self.n_days),
        }
        data.update({name: self.array(name).ravel() for name in CATALOGUE})
        return pd.DataFrame(data)

    def table(self, by: str = "month", metrics: tuple[str, ...] = TABLE) -> pd.DataFrame:
        """Return metrics by period: flows summed, stocks at the end, ratios of the period's sums.

        Parameters
        ----------
        by
            "day", "week" or "month".
        metrics
            Names from the catalogue.

        Returns
        -------
        DataFrame
            Index (platform, period), a column per metric.
        """
        periods = self.dates.to_period(PERIODS[chosen("period", by, PERIODS)])
        groups, labels = pd.factorize(periods)
        names = names_in("metrics", metrics)
        columns = {name: by_period(name, self.array, groups, len(labels)) for name in names}
        index = pd.MultiIndex.from_product([self.platforms, labels], names=["platform", by])
        return pd.DataFrame({n: a.T.ravel() for n, a in columns.items()}, index=index)

    def cohorts(self, days: tuple[int, ...] = RETENTION_DAYS) -> pd.DataFrame:
        """Return retention and k-factor by weekly cohort (see `sim.cohorts.retention`).

        Raises
        ------
        ConfigError
            If the cohorts were not kept.
        """
        if self.cohort_counts.shape[2] < self.n_days:
            raise ConfigError("cohorts were not kept. Ask for them: ensemble(keep_cohorts=True).")
        ages = tuple(whole_from("days", day, 0, MAX_DAYS) for day in names_in("days", days))
        first = self.scenario.market.report_from or self.scenario.market.start
        return retention(
            self.cohort_counts * self.weight,
            self.dates,
            self.platforms,
            self.array("offspring_of_cohort"),
            self.scenario.market.day(first),
            ages,
        )

    def segments(self) -> pd.DataFrame:
        """Return daily users, clips and bought clips by date, platform and segment, in people.

        Raises
        ------
        ConfigError
            If the segments were not kept.
        """
        names = list(self.scenario.market.segments)
        if self.segment_counts.shape[2] < len(names):
            raise ConfigError("segments were not kept. Run it without a store, or by itself.")
        index = pd.MultiIndex.from_product(
            [self.dates, self.platforms, names], names=["date", "platform", "segment"]
        )
        data = self.segment_counts.reshape(-1, 3) * self.weight
        return pd.DataFrame(data, index=index, columns=["daily_active", "clips", "clips_pack"])

    def changes(self) -> pd.DataFrame:
        """Return the log: every change of terms, by event or strategy."""
        frame = pd.DataFrame(
            [change._asdict() for change in self.log],
            columns=["day", "platform", "cause", "field", "before", "after"],
        )
        frame.insert(0, "date", [self.scenario.market.date(day) for day in frame["day"]])
        return frame

    def at(self, date: dt.date | str, name: str, platform: str) -> float:
        """Return a metric on one date.

        Raises
        ------
        ConfigError
            If there is no such day.
        """
        p = self.platforms.index(chosen("platform", platform, self.platforms))
        return float(self.array(name)[self._day(date, "date"), p])

    def total(
        self, name: str, since: dt.date | str | None = None, date: dt.date | str | None = None
    ) -> Array:
        """Return (platforms,): a metric over a span of days, by its own rule.

        As in `table`: flows are summed, stocks taken on the last day, means averaged, ratios formed
        of the span's sums.

        Parameters
        ----------
        since, date
            First and last day of the span; by default those of the run.

        Raises
        ------
        ConfigError
            If a date lies outside the run, or the last day before the first.
        """
        first = 0 if since is None else self._day(since, "since")
        last = self.n_days - 1 if date is None else self._day(date, "date")
        if last < first:
            raise ConfigError(f"since {since} is after {date}: give the first day, then the last.")
        return over_span(name, self.array, first, last)

    def _day(self, date: dt.date | str, what: str) -> int:
        """Return the index of a day of the run."""
        day = self.scenario.market.day(parse_date(date, what))
        if not 0 <= day < self.n_days:
            raise ConfigError(f"{what} {date}: must lie from {self._span or 'a day lived'}.")
        return day

    @property
    def _span(self) -> str:
        return f"{self.dates[0].date()} to {self.dates[-1].date()}" if self.n_days else ""

    def without_cohorts(self) -> Results:
        """Return the same results without the cohorts, which take the most memory by far."""
        return replace(self, cohort_counts=self.cohort_counts[:, :, :0].copy())

    def __getattr__(self, name: str) -> Series:
        """Return a metric by name, as if it were an attribute."""
        if name in CATALOGUE:
            return self[name]
        close = difflib.get_close_matches(name, [*CATALOGUE, *dir(type(self))], 1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise NoSuchNameError(
            f"results have no {name!r}.{hint} Metrics go by name: results['clips']; days of all "
            "are results.daily."
        )

    def plot(
        self, metric: str | None = None, ax: Any = None, facts: Sequence[FactPoint] = ()
    ) -> Any:
        """Draw one metric and return its axes; without a name all: eight panels, as a figure.

        Parameters
        ----------
        metric
            From the catalogue.
        facts
            Dots of the overview.
        """
        from sim.report.charts import overview

        return overview(self, facts) if metric is None else self[metric].plot(ax)

    def save(self, folder: str | Path, facts: Sequence[FactPoint] = ()) -> Path:
        """Write daily.parquet, monthly.csv, manifest.json and chart.png, each whole or not."""
        folder = path_of(folder)
        from sim.report.style import write_chart

        text = json.dumps(self.manifest, indent=2, default=str) + "\n"
        daily = partial(self.daily.to_parquet, index=False, write_page_checksum=True)
        write_aside(folder / "daily.parquet", daily)
        write_aside(folder / "monthly.csv", lambda p: self.table("month").to_csv(p))
        write_chart(self.plot(facts=facts), folder / "chart.png")
        write_text_aside(folder / "manifest.json", text)
        return folder

    def __repr__(self) -> str:
        return (
            f"<Results {self.scenario.name} · {self._span or '–'} · {', '.join(self.platforms)}"
            f" · {self.scenario.market.n_users:,} users x {self.weight:g} people>"
        )
