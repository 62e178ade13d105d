"""What a limited capacity makes of a day: how many clips it serves, and how crowded it feels.

Pure functions of GPU time. Clips beyond capacity are turned away on the same day
(`agents.day.admission`); that people were turned away lowers the wish of the days after.
"""

from __future__ import annotations

import math

from agents.platforms.unit_cost import UnitCost

#: Nobody's orders of a day are more; keeps the number within 64 bits.
_MOST = 2**62
#: In place of a number of clips where nothing limits them.
NO_LIMIT = -1


def most_clips(capacity_gpu_hours: float | None, cost: UnitCost, weight: float) -> int:
    """Return how many agents' clips a day's GPU time serves, rounded down; or `NO_LIMIT`.

    Parameters
    ----------
    capacity_gpu_hours
        GPU-hours of the day; None for no limit.
    cost
        What a clip takes today.
    weight
        People, and so clips, that one clip of an agent stands for.
    """
    each = cost.gpu_hours(weight)
    if capacity_gpu_hours is None or each <= 0.0:
        return NO_LIMIT
    clips = min(int(capacity_gpu_hours / each), _MOST)
    # Rounding may have carried the quotient over a whole number, or held it below one.
    fitting = (n for n in (clips + 1, clips) if cost.gpu_hours(n * weight) <= capacity_gpu_hours)
    return next(fitting, clips - 1)


def gpu_load(
    cost: UnitCost, clips: float, unserved: float, capacity_gpu_hours: float | None
) -> dict[str, float]:
    """Return a day's metrics of GPU time: what was used, and what was wanted, over capacity.

    Parameters
    ----------
    clips, unserved
        Clips made, and clips turned away, in people's clips.
    """
    capacity = capacity_gpu_hours or math.inf
    used = cost.gpu_hours(clips)
    return {
        "gpu_hours": used,
        "utilization": used / capacity,
        "wanted_over_capacity": cost.gpu_hours(clips + unserved) / capacity,
    }


def congestion(before: float, wanted_over_capacity: float, sensitivity: float) -> float:
    """Return how crowded the service feels tomorrow, c ≥ 1: demand over capacity, smoothed.

    Demand answers with W = W0·c^-s, so what is wanted over capacity K settles where c = W/K, at
    (W0/K)^(1/(1+s)). Following W/K at once would overshoot, and swing for ever from s = 1 on. The
    step log c' = log c + (log(W/K) - log c)/(1 + s) meets it exactly, from anywhere, in one day;
    where demand answers less than that (a quota binds) it nears it from one side.

    Parameters
    ----------
    before
        Congestion felt today.
    wanted_over_capacity
        GPU time wanted today, served or not, over what there is; 0 where nothing limits it.
    sensitivity
        s: elasticity of demand to congestion, the most there may be: `degraded_sensitivity`, and
        one more where people need a reason to come.
    """
    if wanted_over_capacity <= 0.0:
        return 1.0
    gap = math.log(wanted_over_capacity) - math.log(before)
    return max(before * math.exp(gap / (1.0 + sensitivity)), 1.0)
