"""How loud ads must be to bring the installs that were paid for, knowing who is there today.

A budget buys installs, not views: whoever sells ads goes on until so many have installed. So their
hazard h solves, over the people who have access and have not heard of the platform,

    Σ p·(1 - e^-x)·h/x = installs paid for,   x = h + other news + friends who share,

with p the chance that somebody installs what he notices, friends there included. The sums are of
integers, so that no order of people or threads changes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from agents.day import choice, rules
from agents.day.world import World
from agents.platforms.media import Campaign
from sim.compiled import kernel
from sim.counts import Status
from sim.execution import Execution

_Floats = npt.NDArray[np.float64]

#: A chance of 1 as an integer; the sum over all people that can be fits 64 bits.
_ONE = 2**32
#: People are gathered by what they hear from friends, g: at even steps of g/(1 + g), each between
#: the two next to him, which keeps the mean; what is neglected is below a thousandth.
_STEPS = 32
FROM_FRIENDS = np.append(np.arange(_STEPS) / (_STEPS - np.arange(_STEPS)), 1e12)
#: Relative precision of what is brought.
_EXACT = 1e-9


def buy(
    w: World, p: int, campaign: Campaign, most: float, execution: Execution
) -> tuple[_Floats, float]:
    """Return (C,) the hazard of a platform's ads today, and paid-for installs that nobody makes.

    Parameters
    ----------
    w
        The world of today, without these ads.
    most
        Hazard of the attention budget: ads cannot be louder than that.
    """

    def look(_: int, first: int, last: int) -> npt.NDArray[np.int64]:
        sums = np.zeros((w.kinds.size, _STEPS + 1), np.int64)
        add_chances(w, p, campaign.audience, first, last, sums)
        return sums

    chances = sum(execution.spread(w.cell.size, look)) / _ONE
    return loud_enough(w.reach[p].hazard_unaware, chances, campaign, most)


def loud_enough(
    other: _Floats, chances: _Floats, campaign: Campaign, most: float
) -> tuple[_Floats, float]:
    """Return what `buy` returns, knowing who would install what he notices.

    Parameters
    ----------
    other
        (C,) hazard of all other news.
    chances
        (C, steps) sums of chances to install, by what people hear from friends; see `FROM_FRIENDS`.
    """
    hazard = np.zeros(other.size)
    missed = 0.0
    for kind, installs in enumerate(campaign.installs):
        theirs = campaign.audience == kind
        # Most cells hear the same: those are one.
        news, alike = np.unique(other[theirs], return_inverse=True)
        gathered = np.zeros((news.size, _STEPS + 1))
        np.add.at(gathered, alike, chances[theirs])
        heard = news[:, None] + FROM_FRIENDS
        hazard[theirs], nobodys = _loudness(float(installs), gathered, heard, most)
        missed += nobodys
    return hazard, missed


def _loudness(installs: float, chances: Any, heard: Any, most: float) -> tuple[float, float]:
    """Return the hazard that brings so many installs, at most ``most``, and what it then lacks.

    Newton's steps on a concave, rising function: from below they never pass the solution.

    Parameters
    ----------
    chances, heard
        Sums of chances to install, and the hazard of everything else, of the same people.
    """
    in_all = float(chances.sum())
    if installs <= 0.0 or in_all <= 0.0:
        return 0.0, installs
    h = min(installs / in_all, most)
    while True:
        x = heard + h
        notices = -np.expm1(-np.minimum(x, most))
        lacking = installs - float((chances * notices * (h / x)).sum())
        if lacking <= installs * _EXACT:
            return h, 0.0
        if h >= most:
            return h, lacking
        more = np.where(x < most, np.exp(-x), 0.0) * (h / x)
        slope = float((chances * (notices * (heard / x) / x + more)).sum())
        # At least a little: rounding must not keep it from the end.
        h = min(max(h + lacking / slope, h * (1.0 + _EXACT)), most) if slope > 0.0 else most


@kernel
def add_chances(w, p, audience, first, last, sums):  # type: ignore[no-untyped-def]
    """Add up the chances to install of people who may see an ad, by cell and by news of friends.

    Parameters
    ----------
    audience
        (C,) number of the audience of a cell, -1 where no ad is shown.
    first, last
        Rows, the last not included.
    sums
        (C, steps + 1) integers, in 2**-32 of an install.
    """
    for row in range(first, last):
        cell = w.cell[row]
        if audience[cell] < 0 or w.member[row, p].status != Status.UNAWARE:
            continue
        chance = choice.p_adopts(w, row, p) * _ONE
        friends = rules.friend_hazard(w, row, p)
        place = _STEPS * (friends / (1.0 + friends))
        step = min(int(place), _STEPS - 1)
        sums[cell, step + 1] += int(chance * (place - step))
        sums[cell, step] += int(chance * (1.0 - (place - step)))
