"""Threads that let people live their day: where each counts, and room for its draws."""

from __future__ import annotations

from agents.day import ahead, loop
from agents.day.world import WHOLE, Awake, Drawn, World
from agents.tally import Tally
from sim.market_config import MarketConfig


class DayWorkers:
    """As many as there are threads; what they count is added in whole numbers, in no order.

    Attributes
    ----------
    tally
        Where the first one counts, and in the end what all have counted.
    drawn
        What was drawn ahead for the block that the first one lived last.
    """

    def __init__(self, config: MarketConfig, n_platforms: int, n_cells: int) -> None:
        self._shape = n_platforms, len(config.segments), config.n_days, n_cells
        self._all = [self._one()]
        self.tally, self.drawn = self._all[0]

    def _one(self) -> tuple[Tally, Drawn]:
        return self.blank(), Drawn.nothing(self._shape[0], ahead.BLOCK)

    def blank(self) -> Tally:
        """Return an empty tally of this market."""
        return Tally.blank(*self._shape)

    def begin(self, n: int) -> None:
        """Have so many workers at hand, of whom all but the first have counted nothing."""
        while len(self._all) < n:
            self._all.append(self._one())
        for tally, _ in self._all[1:]:
            tally.clear()

    def live(
        self,
        worker: int,
        world: World,
        awake: Awake,
        part: int = WHOLE,
        places: tuple[int, int] | None = None,
    ) -> None:
        """Let some of the awake, or all, live a part of the day, where one worker counts.

        Parameters
        ----------
        places
            First place among the awake, and one past the last; all if not given.
        """
        tally, drawn = self._all[worker]
        low, high = places or (0, awake.row.size)
        loop.live_day(world._replace(awake=awake, drawn=drawn), low, high, tally, part)

    def gather(self) -> None:
        """Add to the first worker's tally what the others have counted."""
        for tally, _ in self._all[1:]:
            self.tally.add(tally)
