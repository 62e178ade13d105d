"""Columns that follow from others: worked out when read, so that they take no memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.day.world import World
from agents.state import SEEN_BITS, SEEN_PACKED, Sight, Stir
from sim.columns import Columns


def seen_bits(columns: Columns, bits: int) -> npt.NDArray[np.uint8]:
    """Return (P, n) which of these bits of `Sight` can be seen of people, by platform."""
    p = np.arange(columns.n_platforms)[:, None]
    shift = (SEEN_BITS * (p % SEEN_PACKED)).astype(np.uint8)
    return (columns.inside("sights")[p[:, 0] // SEEN_PACKED] >> shift) & np.uint8(bits)


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
        return given_uid.copy() if given_uid.size else np.arange(n_users, dtype=np.uint32)

    def visible() -> npt.NDArray[np.uint8]:
        return seen_bits(columns, Sight.PRESENT | Sight.PAYING)

    def clips_today() -> npt.NDArray[np.uint16]:
        last = columns["clips_last"]
        return np.where(columns["day_active"] == today().day, last, 0).astype(np.uint16)

    def shares() -> npt.NDArray[np.uint16]:
        sent = np.zeros((n_platforms, n_users), np.uint16)
        awake = today().awake
        sent[:, awake.row] = awake.sent
        return sent

    def purchases() -> npt.NDArray[Any]:
        low, high = columns["packs_low"], columns["packs_high"]
        # In 16 bits, unless somebody has bought more.
        return low | (high.astype(np.uint32) << np.uint32(16)) if high.any() else low.copy()

    for read in (promoted, uid, visible, clips_today, shares, purchases):
        columns.derive(read.__name__, read)
