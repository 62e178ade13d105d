"""Evenings of platforms in compiled code: the day's books in cents, and what is felt tomorrow."""

from __future__ import annotations

import numpy as np

from agents.platforms.day_book import BOOK_LINES, day_lines, made
from agents.platforms.exposure import chart_after, views_per_person
from agents.platforms.ledger import ENTRIES
from agents.platforms.rounding import exact_cents
from agents.platforms.unit_cost import gpu_hours, usd_of_clip
from sim.compiled import scalar
from sim.counts import Count

#: What a platform knows between two days, and tells of one.
COMPANY = np.dtype(
    [
        ("cash", np.int64),  # cents
        ("codes", np.int64),  # of the company's own, that nobody took yet
        ("codes_issued", np.int64),
        ("entitlement", np.float64),  # agents' worth of codes so far
        ("clips_made", np.float64),  # people's
        ("feed_views", np.float64),
        ("chart", np.float64),
        ("congestion", np.float64),
        ("missed", np.float64),  # by paid media
        ("owner_loss_usd", np.float64),
    ],
    align=True,
)
#: What a platform records of a day that is no whole number.
MEASURED = (
    "unit_cost_usd", "unit_gpu_minutes", "gpu_hour_usd", "gpu_hours", "utilization",
    "wanted_over_capacity", "congestion", "owner_loss_usd", "feed_views", "paid_reach_missed",
)  # fmt: skip
_COLUMNS = tuple(ENTRIES.index(entry) for entry in BOOK_LINES)
_SIGNS = tuple(int(entry.sign) for entry in ENTRIES)
_CASH = len(ENTRIES)
#: Amounts beyond are left to Python, whose numbers know no bound: cents, and USD.
_MOST, _MOST_USD = 2**62, 2.0**53
_NOT_BOOKED = -(2**62)


@scalar
def booked(usd):  # type: ignore[no-untyped-def]
    """Return cents, or what says that Python must look at it."""
    if not 0.0 <= usd < _MOST_USD:
        return _NOT_BOOKED
    return exact_cents(usd)


@scalar
def book(terms, count, weight, unit, is_up, cash, money):  # type: ignore[no-untyped-def]
    """Book a day of a platform; False, and nothing that counts, where an amount is out of bounds.

    Parameters
    ----------
    unit
        (2,) GPU-minutes of a clip, USD of an hour of them.
    cash
        Of last night, cents.
    money
        (entries + 1,) what the day has booked so far; then cash. Written.
    """
    lines = day_lines(terms, count, weight, usd_of_clip(unit[0], unit[1]), is_up, booked)
    moved = abs(float(cash))
    for entry in range(_CASH):
        moved += float(money[entry])
    for i in range(len(_COLUMNS)):
        moved += float(lines[i])
        if not 0 <= lines[i] < _MOST:
            return False
    if not moved < _MOST:
        return False
    for i in range(len(_COLUMNS)):
        money[_COLUMNS[i]] += lines[i]
    money[_CASH] = cash
    for entry in range(_CASH):
        money[_CASH] += _SIGNS[entry] * money[entry]
    return True


@scalar
def close_books(terms, count, weight, n_users, unit, company, cash, told):  # type: ignore[no-untyped-def]
    """Let a platform that no capacity limits know what the day was, and write its measures.

    Parameters
    ----------
    company
        (1,) record, written.
    cash
        Of tonight.
    told
        (measures,) written, see `MEASURED`.
    """
    me = company[0]
    clips = float(made(count)) * weight
    me.cash = cash
    me.clips_made += clips
    me.feed_views = views_per_person(count[Count.SHARES_FEED], terms.views_per_share, n_users)
    me.chart = chart_after(me.chart, count[Count.INSTALLS] * weight, terms.chart_memory_days)
    told[0] = usd_of_clip(unit[0], unit[1])
    told[1], told[2] = unit[0], unit[1]
    told[3] = gpu_hours(clips, unit[0])
    told[4] = told[5] = 0.0
    told[6], told[7], told[8], told[9] = me.congestion, me.owner_loss_usd, me.feed_views, me.missed
    # Nothing limits it, so tomorrow is not crowded; and ads are made as loud each morning.
    me.congestion, me.missed = 1.0, 0.0
