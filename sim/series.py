"""One metric of a run, as people who know pandas take hold of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import NoSuchNameError, unknown_name
from sim.metrics import Metric

if TYPE_CHECKING:
    from sim.results import Results


@dataclass(frozen=True)
class Series:
    """One metric, a column per platform.

    What a `pandas.DataFrame` can do, it can do too: ``results.installs.loc["2025-10"]``,
    ``.tail()``, ``.resample("W").sum()``, ``np.asarray(results.installs)``.

    Parameters
    ----------
    metric
        From the catalogue.
    frame
        Index of dates, a column per platform, in people or USD.
    results
        What it was taken from.
    """

    metric: Metric
    frame: pd.DataFrame
    results: Results

    def plot(self, ax: Any = None) -> Any:
        """Draw the metric: dates, unit, one fixed color per platform; return the axes."""
        from sim.report.charts import plot_metric

        return plot_metric(self.results, self.metric.name, ax)

    def __getitem__(self, key: Any) -> Any:
        """Return one platform, as a series of pandas; or whatever a frame gives for a key."""
        if isinstance(key, str) and key not in self.frame:
            raise unknown_name("platform", key, self.frame.columns)
        return self.frame[key]

    def __getattr__(self, name: str) -> Any:
        """Return what the frame has of that name."""
        if name.startswith("_") or not hasattr(self.frame, name):
            raise NoSuchNameError(
                f"{self.metric.name}: neither a metric of a run nor a pandas frame has {name!r}. "
                f"Its frame is .frame, a platform's days are [{self.frame.columns[0]!r}]."
            )
        return getattr(self.frame, name)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Return (days, platforms)."""
        values = self.frame.to_numpy(dtype, copy=bool(copy))
        return np.asarray(values)

    def __len__(self) -> int:
        return len(self.frame)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.frame)

    def __repr__(self) -> str:
        return f"{self.metric.name} [{self.metric.unit}]: {self.metric.text}\n{self.frame}"

    def _repr_html_(self) -> str:
        return f"<b>{self.metric.name}</b> [{self.metric.unit}]" + self.frame.to_html(max_rows=10)
