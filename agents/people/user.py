"""One person: a live view of one row, to look at, to write to, and to subclass."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import mesa

from agents.day.decisions import RULES, Decisions
from agents.day.person import person_day
from agents.people.membership import Friends, Membership
from agents.state import Cause
from sim.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from agents.people.users import Users
    from sim.market import Market

#: Decisions that the market asks for only when it sees an occasion; whoever overrides one of these
#: is asked every day.
_ASKED_ONLY_ON_OCCASION = ("notices", "comes_back")
_CAUSES = {cause.name.lower(): int(cause) for cause in Cause}


class User(mesa.Agent):  # type: ignore[misc]
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

    def __init__(self, users: Users, row: int) -> None:
        # Not mesa.Agent.__init__: a view is made by the million and must not register itself.
        self.users = users
        self.model: Market = users.market
        self.row = row
        self.pos = None
        self.unique_id = len(users.names) + 2 + row
        self._bundle: tuple[Any, ...] = (0, 0)

    # Who this is

    @property
    def uid(self) -> int:
        """Key of the user's luck."""
        given = self.users.market.uid
        return int(given[self.row]) if given.size else self.row

    @property
    def _cell(self) -> int:
        return int(self.users.columns["cell"][self.row])

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
        return float(self.users.columns["rate"][self.row])

    @property
    def willingness_usd(self) -> float:
        """Willingness to pay for a clip, in USD."""
        return math.exp(float(self.users.columns["willingness"][self.row]))

    @property
    def friends(self) -> Friends:
        """Friends, as a sequence of users."""
        return Friends(self.users, self.row)

    def __getitem__(self, platform: str) -> Membership:
        """Return how the user stands with a platform."""
        if platform not in self.users.names:
            raise unknown_name("platform", platform, self.users.names)
        return Membership(self, self.users.names.index(platform))

    def __repr__(self) -> str:
        parts = [f"{type(self).__name__} {self.row}", self.os, self.region]
        for name in self.users.names:
            mine = self[name]
            since = mine.activated_on if mine.status in ("active", "lost") else None
            parts.append(f"{name}: {mine.status}" + (f" since {since}" if since else ""))
            if mine.status == "lost":
                parts[-1] = f"{name}: lost, had come {since}"
        n = len(self.friends)
        parts.append(f"{n} friend{'s' if n != 1 else ''}")
        return f"<{' · '.join(parts)}>"

    # The day

    def step(self) -> None:
        """Live one day by the same rules as everybody, with this class's own decisions."""
        place = self.users.place(self.row)
        if place is None:
            return
        own: Any = type(self)
        decide = _decisions(own)[1]
        if decide is not RULES:
            decide = _bound(decide, self)
        world = self.users.world
        heard = int(world.awake.heard[place])
        person_day(world, self.users.tally, self.row, place, heard, decide)

    def remove(self) -> None:
        """Give the row back to the compiled loop; people do not vanish from a market."""
        self.users.demote([self.row])

    def _p(self, platform: str) -> int:
        return self[platform].index

    # Decisions. Each says what the rule says; override to say something else.

    def notices(self, platform: str) -> str | None:
        """Return what exposes the user to the platform today, or None."""
        cause = RULES.notices(self.users.world, self.row, self._p(platform))
        return Cause(cause).name.lower() if cause else None

    def remembers(self, platform: str) -> bool:
        """Say whether the user acts, today, on access that has opened."""
        return bool(RULES.remembers(self.users.world, self.row, self._p(platform)))

    def adopts(self, platform: str) -> bool:
        """Say whether the user installs a platform that is considered today."""
        return bool(RULES.adopts(self.users.world, self.row, self._p(platform), *self._bundle))

    def gives_up(self, platform: str) -> bool:
        """Say whether the user stops waiting for an invite."""
        return bool(RULES.gives_up(self.users.world, self.row, self._p(platform)))

    def comes_back(self, platform: str) -> bool:
        """Say whether the user returns after having left."""
        return bool(RULES.comes_back(self.users.world, self.row, self._p(platform)))

    def visits(self, platform: str) -> bool:
        """Say whether the user opens the platform today."""
        return bool(RULES.visits(self.users.world, self.row, self._p(platform)))

    def wants_clips(self, platform: str) -> int:
        """Return how many clips the user would make today, quota and price aside."""
        return int(RULES.wants_clips(self.users.world, self.row, self._p(platform)))

    def buys(self, platform: str) -> bool:
        """Say whether the user buys packs for what exceeds the quota."""
        return bool(RULES.buys(self.users.world, self.row, self._p(platform)))

    def shares(self, platform: str, clips: int) -> tuple[int, int]:
        """Return how many of today's clips go to friends and to the outside feed."""
        w, p = self.users.world, self._p(platform)
        return (
            int(RULES.shares_friends(w, self.row, p, clips)),
            int(RULES.shares_feed(w, self.row, p, clips)),
        )

    def subscribes(self, platform: str) -> bool:
        """Say whether the user takes a plan on this day of use."""
        return bool(RULES.subscribes(self.users.world, self.row, self._p(platform)))

    def cancels(self, platform: str) -> bool:
        """Say whether the user cancels the plan at this renewal."""
        return bool(RULES.cancels(self.users.world, self.row, self._p(platform)))

    def leaves(self, platform: str) -> bool:
        """Say whether the user leaves the platform at the end of the day."""
        return bool(RULES.leaves(self.users.world, self.row, self._p(platform)))


_OVERRIDABLE = {
    **{name: (name,) for name in Decisions._fields if not name.startswith("shares_")},
    "shares": ("shares_friends", "shares_feed"),
}


@cache
def _decisions(cls: Any) -> tuple[bool, Any]:
    """Return whether a class must be asked every day, and which methods it overrides."""
    own = frozenset(name for name in _OVERRIDABLE if getattr(cls, name) is not getattr(User, name))
    return bool(own & set(_ASKED_ONLY_ON_OCCASION)), own or RULES


def asked_daily(cls: Any) -> bool:
    """Return whether a class overrides a decision that rules would ask only on occasion."""
    return _decisions(cls)[0]


def _bound(own: frozenset[str], user: User) -> Decisions:
    """Return the rules, with a user's own methods in the place of those he overrides."""
    names = user.users.names

    def ask(method: str) -> Any:
        def decide(w: Any, row: int, p: int, *rest: Any) -> Any:
            if method == "adopts":
                user._bundle = rest
            answer = getattr(user, method)(names[p])
            if method == "notices":
                return _cause_code(answer, user)
            if method == "wants_clips" and not 0 <= int(answer) <= 65_535:
                raise ConfigError(
                    f"{type(user).__name__}.wants_clips returned {answer}: must be 0 to 65,535."
                )
            return answer

        return decide

    def share(place: int) -> Any:
        def decide(w: Any, row: int, p: int, clips: int) -> int:
            n = int(user.shares(names[p], clips)[place])
            if not 0 <= n <= clips:
                raise ConfigError(
                    f"{type(user).__name__}.shares returned {n}: must be 0 to {clips}, the clips "
                    "made today."
                )
            return n

        return decide

    changed = {name: ask(name) for name in own if name != "shares"}
    if "shares" in own:
        changed |= {"shares_friends": share(0), "shares_feed": share(1)}
    return RULES._replace(**changed)


def _cause_code(answer: object, user: User) -> int:
    if not answer:
        return 0
    if answer not in _CAUSES:
        raise unknown_name(f"cause returned by {type(user).__name__}.notices", answer, _CAUSES)
    return _CAUSES[str(answer)]
