"""How a person stands with a platform, and with whom: the views that hang on a `User`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.state import MOST_PACKS, Flag
from sim.checks import plain, short
from sim.counts import Cause, Status
from sim.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from agents.people.user import User
    from agents.people.users import Users


class Friends(Sequence["User"]):
    """The friends of a user, looked up when asked for."""

    def __init__(self, users: Users, row: int) -> None:
        self._users = users
        self.rows = users.market.graph.neighbors(row)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._users[int(row)] for row in self.rows[index]]
        return self._users[int(self.rows[index])]

    def __iter__(self) -> Iterator[User]:
        return (self._users[int(row)] for row in self.rows)

    def __repr__(self) -> str:
        return f"<{len(self)} friends: rows {', '.join(map(str, self.rows[:8]))}" + (
            ", ...>" if len(self) > 8 else ">"
        )


class _Field:
    """A number of the row, readable and writable within the bounds of its column."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, member: Membership | None, owner: type) -> Any:
        if member is None:
            return self
        return member.user.users.columns.inside(self.name)[member.index, member.user.row].item()

    def __set__(self, member: Membership, value: float) -> None:
        users, column = member.user.users, member.user.users.columns.inside(self.name)
        place = member.index, member.user.row
        declared = users.columns.declared[self.name]
        if not declared.trait:
            users.turns.must_be_over(f"{self.name} of user {member.user.row}")
        wrong = not_a_number(value, column.dtype) or declared.first_wrong(np.asarray(value))
        if wrong:
            raise ConfigError(f"{self.name} of user {member.user.row}: {wrong}.")
        users.books.given_by_hand(self.name, member.index, int(value) - int(column[place]))
        column[place] = value
        if declared.trait:
            users.columns.written.add(self.name)


def not_a_number(value: Any, kind: np.dtype[Any]) -> str:
    """Return why a value is none that an array of this type holds; empty if it is."""
    whole = np.issubdtype(kind, np.integer)
    limits: Any = np.iinfo(kind) if whole else np.finfo(kind)
    low, high, value = plain(limits.min), plain(limits.max), plain(value)
    good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if good and (not whole or value == int(value)):
        return ""
    bounds = f"a whole number from {low:,} to {high:,}" if whole else f"a number up to {high:g}"
    return f"{short(value)}: must be {bounds}"


class Membership:
    """How a user stands with one platform; every attribute reads and writes the columns."""

    clips_total = _Field("Clips made in total.")
    credit = _Field("Clips left in a pack.")
    codes = _Field("Invite codes in hand.")
    taste = _Field("Personal taste, log odds.")
    dropout = _Field("Own drop-out probability per day.")

    def __init__(self, user: User, index: int) -> None:
        object.__setattr__(self, "user", user)
        object.__setattr__(self, "index", index)

    user: User
    index: int

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _WRITABLE:
            raise ConfigError(
                f"{name} of user {self.user.row} on {self.platform}: cannot be written. Write "
                f"{', '.join(_WRITABLE)}; the rest follows from what he does."
            )
        object.__setattr__(self, name, value)

    @property
    def purchases(self) -> int:
        """Packs bought."""
        return self._read("packs_low") + (self._read("packs_high") << 16)

    @purchases.setter
    def purchases(self, packs: int) -> None:
        users, place = self.user.users, (self.index, self.user.row)
        users.turns.must_be_over(f"purchases of user {self.user.row}")
        wrong = not_a_number(packs, np.dtype(np.uint32))
        if wrong or packs > MOST_PACKS:
            raise ConfigError(f"purchases = {short(packs)}: must be from 0 to {MOST_PACKS:,}.")
        users.columns.inside("packs_low")[place] = int(packs) & 0xFFFF
        users.columns.inside("packs_high")[place] = int(packs) >> 16
        users.packs_sold.look_again()

    def _read(self, name: str) -> int:
        return int(self.user.users.columns.inside(name)[self.index, self.user.row])

    @property
    def platform(self) -> str:
        """Name of the platform."""
        return self.user.users.names[self.index]

    @property
    def status(self) -> str:
        """unaware, aware, waiting, active or lost; writing keeps all books in balance."""
        return Status(self._read("status")).name.lower()

    @status.setter
    def status(self, name: str) -> None:
        if str(name).upper() not in Status.__members__:
            raise unknown_name("status", name, [s.name.lower() for s in Status])
        self.user.users.set_status(self.index, self.user.row, Status[str(name).upper()])

    @property
    def tier(self) -> str:
        """free, subscribed, or high plan; whoever holds a plan for other reasons is subscribed."""
        users, marks = self.user.users, self._read("marks")
        if marks & Flag.HIGH_PLAN:
            return "high plan"
        cell = users.columns.inside("cell")[self.user.row]
        held = bool(users.world.reach[self.index, cell].plan_at_hand)
        return "subscribed" if marks & Flag.SUBSCRIBED or held else "free"

    @property
    def clips_today(self) -> int:
        """Clips made today."""
        used_today = self._read("day_active") == self.user.users.world.day
        return self._read("clips_last") if used_today else 0

    @property
    def views_total(self) -> int:
        """Clips of others watched there, in total."""
        return self._read("views_total")

    @property
    def cause(self) -> str:
        """What made the user aware first."""
        return Cause(self._read("cause")).name.lower()

    @property
    def quota_hits(self) -> int:
        """Days at the quota among the last seven."""
        return self._read("hits").bit_count()

    def _date(self, column: str) -> dt.date | None:
        day = self._read(column)
        return self.user.users.market.config.date(day) if day >= 0 else None

    @property
    def installed_on(self) -> dt.date | None:
        """Day of the first install."""
        return self._date("day_installed")

    @property
    def activated_on(self) -> dt.date | None:
        """Day of the first activation."""
        return self._date("day_activated")

    @property
    def returned_on(self) -> dt.date | None:
        """Day of the latest return after having left."""
        return self._date("day_returned")

    @property
    def brought_by_cohort(self) -> dt.date | None:
        """Day on which the user started who brought this one; None if nobody did."""
        return self._date("parent")

    @property
    def last_used_on(self) -> dt.date | None:
        """Last day of use."""
        return self._date("day_active")

    def __repr__(self) -> str:
        return (
            f"<{self.platform} · {self.status} · {self.tier} · {self.clips_total} clips · "
            f"because of {self.cause}>"
        )


_WRITABLE = ("status", "clips_total", "purchases", "credit", "codes", "taste", "dropout")
