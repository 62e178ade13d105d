"""Turns: whoever is stepped in Python lives each day once, within the day of the market."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.errors import ConfigError

if TYPE_CHECKING:
    from agents.people.user import User


class Turns:
    """Whose turn is yet to come today, and where each stands among the awake."""

    def __init__(self) -> None:
        self._place: dict[int, int | None] = {}
        self.are_on = False

    def give(self, users: Iterable[User], awake: npt.NDArray[np.int32]) -> None:
        """Step users one by one, as plain Mesa would.

        Whoever is promoted or released meanwhile is so from tomorrow on: the turns of today are
        those of the morning.

        Parameters
        ----------
        awake
            (k,) rows of all to whom something can happen today.
        """
        stepped = list(users)
        if not stepped:
            return
        place = dict(zip(awake.tolist(), range(awake.size), strict=True))
        self._place = {user.row: place.get(user.row) for user in stepped}
        self.are_on = True
        try:
            for user in stepped:
                user.step()
        finally:
            self.are_on = False
            self._place = {}

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
