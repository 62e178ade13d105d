"""What is derived from counts: pure functions of a getter of metrics, of arrays (days, platforms).

Which of them are metrics, under which name and unit, stands in `sim.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sim.acquisition import AcquisitionCost, acquisition_cost, ratio
from sim.counts import VIRAL_WAYS

Array = npt.NDArray[np.float64]
Get = Callable[[str], Array]


def clips(get: Get) -> Array:
    """All clips: free, in plans, in packs."""
    return get("clips_free") + get("clips_subscriber") + get("clips_pack")


def revenue(get: Get) -> Array:
    """Revenue after store fees."""
    return in_app_spend(get) + get("other_revenue_usd") - get("store_fees_usd")


def in_app_spend(get: Get) -> Array:
    """Money that users spend in the app, before store fees."""
    return get("packs_usd") + get("subscriptions_usd")


def contribution(get: Get) -> Array:
    """Revenue less compute, marketing and rewards."""
    return revenue(get) - get("compute_usd") - get("marketing_usd") - get("rewards_usd")


def burn(get: Get) -> Array:
    """Cash that goes out, net."""
    return get("fixed_usd") - contribution(get)


def runway(get: Get) -> Array:
    """Days that cash lasts at the present burn; NaN where none burns, 0 where there is no cash."""
    return np.asarray(ratio(np.maximum(get("cash_usd"), 0.0), get("burn_usd")))


def burn_of_owner_loss(get: Get) -> Array:
    """Burn over the loss of the whole company; NaN where that is not told."""
    return np.asarray(ratio(get("burn_usd"), get("owner_loss_usd")))


def onboarding_cost(get: Get) -> Array:
    """Compute for the free clips of users in their first 30 days."""
    return get("clips_onboarding") * get("unit_cost_usd")


def acquisition(get: Get) -> AcquisitionCost:
    """Acquisition cost by its three definitions."""
    return acquisition_cost(
        get("marketing_usd"),
        get("rewards_usd"),
        get("onboarding_usd"),
        get("owned_media_usd"),
        get("activations_paid"),
        get("activations"),
    )


def viral_activations(get: Get) -> Array:
    """Activations that other users brought about, in whatever way."""
    return np.asarray(sum(get(f"offspring_{way}") for way in VIRAL_WAYS))
