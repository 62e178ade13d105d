"""Whole days: a market stands between two days, and one whose day broke off goes no further."""

from __future__ import annotations

import datetime as dt
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any

from sim.checks import short
from sim.errors import ConfigError


class Days:
    """Whether a day is being lived, and whether one broke off.

    A day begins when everything that could refuse it has been asked, and ends when tomorrow is the
    day to be lived: what is raised in between, in whoever's class, leaves half a day behind.
    """

    def __init__(self) -> None:
        self.is_living = False
        self._broke_off = ""
        self._done: set[str] = set()
        self._is_watching = False
        self._is_pressed = False

    @contextmanager
    def living(self, date: Callable[[], dt.date]) -> Iterator[None]:
        """Live one or more days: until the end of this block the market is none to be looked at.

        Parameters
        ----------
        date
            Returns the date of the day that is being lived.
        """
        if not self._is_watching:
            with self.watching(), self.living(date):
                yield
            return
        self.is_living = True
        self._done.clear()
        try:
            yield
        except BaseException as error:
            self._broke_off = f"{date()} broke off ({type(error).__name__}: {short(error)})"
            raise
        finally:
            self.is_living = False
        if self._is_pressed:
            self._is_pressed = False
            raise KeyboardInterrupt

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Let Ctrl-C take effect once the day is over; pressed again, it breaks the day off.

        Only where Python's own handler would act: whoever has another has reasons of his own.
        """
        in_main = threading.current_thread() is threading.main_thread()
        python_acts = in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        before, self._is_watching, self._is_pressed = self._is_watching, True, False
        try:
            if python_acts:
                signal.signal(signal.SIGINT, self._press)
            yield
        finally:
            self._is_watching = before
            if python_acts:
                signal.signal(signal.SIGINT, signal.default_int_handler)

    def _press(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_pressed or not self.is_living:
            raise KeyboardInterrupt
        self._is_pressed = True

    def must_be_whole(self, what: str) -> None:
        """Raise ConfigError, naming what was wanted, if a day broke off."""
        if self._broke_off:
            raise ConfigError(
                f"{what}: {self._broke_off}, and from half a day nothing can go on. Take a saved "
                "market (Market.load), an earlier branch (Market.branch), or build it anew."
            )

    def must_be_between(self, what: str) -> None:
        """Raise ConfigError, naming what was wanted, unless the market stands between two days."""
        self.must_be_whole(what)
        if self.is_living:
            raise ConfigError(
                f"{what}: a day is being lived. Do it between days: after step(), or in each_day."
            )

    def part(self, what: str) -> None:
        """Raise ConfigError unless a day is being lived, of which this part is yet to come."""
        if not self.is_living or what in self._done:
            raise ConfigError(
                f"{what} is a part of the day, done once in its place: their order is the model. "
                "Call market.step(); within a subclass's own step, super().step()."
            )
        self._done.add(what)


def set_clock(model: Any, day: int) -> None:
    """Let a Mesa model be as many steps old as it has lived days."""
    model.steps = day
    if hasattr(model, "time"):
        model.time = float(day)
    # Since Mesa 3.5 a step is an event, which calls for the next; one that failed, or a market
    # that does not begin at day 0, needs another.
    clock = getattr(model, "_default_schedule", None)
    if clock is not None:
        clock.stop()
        tomorrow = replace(clock.schedule, start=float(day + 1))
        model._default_schedule = type(clock)(model, model._do_step, tomorrow, clock.priority)
        model._default_schedule.start()
