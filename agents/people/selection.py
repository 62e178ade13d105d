"""A choice of users, as columns: ``users.where(platform="sora", status="active")``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.checks import chosen, short
from sim.counts import Status
from sim.errors import ConfigError

if TYPE_CHECKING:
    from agents.people.user import User
    from agents.people.users import Users

#: Dates of a user on a platform, as days of the run.
DAYS = ("day_installed", "day_activated", "day_returned")


class Selection:
    """Some users, and one platform if one was named.

    Attributes
    ----------
    rows
        (k,) row numbers, ascending.
    platform
        Name of the platform whose columns are meant, or None.
    """

    def __init__(self, users: Users, rows: npt.NDArray[np.int64], platform: str | None) -> None:
        self.users = users
        self.rows = rows
        self.platform = platform

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> User:
        return self.users[int(self.rows[index])]

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return (k,) one column of the chosen users, as a copy."""
        columns = self.users.columns
        chosen("column", name, columns.declared)
        if not columns.declared[name].per_platform:
            return np.asarray(columns[name][self.rows])
        if self.platform is None:
            raise ConfigError(
                f"column {name!r} differs by platform: name one, as in where(platform=...)."
            )
        return np.asarray(columns[name][self.users.names.index(self.platform), self.rows])

    @property
    def clips_total(self) -> npt.NDArray[Any]:
        """Clips made in total."""
        return self.column("clips_total")

    @property
    def clips_today(self) -> npt.NDArray[Any]:
        """Clips made today."""
        return self.column("clips_today")

    @property
    def purchases(self) -> npt.NDArray[Any]:
        """Packs bought."""
        return self.column("purchases")

    @property
    def creation_rate(self) -> npt.NDArray[Any]:
        """Clips wanted on an active day, before novelty wears off."""
        return self.column("rate")

    @property
    def degree(self) -> npt.NDArray[Any]:
        """Number of friends."""
        return np.asarray(self.users.market.graph.degrees[self.rows])

    def frame(self) -> Any:
        """Return the chosen users as a pandas frame, one row a user, codes in words."""
        import pandas as pd

        cells = self.users.cells
        cell = self.users.columns["cell"][self.rows]
        data: dict[str, Any] = {
            "row": self.rows,
            "uid": self.column("uid"),
            "region": np.array(cells.regions)[cells.region[cell]],
            "os": np.array(cells.systems)[cells.os[cell]],
            "segment": np.array(cells.segments)[cells.segment[cell]],
            "friends": self.degree,
            "creation_rate": self.creation_rate,
            "willingness_usd": np.exp(self.column("willingness").astype(float)),
        }
        if self.platform is not None:
            words = np.array([status.name.lower() for status in Status])
            data["status"] = words[self.column("status")]
            for name in ("clips_total", "purchases", *DAYS):
                data[name] = self.column(name)
        return pd.DataFrame(data)

    def __repr__(self) -> str:
        on = f" on {self.platform}" if self.platform else ""
        return f"<{len(self):,} of {len(self.users):,} users{on}>"


def select(
    users: Users,
    platform: str | None,
    status: str | None,
    region: str | None,
    os: str | None,
    segment: str | None,
) -> Selection:
    """Choose the users that fit every condition given.

    Raises
    ------
    UnknownNameError
        If a platform, status, region, system or segment does not exist.
    ConfigError
        If a status is asked for without a platform.
    """
    mask = np.ones(len(users), bool)
    cell = users.columns["cell"]
    cells = users.cells
    for kind, name, names, codes in (
        ("region", region, cells.regions, cells.region),
        ("os", os, cells.systems, cells.os),
        ("segment", segment, cells.segments, cells.segment),
    ):
        if name is not None:
            mask &= (codes == names.index(chosen(kind, name, names)))[cell]
    if platform is not None:
        chosen("platform", platform, users.names)
    if status is not None:
        if platform is None:
            raise ConfigError(f"status = {short(status)}: say on which platform, as platform=....")
        chosen("status", status, [s.name.lower() for s in Status])
        mask &= users.columns["status"][users.names.index(platform)] == Status[status.upper()]
    return Selection(users, np.flatnonzero(mask), platform)
