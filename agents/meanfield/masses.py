"""Where people stand, as masses, and what is remembered of yesterday. All counts are in agents."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.meanfield.ages import N_GROUPS
from agents.meanfield.lookups import N_TIERS
from agents.state import CELL_CAUSES
from agents.tally import N_COUNTS
from sim.counts import Cause, Status

Floats = npt.NDArray[np.float64]


class Masses(NamedTuple):
    """People by point and status; a platform's sum to the number of agents each night.

    Those who use a platform stand by the traits of use (`active` and all below it), the others by
    those of coming; `there` and `lost` have the users once more, by these.
    """

    unaware: Floats  # (P, N)
    aware: Floats  # (P, N) without those who wait for access
    pent: Floats  # (P, N) aware, and waiting for access
    lapsed: Floats  # (P, N) part of the aware who have installed before, and gave up
    waiting: Floats  # (P, N)
    lost: Floats  # (P, N) have left, without those who did last night
    resting: Floats  # (P, N) who left last night
    active: Floats  # (P, N, T, G)
    there: Floats  # (P, N) the active, by the traits with which they came
    used: Floats  # (P, N) the active, in all
    left: Floats  # (P, N) those who have left, by traits of use
    paid: Floats  # (P, N) part of the active who have ever paid
    credit: Floats  # (P, N, S) part of the active by clips left in a pack

    @classmethod
    def at_start(cls, n_platforms: int, weight: Floats, pack_clips: int) -> Masses:
        """Return everybody unaware.

        Parameters
        ----------
        weight
            (N,) agents for whom each point stands.
        """
        shape = n_platforms, weight.size
        unaware, *others = (np.zeros(shape) for _ in range(7))
        unaware[:] = weight
        credit = np.zeros((*shape, pack_clips))
        credit[:, :, 0] = 1.0
        active = np.zeros((*shape, N_TIERS, N_GROUPS))
        of_users = [np.zeros(shape) for _ in range(4)]
        return cls(*[unaware, *others, active, *of_users, credit])


class Notes(NamedTuple):
    """What is known of each platform as a whole, as of last night."""

    present: Floats  # (P,) share of the pool that was there in the course of yesterday
    stayed: Floats  # (P,) ... and did not leave at night
    gone: Floats  # (P,) share that has left
    sent: Floats  # (P,) clips to friends yesterday, for each agent
    feed_views: Floats  # (P,) views on the outside feed yesterday, per person
    coming: Floats  # (P,) part of those present that came yesterday
    fresh: Floats  # (P,) clips for each daily user yesterday, at most 1
    chart: Floats  # (P,) installs a day, people, as the store's chart averages them
    paying: Floats  # (P,) share that holds a plan
    pool: Floats  # (P,) public codes
    ready: Floats  # (P,) codes on offer to friends
    in_hand: Floats  # (P, days) codes not passed on yet, by day of activation
    waiting_by_cause: Floats  # (P, causes) what led those who wait to install
    pent_by_cause: Floats  # (P, causes) where those who wait for access heard
    plans: Floats  # (P, 2, days) plans and high plans held, by the day they were taken
    scratch: Floats  # (S,) room for credit while it moves

    @classmethod
    def blank(cls, n_platforms: int, n_days: int, pack_clips: int) -> Notes:
        """Return what is known before the first day."""
        p, by_cause = n_platforms, (n_platforms, len(Cause))
        shapes: tuple[Any, ...] = ((p, n_days), by_cause, by_cause, (p, 2, n_days), pack_clips)
        return cls(*[np.zeros(p) for _ in range(11)], *[np.zeros(shape) for shape in shapes])


class News(NamedTuple):
    """What is told to people on each of some days: D days, C cells."""

    hazards: Floats  # (D, causes, P, C) but for feed, chart and friends, which hang on yesterday
    chart: Floats  # (D, P, C) what the store's chart is multiplied by where it is seen
    visits: Floats  # (D,) visits of the calendar
    visiting: Floats  # (D, P, G) what is left of visits by age
    served: Floats  # (P, kinds) share of a newcomer's wish that is served; NaN: no matter
    kind: npt.NDArray[np.int64]  # (P, C) of which kind the newcomers of a cell are
    form: int  # of contagion
    kind_of_use: npt.NDArray[np.int64]  # (P, N) segment and tier: who starts is one of his kind
    degree: float  # friends of each
    people: float  # people per agent


class Lived(NamedTuple):
    """What is counted of each of some days."""

    counts: Floats  # (D, P, N_COUNTS) as `agents.tally.Tally.counts`
    stocks: Floats  # (D, P, statuses) at night
    subscribers: Floats  # (D, P)
    by_segment: Floats  # (D, P, segments, 3)
    feed_views: Floats  # (D, P)

    @classmethod
    def blank(cls, n_days: int, n_platforms: int, n_segments: int) -> Lived:
        """Return room for some days."""
        shape = n_days, n_platforms
        return cls(
            np.zeros((*shape, N_COUNTS)), np.zeros((*shape, len(Status))), np.zeros(shape),
            np.zeros((*shape, n_segments, 3)), np.zeros(shape),
        )  # fmt: skip


#: Cause of each row of hazards, as compiled code has it.
CAUSE_OF_ROW = np.array([int(cause) for cause in CELL_CAUSES])
