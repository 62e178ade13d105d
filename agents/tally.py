"""Where a day is counted: one row of integers a platform, and what is counted by day or cell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.counts import Cause, Count, Status, Way

# Counts by cause and by move of status follow the plain ones, in the same array.
EXPOSURES_BY = len(Count)
INSTALLS_BY = EXPOSURES_BY + len(Cause)
ACTIVATIONS_BY = INSTALLS_BY + len(Cause)
OFFSPRING_BY = ACTIVATIONS_BY + len(Cause)
MOVES = OFFSPRING_BY + len(Way)
N_COUNTS = MOVES + len(Status) ** 2
#: What is counted by day: daily users, clips sent to the feed, codes made public, people brought,
#: each by the day on which the user started who did it; and change of users by last day of use.
USED, LAST_USE, FED, POSTED, OFFSPRING = range(5)
_N_BY_DAY = OFFSPRING + 1


class Tally(NamedTuple):
    """Counts of one day; every worker has its own, and their integer sum has no order."""

    counts: npt.NDArray[np.int64]  # (P, N_COUNTS)
    by_segment: npt.NDArray[np.int64]  # (P, segments, 3) active, clips, bought clips
    by_day: npt.NDArray[np.int64]  # (kinds, P, days), see USED and the others
    unaware_by_cell: npt.NDArray[np.int64]  # (P, C) change of the unaware

    @classmethod
    def blank(cls, n_platforms: int, n_segments: int, n_days: int, n_cells: int) -> Tally:
        """Return an empty tally."""
        return cls(
            counts=np.zeros((n_platforms, N_COUNTS), np.int64),
            by_segment=np.zeros((n_platforms, n_segments, 3), np.int64),
            by_day=np.zeros((_N_BY_DAY, n_platforms, n_days), np.int64),
            unaware_by_cell=np.zeros((n_platforms, n_cells), np.int64),
        )

    def clear(self) -> None:
        """Set everything to zero."""
        for array in self:
            array[:] = 0

    def add(self, other: Tally) -> None:
        """Add another worker's counts."""
        for mine, theirs in zip(self, other, strict=True):
            mine += theirs

    def _by_cause(self, first: int) -> npt.NDArray[np.int64]:
        return self.counts[:, first : first + len(Cause)]

    @property
    def installs_by_cause(self) -> npt.NDArray[np.int64]:
        """(P, causes) first installs by the exposure that led to them."""
        return self._by_cause(INSTALLS_BY)

    @property
    def activations_by_cause(self) -> npt.NDArray[np.int64]:
        """(P, causes) activations by what led to the install, or a friend's invite."""
        return self._by_cause(ACTIVATIONS_BY)

    @property
    def moves(self) -> npt.NDArray[np.int64]:
        """(P, 5, 5) moves from a status to another."""
        return self.counts[:, MOVES:].reshape(-1, len(Status), len(Status))

    @property
    def active_by_cohort(self) -> npt.NDArray[np.int64]:
        """(P, days) daily users by day of activation."""
        return np.asarray(self.by_day[USED])

    @property
    def last_active(self) -> npt.NDArray[np.int64]:
        """(P, days) change in the number of users by day of last use."""
        return np.asarray(self.by_day[LAST_USE])

    @property
    def offspring_by_way(self) -> npt.NDArray[np.int64]:
        """(P, ways) people whom other users brought, by the way in which they did."""
        return self.counts[:, OFFSPRING_BY : OFFSPRING_BY + len(Way)]
