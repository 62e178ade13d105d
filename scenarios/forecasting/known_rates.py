"""What was published by a day, as rates: the only thing that the simple lines see."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.target_file import load_target_file
from scenarios.inputs.targets import Target, targets
from sim.metrics import metric_of

#: Metric of a target to that of a forecast, which it is the record of.
RECORD_OF: Mapping[str, str] = MappingProxyType({
    "installs": "installs",
    "packs_usd": "in_app_spend_usd",
    "daily_active": "daily_active",
    "clips": "clips",
    "compute_usd": "compute_usd",
})  # fmt: skip
#: Where Sora's clips and their cost are from: no count of them was ever published.
VINTAGE = "made_by_users"
#: Shorter spans are the rush of a launch, and no rate to go on with.
_FEWEST_DAYS = 4
#: The best day, and a jump between days, are no means a day.
_NO_RATE = ("peak", "jump")
_DAYS_OF_MONTH = 365.25 / 12.0
_EPOCH = dt.date(2025, 1, 1)


class Rate(NamedTuple):
    """A mean a day over some days, as published.

    Parameters
    ----------
    first, last
        Its days.
    log
        Log of the mean a day, in people, clips or USD of the pool.
    log_sd
        Standard deviation of its error.
    """

    first: dt.date
    last: dt.date
    log: float
    log_sd: float

    @property
    def month(self) -> float:
        """Its middle, in months since the beginning of 2025."""
        return (months_since(self.first) + months_since(self.last + dt.timedelta(days=1))) / 2.0


def months_since(date: dt.date) -> float:
    """Return the beginning of a day in months, of equal length, since the beginning of 2025."""
    return (date - _EPOCH).days / _DAYS_OF_MONTH


def known_rates(
    as_of: dt.date, inputs: Inputs | None = None, vintage: str = VINTAGE
) -> dict[tuple[str, str], tuple[Rate, ...]]:
    """Return what was known on a day, by platform and metric of a forecast, in order of time.

    The targets of a fit, so that lines and models see the same record. Totals since a launch
    become what came between them; one that is not above the one before says nothing.

    Parameters
    ----------
    vintage
        As of `scenarios.inputs.targets.targets`.
    """
    entries = load_target_file().targets
    found: dict[tuple[str, str], list[Target]] = {}
    for one in targets(inputs or load_inputs(), as_of, vintage):
        if one.metric in RECORD_OF and entries[one.id].reading not in _NO_RATE:
            found.setdefault((one.platform, RECORD_OF[one.metric]), []).append(one)
    rates = {key: _rates(some) for key, some in found.items()}
    return {key: some for key, some in rates.items() if some}


def _one_a_day(metric: str, platform: str, first: dt.date, last: dt.date) -> float:
    """Tell of a market in which one is counted each day."""
    is_sum = metric_of(metric).monthly == "sum"
    return (last - first).days + 1.0 if is_sum else 1.0


def _rates(some: list[Target]) -> tuple[Rate, ...]:
    """Return the rates of one metric."""
    found = []
    before: dict[dt.date, tuple[float, Target]] = {}
    for one in sorted(some, key=lambda target: (target.last, target.first)):
        # Days that a market of one a day would need to be published as this number.
        number = math.sqrt(one.low * one.high) / one.factor
        scale = one.read(_one_a_day)
        first, total = one.first, number
        is_sum = load_target_file().targets[one.id].reading != "daily_mean" and (
            metric_of(one.metric).monthly == "sum"
        )
        if is_sum and one.first in before:
            earlier, target = before[one.first]
            if number <= earlier or one.last <= target.last:
                continue
            first, total = target.last + dt.timedelta(days=1), number - earlier
            scale -= target.read(_one_a_day)
        if is_sum:
            before[one.first] = number, one
        if not is_sum or (one.last - first).days + 1 >= _FEWEST_DAYS:
            found.append(Rate(first, one.last, math.log(total / scale), one.log_sd))
    return tuple(sorted(found, key=lambda rate: rate.month))
