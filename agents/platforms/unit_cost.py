"""Cost of a clip: GPU time and its price as they were observed on one day, and how both fall.

Pure functions in USD for the market and for an analyst. What was observed holds on its own day;
days before it are dearer, days after it cheaper.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.platforms.economics import DAYS_PER_YEAR
from sim.checks import Floats, in_range
from sim.compiled import either_way
from sim.errors import unknown_name
from sim.platform_config import PlatformConfig

_MINUTES = 60.0
#: Beyond, a power of e may be no number; telling numpy not to warn takes a while.
_MOST_POWER = 700.0
_FORMS = ("moore", "none", "wright")


class UnitCost(NamedTuple):
    """What one clip takes: GPU-minutes, and USD for an hour of them."""

    gpu_minutes: Any  # a number, or an array over days
    usd_per_gpu_hour: Any

    @property
    def usd(self) -> Any:
        """Cost of the clip in USD."""
        return usd_of_clip(self.gpu_minutes, self.usd_per_gpu_hour)

    def gpu_hours(self, clips: Any) -> Any:
        """Return the GPU-hours of so many clips; times their price it is what they cost."""
        return gpu_hours(clips, self.gpu_minutes)


@either_way
def usd_of_clip(gpu_minutes, usd_per_gpu_hour):  # type: ignore[no-untyped-def]
    """Return the cost of a clip in USD."""
    return gpu_minutes * usd_per_gpu_hour / _MINUTES


@either_way
def gpu_hours(clips, gpu_minutes):  # type: ignore[no-untyped-def]
    """Return the GPU-hours of so many clips."""
    return clips * gpu_minutes / _MINUTES


def unit_costs(terms: PlatformConfig, days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (days, 2) what a clip takes on some days, where nothing is learned by making them.

    To the last bit what `unit_cost` says of each day. Powers are taken one by one, since numpy's
    of whole arrays may differ from Python's in the last bit.
    """
    left = np.broadcast_to(
        learned(
            terms.learning, days, 0.0, factor_per_year=terms.moore_factor_per_year,
            learning_rate=0.0, clips_reference=1.0, clips_prior=1.0,
        ),
        days.shape,
    )  # fmt: skip
    share = terms.learning_share_minutes
    return np.array(
        [
            (terms.gpu_minutes_per_clip * one**share, terms.usd_per_gpu_hour * one ** (1.0 - share))
            for one in left.tolist()
        ]
    )


def unit_cost(terms: PlatformConfig, days: Floats, clips: Floats) -> UnitCost:
    """Return what a clip takes, from what was observed and what was learned since.

    With L of `learned`, GPU time is m0·L^s and its price p0·L^(1-s), where s is
    `learning_share_minutes`: cost is m0·p0·L/60, whoever the fall is due to.

    Parameters
    ----------
    days
        Days since the cost was observed; negative before.
    clips
        Clips made so far. Arrays, over days, give arrays.
    """
    left = learned(
        terms.learning,
        days,
        clips,
        factor_per_year=terms.moore_factor_per_year,
        learning_rate=terms.wright_learning_rate,
        clips_reference=terms.wright_reference_clips,
        clips_prior=terms.wright_prior_clips,
    )
    share = terms.learning_share_minutes
    return UnitCost(
        _plain(terms.gpu_minutes_per_clip * left**share),
        _plain(terms.usd_per_gpu_hour * left ** (1.0 - share)),
    )


def learned(
    form: str,
    days: Floats,
    clips: Floats,
    *,
    factor_per_year: float,
    learning_rate: float,
    clips_reference: float,
    clips_prior: float,
) -> Floats:
    """Return cost over the cost observed, by form "moore", "wright" or "none": one, never two."""
    if form == "none":
        return 1.0
    if form == "moore":
        return moore(1.0, factor_per_year, days)
    if form == "wright":
        return wright(1.0, learning_rate, clips, clips_reference, clips_prior)
    raise unknown_name("form of unit cost", form, _FORMS)


def moore(cost_usd: float, factor_per_year: float, days: Floats) -> Floats:
    """Return the cost per clip, USD, that falls with time: c0·exp(-t·ln(factor)/365).

    `factor_per_year` 5 means five times cheaper each year, .00441 a day (Nagy et al. 2013). The
    cost is that of day 0; `days` before it are negative, and dearer.
    """
    in_range("factor_per_year", factor_per_year, 0, ends="(]")
    fall = math.log(factor_per_year) * (in_range("days", days) / DAYS_PER_YEAR)
    if isinstance(fall, float) and abs(fall) < _MOST_POWER:
        rise: Floats = float(np.exp(-fall))
    else:
        with np.errstate(over="ignore"):
            rise = np.exp(-fall)
    cost = in_range("cost_usd", cost_usd, 0) * in_range("cost over the cost observed", rise)
    return _plain(cost)


def wright(
    cost_usd: float,
    learning_rate: float,
    clips: Floats,
    clips_reference: float,
    clips_prior: float = 0.0,
) -> Floats:
    """Return the cost per clip, USD, that falls with experience: c0·((X + B)/(X0 + B))^(-b).

    Each doubling of experience takes off `learning_rate`, so b = -log2(1 - rate) (Wright 1936). The
    cost is that of X0 = `clips_reference`, and fewer clips are dearer. B = `clips_prior` is what
    was known before the first clip, as in the Stanford-B curve (Asher 1956): without any, the first
    would be dear beyond measure.
    """
    in_range("clips_reference", clips_reference, 0, ends="(]")
    prior = in_range("clips_prior", clips_prior, 0)
    known = in_range("clips + clips_prior", in_range("clips", clips, 0) + prior, 0, ends="(]")
    experience = known / (clips_reference + prior)
    return _plain(in_range("cost_usd", cost_usd, 0) * experience ** -_exponent(learning_rate))


def wright_total(
    cost_usd: float, learning_rate: float, clips: Floats, clips_reference: float
) -> Floats:
    """Return the USD spent while cumulative clips grow from `clips_reference` to `clips`.

    c0·X0·((X/X0)^(1-b) - 1)/(1-b), the integral of `wright`; the clip-by-clip sum tends to it as
    the reference grows. The cost of a stretch in between is the difference of two totals. Prior
    experience is added to both numbers of clips.
    """
    in_range("clips_reference", clips_reference, 0, ends="(]")
    log = np.log(in_range("clips", clips, clips_reference) / clips_reference)
    power = 1 - _exponent(learning_rate)
    # A rate of one half has power 0, where the integral is the logarithm.
    growth = np.expm1(power * log) / power if power else log
    return _plain(in_range("cost_usd", cost_usd, 0) * clips_reference * growth)


def _exponent(learning_rate: float) -> float:
    return -math.log2(1 - float(in_range("learning_rate", learning_rate, 0, 1, ends="[)")))


def _plain(value: Floats) -> Floats:
    return value if np.ndim(value) else float(value)
