"""What is written down each day: arrays day x platform, in agents, events and cents."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.checks import short
from sim.copies import OneOfAKind
from sim.errors import ConfigError, DataError
from sim.metrics import metric_of, recorded


class Record(OneOfAKind):
    """The diary of a market.

    Attributes
    ----------
    n_days
        Days written so far.
    daily
        Metric to (days, platforms) array; integers stay integers.
    counted
        Functions of the market that work out what somebody added to the catalogue, by metric.
    cohorts
        (days, platforms, days) active users on a day by the day they were activated.
    segments
        (days, platforms, segments, 3) active users, clips and bought clips.
    """

    def __init__(self, n_days: int, n_platforms: int, n_segments: int) -> None:
        self.n_days = 0
        #: All metrics of a type stand in one array (metrics, days, P), whole numbers in the first,
        #: and a day is written to it at once.
        self.together: list[tuple[list[str], npt.NDArray[Any]]] = []
        rows: dict[str, npt.NDArray[Any]] = {}
        metrics = recorded()
        people = [f"daily.{one.name}" for one in metrics if one.scale == "people" and not one.count]
        self.of_cohorts = {one.name for one in metrics if one.of_cohort}
        self._never_negative = {*people, "cohorts", "segments"}
        self.counted = {one.name: one.count for one in metrics if one.count is not None}
        for plain, dtype in ((False, np.int64), (True, np.float64)):
            names = [
                one.name for one in metrics
                if (one.scale == "plain") is plain and not one.of_cohort
            ]  # fmt: skip
            array = np.zeros((len(names), n_days, n_platforms), dtype)
            self.together.append((names, array))
            rows.update(zip(names, array, strict=True))
        for name in self.of_cohorts:
            rows[name] = np.zeros((n_days, n_platforms), np.int64)
        self.daily = {one.name: rows[one.name] for one in metrics}
        self.cohorts = np.zeros((n_days, n_platforms, n_days), np.int32)
        self.segments = np.zeros((n_days, n_platforms, n_segments, 3), np.int64)

    def write(
        self,
        values: Mapping[str, Any],
        cohorts: npt.NDArray[Any],
        segments: npt.NDArray[Any],
    ) -> None:
        """Write one day.

        Raises
        ------
        ConfigError
            Unless every recorded metric is there, and no other.
        """
        if self.daily.keys() != values.keys():
            others = ", ".join(sorted(self.daily.keys() ^ values.keys()))
            raise ConfigError(
                f"metrics not recorded, or not declared: {short(others)}. Declare each with "
                "@metric, and write down every one that is declared."
            )
        day = self.n_days
        for names, array in self.together:
            # One flat row of numbers: a list of lists takes numpy half as long again.
            row = chain.from_iterable(values[name] for name in names)
            flat = np.fromiter(row, array.dtype, count=array.shape[0] * array.shape[2])
            array[:, day] = flat.reshape(array.shape[0], array.shape[2])
        for name in self.of_cohorts:
            self.daily[name] += np.transpose(values[name])
        self.cohorts[day] = cohorts
        self.segments[day] = segments
        self.n_days += 1

    def past(self, name: str) -> npt.NDArray[Any]:
        """Return (days so far, platforms) of one recorded metric."""
        return self.daily[name][: self.n_days]

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return the days written, as arrays by name."""
        n = self.n_days
        arrays = {f"daily.{name}": array[:n] for name, array in self.daily.items()}
        return {**arrays, "cohorts": self.cohorts[:n], "segments": self.segments[:n]}

    def restore(self, state: Mapping[str, npt.NDArray[Any]], day: int) -> None:
        """Take over the days of a saved record.

        Parameters
        ----------
        day
            So many days were lived.

        Raises
        ------
        DataError
            If other metrics were recorded, or other days.
        """
        saved = {name.removeprefix("daily.") for name in state if name.startswith("daily.")}
        if saved != self.daily.keys():
            other = sorted(saved ^ self.daily.keys())[0]
            raise DataError(
                f"metric {other!r} is recorded {'there' if other in saved else 'here'} and not "
                f"{'here' if other in saved else 'there'}. Import the files that add metrics first."
            )
        for name, array in self.state().items():
            found, shape = state[name], (day, *array.shape[1:])
            if found.shape != shape or found.dtype != array.dtype:
                raise DataError(
                    f"record of {name} is {found.dtype} {found.shape}: must be {array.dtype} "
                    f"{shape}, {day} days."
                )
            least = 0 if name in self._never_negative else -np.inf
            if np.any(found < least) or np.any(np.isinf(found)):
                raise DataError(f"record of {name} holds what cannot be counted.")
        self.n_days = n = day
        for name, array in self.daily.items():
            array[:n] = state[f"daily.{name}"]
        self.cohorts[:n] = state["cohorts"]
        self.segments[:n] = state["segments"]


def counted(name: str, values: npt.ArrayLike, n_platforms: int) -> npt.NDArray[Any]:
    """Return what somebody's own metric counted; ConfigError unless a number for each platform."""
    found = np.asarray(values)
    whole = metric_of(name).scale != "plain"
    if found.shape == (n_platforms,) and found.dtype.kind in "biuf":
        if not whole:
            return found
        counts = found.astype(np.int64) if np.isfinite(found).all() else None
        if counts is not None and np.array_equal(counts, found):
            return counts
    raise ConfigError(
        f"metric {name!r} counted {short(values)}: must be a {'whole ' if whole else ''}number "
        f"for each of the {n_platforms} platforms."
    )
