"""A public number beside a simulated one: what scenarios and results hand to the charts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class FactPoint:
    """A public number to be drawn beside a simulated one.

    Parameters
    ----------
    metric, platform
        What it measures.
    date_start, date_end
        Days it covers; a flow is given as its mean per day.
    value, low, high
        Number and range, in the unit of the metric.
    label
        Fact id, and anything that must be said with it.
    """

    metric: str
    platform: str
    date_start: dt.date
    date_end: dt.date
    value: float
    low: float
    high: float
    label: str
