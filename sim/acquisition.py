"""What a new user costs: three definitions, always side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.checks import Floats, in_range
from sim.errors import ConfigError


class AcquisitionCost(NamedTuple):
    """USD per new user (or payer), three ways; NaN where nobody was acquired."""

    paid: Floats
    blended: Floats
    loaded: Floats


def acquisition_cost(
    marketing_usd: Floats,
    rewards_usd: Floats,
    onboarding_clips_usd: Floats,
    owned_media_usd: Floats,
    paid_activations: Floats,
    activations: Floats,
) -> AcquisitionCost:
    """Divide what was spent by who came: paid, blended and fully loaded, always together.

    A single figure hides a choice: who is counted, and whether free clips and own surfaces cost
    anything. New payers in place of activations give the cost per payer.

    Parameters
    ----------
    marketing_usd, rewards_usd, onboarding_clips_usd, owned_media_usd
        Paid media; referral rewards; free clips of a user's first 30 days; opportunity cost.
    paid_activations, activations
        People who came through paid media, and all who came; paid ≤ all.
    """
    marketing = in_range("marketing_usd", marketing_usd, 0)
    rewards = in_range("rewards_usd", rewards_usd, 0)
    clips = in_range("onboarding_clips_usd", onboarding_clips_usd, 0)
    owned = in_range("owned_media_usd", owned_media_usd, 0)
    everyone = in_range("activations", activations, 0)
    paid = in_range("paid_activations", paid_activations, 0)
    if np.any(np.asarray(paid) > everyone):
        raise ConfigError(
            f"paid_activations = {paid}: must be ≤ activations = {everyone}. "
            "Count both over the same period."
        )
    return AcquisitionCost(
        paid=ratio(marketing, paid),
        blended=ratio(marketing, everyone),
        loaded=ratio(marketing + rewards + clips + owned, everyone),
    )


def ratio(amount: Floats, people: Floats) -> Floats:
    """Divide, with NaN where there is nobody to divide by."""
    top, bottom = np.broadcast_arrays(np.asarray(amount), np.asarray(people))
    share = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=share, where=bottom > 0)
    return share if share.ndim else float(share)
