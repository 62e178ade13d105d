"""Columns that follow from others: worked out when read, so that they take no memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from agents.day.world import World
from agents.state import SEEN_BITS, SEEN_PACKED, Sight, Stir
from sim.columns import Columns


def derive_columns(
    columns: Columns, given_uid: npt.NDArray[np.uint32], today: Callable[[], World]
) -> None:
    """Say how such columns of a population are read.

    Parameters
    ----------
    given_uid
        (n,) keys of people's luck, or empty where they are the row numbers.
    today
        Returns what the rules saw on the last day lived.
    """
    n_users, n_platforms = columns.n_users, columns.n_platforms

    def promoted() -> npt.NDArray[np.bool_]:
        return np.asarray(columns["stir"] & Stir.PROMOTED > 0)

    def uid() -> npt.NDArray[np.uint32]:
        return given_uid if given_uid.size else np.arange(n_users, dtype=np.uint32)

    def visible() -> npt.NDArray[np.uint8]:
        p = np.arange(n_platforms)[:, None]
        shift = (SEEN_BITS * (p % SEEN_PACKED)).astype(np.uint8)
        packed = columns["sights"][p[:, 0] // SEEN_PACKED]
        return (packed >> shift) & np.uint8(Sight.PRESENT | Sight.PAYING)

    def exposure() -> npt.NDArray[np.uint16]:
        # Days on which nobody shared pass it over, so that nobody else may write into it.
        array: npt.NDArray[np.uint16] = columns.arrays["exposure"].view()
        array.flags.writeable = False
        return array

    def clips_today() -> npt.NDArray[np.uint16]:
        last = columns["clips_last"]
        return np.where(columns["day_active"] == today().day, last, 0).astype(np.uint16)

    def shares() -> npt.NDArray[np.uint16]:
        sent = np.zeros((n_platforms, n_users), np.uint16)
        awake = today().awake
        sent[:, awake.row] = awake.sent
        return sent

    for read in (promoted, uid, visible, exposure, clips_today, shares):
        columns.derive(read.__name__, read)
