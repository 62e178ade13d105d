"""What is counted of one person fits where it is counted, or the run ends with a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from agents.state import MOST_EXPOSURE, MOST_PACKS
from sim.columns import Columns
from sim.errors import ConfigError


class PacksSold:
    """Watches that nobody buys more packs than his record can tell.

    Nobody has bought more than all people together since all were looked at, so they need to be
    looked at again only after that many.
    """

    def __init__(self) -> None:
        #: Packs that may be sold until somebody's count can be full.
        self.left = 0

    def look_again(self) -> None:
        """Forget what is known: somebody wrote purchases by hand."""
        self.left = 0

    def add(self, packs: npt.NDArray[np.int64], columns: Columns) -> None:
        """Take note of a day.

        Parameters
        ----------
        packs
            (P,) packs sold today.

        Raises
        ------
        ConfigError
            If somebody's count is full.
        """
        self.left -= max(packs.tolist())
        self.look(columns)

    def look(self, columns: Columns) -> None:
        """Look at everybody's count if one can be full; ConfigError if one is."""
        if self.left > 0:
            return
        most = int(columns["purchases"].max())
        if most >= MOST_PACKS:
            raise ConfigError(
                f"purchases: somebody bought {MOST_PACKS:,} packs or more, more than can be "
                "counted for one person. Raise pack_clips, or lower market.mean_clips."
            )
        self.left = MOST_PACKS - most


def check_exposure(full: Iterable[int], platforms: Sequence[str]) -> None:
    """Raise ConfigError if more was sent to one person in a day than is counted.

    Parameters
    ----------
    full
        Numbers with a bit for each platform of which that is so.
    """
    for p, name in enumerate(platforms):
        if any(one >> p & 1 for one in full):
            raise ConfigError(
                f"{name}: friends sent one person more than {MOST_EXPOSURE:,} clips in a day, more "
                f"than can be counted. Lower market.mean_clips or {name}.p_share_friends, or take "
                "a graph in which nobody has so many friends."
            )
