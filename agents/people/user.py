"""One person: a live view of one row, to look at, to write to, and to subclass."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import mesa

from agents.day import rules
from agents.day.person import person_day
from agents.people.former import adopt_former, warn_of_misspelled
from agents.people.membership import Friends, Membership
from agents.people.overrides import MOST_CLIPS, bound, decisions, mask_of
from agents.state import COLUMNS
from sim.checks import chosen, whole_from
from sim.copies import OneOfAKind
from sim.counts import Cause, name_of
from sim.errors import ConfigError

if TYPE_CHECKING:
    from agents.people.users import Users
    from sim.market import Market

#: Decisions that the market asks for only when it sees an occasion; whoever overrides one of these
#: is asked every day.
_ASKED_ONLY_ON_OCCASION = frozenset({"notices", "comes_back"})
#: Users have numbers of their own, far from those that Mesa counts up for all other agents.
_FIRST_ID = 10**12
_KNOWN = frozenset(column.name for column in COLUMNS)
_FIXED = ("row", "users")


class User(OneOfAKind, mesa.Agent):  # type: ignore[misc]
    """One user, as a Mesa agent that is a view of the columns.

    Made on demand by ``market.users[42]``; after ``market.users.promote([42], Mine)`` it stands in
    ``market.agents`` and is stepped in Python. A subclass overrides one decision, and may call
    ``super()`` for what the rule would say; luck is the same either way.

    Parameters
    ----------
    users
        The population.
    row
        Row of the user.
    """

    def __init_subclass__(cls, **named: Any) -> None:
        """Take note of decisions that a class takes by another name than theirs."""
        super().__init_subclass__(**named)
        warn_of_misspelled(cls, User, decisions(User))
        adopt_former(cls)

    def __init__(self, users: Users, row: int) -> None:
        # Not mesa.Agent.__init__: a view is made by the million and must not register itself.
        self.__dict__.update(
            users=users, model=users.market, row=row, pos=None, unique_id=_FIRST_ID + row
        )

    users: Users
    model: Market
    row: int

    def __setattr__(self, name: str, value: Any) -> None:
        # A new attribute of this name would look as if it had changed the user, and do nothing.
        if name in _FIXED or (name in _KNOWN and not hasattr(type(self), name)):
            what = "who he is" if name in _FIXED else "a column"
            raise ConfigError(
                f"{name} of user {self.row}: is {what}, and no attribute of his own. Write what "
                f'may be written as market.users[{self.row}][platform].status = "active".'
            )
        super().__setattr__(name, value)

    # Who this is

    @property
    def uid(self) -> int:
        """Key of the user's luck."""
        given = self.users.market.uid
        return int(given[self.row]) if given.size else self.row

    @property
    def _cell(self) -> int:
        return int(self.users.columns.inside("cell")[self.row])

    @property
    def region(self) -> str:
        """Region the user lives in."""
        return self.users.cells.regions[int(self.users.cells.region[self._cell])]

    @property
    def os(self) -> str:
        """Operating system of the user's phone."""
        return self.users.cells.systems[int(self.users.cells.os[self._cell])]

    @property
    def segment(self) -> str:
        """Kind of use."""
        return self.users.cells.segments[int(self.users.cells.segment[self._cell])]

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Surfaces the user is on anyway."""
        return self.users.cells.surfaces_of(self._cell)

    @property
    def creation_rate(self) -> float:
        """Clips wanted on an active day, before novelty wears off."""
        return float(self.users.columns.inside("rate")[self.row])

    @property
    def willingness_usd(self) -> float:
        """Willingness to pay for a clip, in USD."""
        return math.exp(float(self.users.columns.inside("willingness")[self.row]))

    @property
    def friends(self) -> Friends:
        """Friends, as a sequence of users."""
        return Friends(self.users, self.row)

    def __getitem__(self, platform: str) -> Membership:
        """Return how the user stands with a platform."""
        names = self.users.names
        return Membership(self, names.index(chosen("platform", platform, names)))

    def __repr__(self) -> str:
        parts = [f"{type(self).__name__} {self.row}", self.os, self.region]
        for name in self.users.names:
            mine = self[name]
            since = mine.activated_on if mine.status in ("active", "lost") else None
            parts.append(f"{name}: {mine.status}" + (f" since {since}" if since else ""))
            if mine.status == "lost":
                parts[-1] = f"{name}: lost, had come {since}"
            elif since and mine.returned_on:
                parts[-1] += f", back since {mine.returned_on}"
        n = len(self.friends)
        parts.append(f"{n} friend{'s' if n != 1 else ''}")
        return f"<{' · '.join(parts)}>"

    # The day

    def step(self) -> None:
        """Live one day by the same rules as everybody, with this class's own decisions."""
        place = self.users.turns.take(self.row)
        if place is not None:
            live_part(self, place, self.users.turns.part)

    def remove(self) -> None:
        """Give the row back to the compiled loop; people do not vanish from a market."""
        self.users.demote([self.row])

    # Decisions. Each says what the rule says; override to say something else.

    def notices(self, platform: str) -> str | None:
        """Return what exposes the user to the platform today, or None."""
        cause = Cause(rules.notices(*self._asked(platform)))
        return name_of(cause) if cause else None

    def remembers(self, platform: str) -> bool:
        """Say whether the user acts, today, on access that has opened."""
        return bool(rules.remembers(*self._asked(platform)))

    def adopts(
        self,
        platform: str,
        considered: frozenset[str] = frozenset(),
        chosen: frozenset[str] = frozenset(),
    ) -> bool:
        """Say whether the user installs a platform that is considered today.

        Parameters
        ----------
        considered, chosen
            Platforms considered today, and of those the ones chosen before this one.
        """
        names = self.users.names
        masks = mask_of(considered, names), mask_of(chosen, names)
        return bool(rules.adopts(*self._asked(platform), *masks))

    def gives_up(self, platform: str) -> bool:
        """Say whether the user stops waiting for an invite."""
        return bool(rules.gives_up(*self._asked(platform)))

    def comes_back(self, platform: str) -> bool:
        """Say whether the user returns after having left."""
        return bool(rules.comes_back(*self._asked(platform)))

    def visits(self, platform: str) -> bool:
        """Say whether the user opens the platform today."""
        return bool(rules.visits(*self._asked(platform)))

    def creates(self, platform: str) -> bool:
        """Say whether the user makes something on this day of use, rather than watch."""
        return bool(rules.creates(*self._asked(platform)))

    def watches(self, platform: str) -> int:
        """Return how many clips of others the user watches on this day of use."""
        return int(rules.watches(*self._asked(platform)))

    def wants_clips(self, platform: str) -> int:
        """Return how many clips the user would make today, quota and price aside."""
        return int(rules.wants_clips(*self._asked(platform)))

    def buys(self, platform: str, clips: int = 1) -> bool:
        """Say whether a pack is worth its price for so many clips wanted beyond the quota."""
        return bool(rules.buys(*self._asked(platform), _made(clips)))

    def shares_friends(self, platform: str, clips: int) -> int:
        """Return how many of today's clips go to friends."""
        return int(rules.shares_friends(*self._asked(platform), _made(clips)))

    def shares_feed(self, platform: str, clips: int) -> int:
        """Return how many of today's clips go to the outside feed."""
        return int(rules.shares_feed(*self._asked(platform), _made(clips)))

    def subscribes(self, platform: str) -> bool:
        """Say whether the user takes a plan on this day of use."""
        return bool(rules.subscribes(*self._asked(platform)))

    def cancels(self, platform: str) -> bool:
        """Say whether the user cancels the plan at this renewal."""
        return bool(rules.cancels(*self._asked(platform)))

    def leaves(self, platform: str) -> bool:
        """Say whether the user leaves the platform at the end of the day."""
        return bool(rules.leaves(*self._asked(platform)))

    def _asked(self, platform: str) -> tuple[Any, int, int]:
        """Return what every rule is given: the world of today, the row, the platform."""
        return self.users.world, self.row, self[platform].index


def _made(clips: object) -> int:
    return whole_from("clips", clips, 0, MOST_CLIPS)


def live_part(user: User, place: int, part: int) -> None:
    """Let a user, at his place among the awake, live a part of the day (`agents.day.world`)."""
    cls: Any = type(user)
    own = overridden(cls)
    decide: Any = bound(own, user, User) if own else rules
    world = user.users.world
    heard = int(world.awake.heard[place])
    person_day(world, user.users.tally, user.row, place, heard, decide, part)


@cache
def overridden(cls: Any) -> tuple[str, ...]:
    """Return the decisions that a class takes by itself."""
    return tuple(n for n in decisions(User) if getattr(cls, n) is not getattr(User, n))


def asked_daily(cls: Any) -> bool:
    """Return whether a class overrides a decision that rules would ask only on occasion."""
    return not _ASKED_ONLY_ON_OCCASION.isdisjoint(overridden(cls))
