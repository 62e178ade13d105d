"""Turns: whoever is stepped in Python lives each day once, within the day of the market."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.day.world import ORDERING, SERVING, WHOLE
from sim.errors import ConfigError

if TYPE_CHECKING:
    from agents.people.user import User


class Turns:
    """Whose turn is yet to come today, and where each stands among the awake."""

    def __init__(self) -> None:
        self._users: list[User] = []
        self._place: dict[int, int | None] = {}
        self.are_on = False
        #: The part of the day that a step lives.
        self.part = WHOLE

    def begin(self, users: Iterable[User], awake: npt.NDArray[np.int32]) -> None:
        """Note whose turns these are today.

        Whoever is promoted or released after this is so from tomorrow on.

        Parameters
        ----------
        awake
            (k,) rows of all to whom something can happen today.
        """
        self._users, self.part = list(users), WHOLE
        if self._users:
            place = dict(zip(awake.tolist(), range(awake.size), strict=True))
            self._place = {user.row: place.get(user.row) for user in self._users}

    def order(self, live: Callable[[User, int, int], None]) -> None:
        """Let users live the day up to their orders; the steps that follow live the rest.

        Parameters
        ----------
        live
            Called with a user, his place among the awake, and the part of the day.
        """
        self.part = SERVING
        with self._on():
            for user in self._users:
                place = self._place[user.row]
                if place is not None:
                    live(user, place, ORDERING)

    def give(self) -> None:
        """Step users one by one, as plain Mesa would."""
        with self._on():
            for user in self._users:
                user.step()
        self._place = {}

    @contextmanager
    def _on(self) -> Iterator[None]:
        """Keep everybody's hands off the others while people live."""
        self.are_on = True
        try:
            yield
        except BaseException:
            self._place = {}
            raise
        finally:
            self.are_on = False

    def take(self, row: int) -> int | None:
        """Take a user's turn and return his place among the awake; None if nothing can happen.

        Raises
        ------
        ConfigError
            If it is not his turn: a day is lived once, in its order.
        """
        if row not in self._place:
            raise ConfigError(
                f"step of user {row}: it is not his turn. Who is promoted lives each day once, "
                "within market.step(); call that, or super().step() in a subclass of Market."
            )
        return self._place.pop(row)

    def must_be_over(self, what: str) -> None:
        """Raise ConfigError while people live their day, each in his own row."""
        if self.are_on:
            raise ConfigError(
                f"{what}: cannot be written while people live their day. Write it between days "
                "(in each_day, say), or in an intervention."
            )
