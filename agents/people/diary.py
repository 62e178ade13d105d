"""What a day came to, entered and written down by compiled code: books and record of a stretch.

In the words of `agents.people.measures` and `sim.record`: which number stands where is told by
tables that are made from these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.people.measures import COUNTED, MONTH_DAYS, MOVED, MOVEMENTS
from agents.platforms.evening import MEASURED
from agents.platforms.ledger import ENTRIES
from agents.platforms.platform_state import MONEY
from agents.tally import FED, LAST_USE, N_COUNTS, OFFSPRING, POSTED, USED
from sim.compiled import scalar
from sim.counts import CODES_USED, STATUSES, Count

_Ints = npt.NDArray[np.int64]

# A day of a platform in one row of integers: counts, stocks and totals, three more, and money.
_STOCKS = N_COUNTS
_MONTHLY = _STOCKS + MOVEMENTS.shape[1]
_CODES_USED, _CODES_LEFT = _MONTHLY + 1, _MONTHLY + 2
_MONEY = _CODES_LEFT + 1
N_WHOLE = _MONEY + len(ENTRIES) + 1
#: Place in that row of each recorded metric that is a whole number.
WHOLE_NUMBERS: dict[str, int] = {
    **COUNTED,
    **{name: _STOCKS + place for place, name in enumerate(STATUSES)},
    "subscribers": _STOCKS + MOVED.index("subscribers"),
    "monthly_active": _MONTHLY,
    "codes_used": _CODES_USED,
    "codes_left": _CODES_LEFT,
    **{metric: _MONEY + ENTRIES.index(entry) for entry, metric in MONEY},
    "cash_usd": _MONEY + len(ENTRIES),
}
#: The same of the others, in a row of their own.
MEASURES: dict[str, int] = {
    name: place for place, name in enumerate((*MEASURED, "reproduction_number"))
}
#: The one metric that is counted for the day on which people started.
OF_COHORT = "offspring_of_cohort"
_REPRODUCTION = MEASURES["reproduction_number"]
_ISSUED, _USED, _CREDIT = (MOVED.index(name) for name in ("codes_issued", "codes_used", "credit"))
_USED_COLUMNS = tuple(map(int, CODES_USED))


class Chronicle(NamedTuple):
    """Where a stretch of days is written: books, and record. P platforms, D days of the run."""

    moving: _Ints  # (P, stocks and totals)
    movements: _Ints  # (columns, stocks and totals), see `agents.people.measures`
    unaware_by_cell: _Ints  # (P, C)
    last_active: _Ints  # (P, D)
    fed: _Ints  # (P, D)
    offspring: _Ints  # (P, D)
    whole: _Ints  # (metrics, D, P) of the record
    whole_from: _Ints  # (metrics,) places in the row of whole numbers
    measured: npt.NDArray[np.float64]  # (metrics, D, P)
    measured_from: _Ints  # (metrics,)
    activations: _Ints  # (D, P) of the record
    of_cohort: _Ints  # (D, P)
    cohorts: npt.NDArray[np.int32]  # (D, P, D)
    segments: _Ints  # (D, P, segments, 3)


def places(names: Sequence[str], known: dict[str, int]) -> _Ints:
    """Return where metrics stand in a row; KeyError if one of them is not known here."""
    return np.array([known[name] for name in names], np.int64)


@scalar
def enter(diary, tally, terms):  # type: ignore[no-untyped-def]
    """Enter a day into the books, as `agents.people.measures.Books.add` does."""
    counts, by_day = tally.counts, tally.by_day
    n_days = diary.fed.shape[1]
    for p in range(counts.shape[0]):
        for column in range(counts.shape[1]):
            n = counts[p, column]
            if n != 0:
                for place in range(diary.moving.shape[1]):
                    diary.moving[p, place] += n * diary.movements[column, place]
        packs = terms[p].pack_clips
        diary.moving[p, _CREDIT] += counts[p, Count.PACKS] * packs
        for cell in range(diary.unaware_by_cell.shape[1]):
            diary.unaware_by_cell[p, cell] += tally.unaware_by_cell[p, cell]
        for day in range(n_days):
            diary.last_active[p, day] += by_day[LAST_USE, p, day]
            diary.fed[p, day] = by_day[FED, p, day]
            diary.offspring[p, day] += by_day[OFFSPRING, p, day]


@scalar
def write_down(diary, tally, p, day, money, row, told):  # type: ignore[no-untyped-def]
    """Write a platform's day into the record.

    Parameters
    ----------
    money
        (entries + 1,) cents, and cash.
    row
        (N_WHOLE,) room.
    told
        (measures,) what the platform told; the rest is written here.
    """
    counts, offspring = tally.counts[p], tally.by_day[OFFSPRING, p]
    for column in range(_STOCKS):
        row[column] = counts[column]
    for place in range(_MONTHLY - _STOCKS):
        row[_STOCKS + place] = diary.moving[p, place]
    row[_MONTHLY] = 0
    for last in range(max(day - MONTH_DAYS + 1, 0), day + 1):
        row[_MONTHLY] += diary.last_active[p, last]
    row[_CODES_USED] = 0
    for column in _USED_COLUMNS:
        row[_CODES_USED] += counts[column]
    row[_CODES_LEFT] = diary.moving[p, _ISSUED] - diary.moving[p, _USED]
    for entry in range(money.size):
        row[_MONEY + entry] = money[entry]
    number = 0.0
    for cohort in range(offspring.size):
        diary.of_cohort[cohort, p] += offspring[cohort]
        if offspring[cohort] != 0:
            number += offspring[cohort] / diary.activations[cohort, p]
        diary.cohorts[day, p, cohort] = tally.by_day[USED, p, cohort]
    told[_REPRODUCTION] = number
    for metric in range(diary.whole_from.size):
        diary.whole[metric, day, p] = row[diary.whole_from[metric]]
    for metric in range(diary.measured_from.size):
        diary.measured[metric, day, p] = told[diary.measured_from[metric]]
    for segment in range(tally.by_segment.shape[1]):
        for what in range(tally.by_segment.shape[2]):
            diary.segments[day, p, segment, what] = tally.by_segment[p, segment, what]


@scalar
def post(tally, posted):  # type: ignore[no-untyped-def]
    """Add the codes that users made public to those that nobody took yet, (P, D)."""
    for p in range(posted.shape[0]):
        for day in range(posted.shape[1]):
            posted[p, day] += tally.by_day[POSTED, p, day]
