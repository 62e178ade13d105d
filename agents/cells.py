"""Kinds of people: region, operating system, segment and the set of surfaces they use.

Whatever is the same for all people of a kind is computed once per cell and day, not once per user.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.market_config import MarketConfig


class Cells:
    """The table of cells: regions x systems x segments x 2**surfaces, in that order, if anybody is.

    Kinds of people of whom there are none (an Android surface on iOS) take no room.

    Attributes
    ----------
    region, os, segment
        (C,) index of each cell's region, system, segment.
    surfaces
        (C,) bit mask of the surfaces used.
    share
        (C,) expected share of the people, sums to 1.
    """

    def __init__(self, market: MarketConfig) -> None:
        self.regions = tuple(market.regions)
        self.systems = market.systems
        self.segments = tuple(market.segments)
        self.surface_names = tuple(market.surfaces)
        n_masks = 2 ** len(self.surface_names)
        grid = np.indices((len(self.regions), len(self.systems), len(self.segments), n_masks))
        self.region, self.os, self.segment, self.surfaces = grid.reshape(4, -1)
        self.share = self._shares(market)
        there = self.share > 0.0
        for name in ("region", "os", "segment", "surfaces", "share"):
            setattr(self, name, getattr(self, name)[there])

    def __len__(self) -> int:
        return len(self.share)

    def _shares(self, market: MarketConfig) -> npt.NDArray[np.float64]:
        """Multiply the shares of region, system within region, segment, and each surface."""
        region_share = np.array([region.share for region in market.regions.values()])
        os_share = np.array(
            [[region.os.get(os, 0.0) for os in self.systems] for region in market.regions.values()]
        )
        segment_share = np.array([segment.share for segment in market.segments.values()])
        share: npt.NDArray[np.float64] = (
            region_share[self.region] * os_share[self.region, self.os] * segment_share[self.segment]
        )
        for bit, name in enumerate(self.surface_names):
            used_on = np.array([market.surfaces[name].get(os, 0.0) for os in self.systems])
            p_used = used_on[self.os]
            share = share * np.where(self.uses(bit), p_used, 1.0 - p_used)
        return share

    def uses(self, surface: int) -> npt.NDArray[np.bool_]:
        """Return (C,) whether people of each cell use a surface."""
        return np.asarray((self.surfaces >> surface) & 1 == 1)

    def mask(self, regions: tuple[str, ...], systems: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        """Return (C,) whether a cell lies in these regions and systems."""
        in_region = np.isin(self.region, [self.regions.index(name) for name in regions])
        in_os = np.isin(self.os, [self.systems.index(name) for name in systems])
        return in_region & in_os

    def surfaces_of(self, cell: int) -> tuple[str, ...]:
        """Return the names of the surfaces that people of a cell use."""
        mask = int(self.surfaces[cell])
        return tuple(name for bit, name in enumerate(self.surface_names) if mask >> bit & 1)
