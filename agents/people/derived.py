"""Columns that follow from others: worked out when read, so that they take no memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.state import SEEN_BITS, SEEN_PACKED, SEEN_PAYING, SEEN_PRESENT, Stir

if TYPE_CHECKING:
    from agents.people.users import Users


def derive_columns(users: Users) -> None:
    """Say how such columns of a population are read."""
    columns, n_platforms = users.columns, len(users.names)

    def promoted() -> npt.NDArray[np.bool_]:
        return np.asarray(columns["stir"] & Stir.PROMOTED > 0)

    def uid() -> npt.NDArray[np.uint32]:
        given = users.market.uid
        return given if given.size else np.arange(users.n_users, dtype=np.uint32)

    def visible() -> npt.NDArray[np.uint8]:
        p = np.arange(n_platforms)[:, None]
        shift = (SEEN_BITS * (p % SEEN_PACKED)).astype(np.uint8)
        packed = columns["sights"][p[:, 0] // SEEN_PACKED]
        return (packed >> shift) & np.uint8(SEEN_PRESENT | SEEN_PAYING)

    def exposure() -> npt.NDArray[np.uint16]:
        # Days on which nobody shared pass it over, so that nobody else may write into it.
        array: npt.NDArray[np.uint16] = columns.arrays["exposure"].view()
        array.flags.writeable = False
        return array

    def clips_today() -> npt.NDArray[np.uint16]:
        last = columns["clips_last"]
        return np.where(columns["day_active"] == users.world.day, last, 0).astype(np.uint16)

    def shares() -> npt.NDArray[np.uint16]:
        sent = np.zeros((n_platforms, users.n_users), np.uint16)
        sent[:, users.world.awake.row] = users.world.awake.sent
        return sent

    for read in (promoted, uid, visible, exposure, clips_today, shares):
        columns.derive(read.__name__, read)
