"""A Mesa model that lives by the day: its clock, its collector, and what Mesa leaves behind."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from weakref import WeakKeyDictionary

import mesa

from sim.batches import check_batch
from sim.copies import OneOfAKind
from sim.days import Days, set_clock


class DailyModel(OneOfAKind, mesa.Model):  # type: ignore[misc]
    """What `sim.market.Market` is to Mesa.

    Parameters
    ----------
    seed
        Of the generators that Mesa gives to agents of somebody's own; ours draw by key.
    n_days
        Days until the model runs no more.

    Attributes
    ----------
    whole_days
        Whether a day is being lived, or broke off.
    """

    #: Whether the class sees to it that each iteration of `mesa.batch_run` has its own seed.
    varies_by_iteration = False

    def __new__(cls, *given: Any, **named: Any) -> Self:
        """Return a model to be built, unless `mesa.batch_run` would only repeat it."""
        if not cls.varies_by_iteration:
            # Here, since batch_run hands in what the constructor does not know.
            check_batch(is_plain=cls.__module__ == "sim.market")
        made: Self = super().__new__(cls)
        return made

    def __init__(self, seed: int, n_days: int) -> None:
        super().__init__(rng=seed)
        self._day = 0
        self._n_days = n_days
        self._collector: Any = None
        self.whole_days = Days()
        _let_go_of_models()

    @property
    def day(self) -> int:
        """Days lived, which is the index of the day that the next step will live."""
        return self._day

    def stand_at(self, day: int) -> None:
        """Take over the day of a state that is put back (`sim.saving`)."""
        self._day = day
        self.running = day < self._n_days
        set_clock(self, day)

    def count_days(self, n: int) -> None:
        """Note that so many days more have been lived."""
        self._day += n
        self.running = self._day < self._n_days

    @contextmanager
    def _keeping_time(self) -> Iterator[None]:
        """Live days of which Mesa does not know: its clock goes by those that were lived."""
        try:
            yield
        finally:
            set_clock(self, self.day)

    def _wrapped_step(self, *given: Any, **named: Any) -> None:
        """Count a step as Mesa does; one that failed counts only if its day was lived."""
        self.whole_days.must_be_between("step")
        try:
            super()._wrapped_step(*given, **named)
        except BaseException:
            set_clock(self, self.day)
            raise

    def _do_step(self) -> None:
        """Do the same where Mesa steps by events, which may come by `run_for` and `run_until`."""
        try:
            super()._do_step()
        except BaseException:
            set_clock(self, self.day)
            raise

    @property
    def datacollector(self) -> Any:
        """Mesa's collector, if somebody gave one, or the model itself, which keeps a record."""
        return self if self._collector is None else self._collector

    @datacollector.setter
    def datacollector(self, collector: Any) -> None:
        self._collector = collector


class _Counters(WeakKeyDictionary[Any, Iterator[int]]):
    """A counter of agents for each model, gone with the model."""

    def __getitem__(self, model: Any) -> Iterator[int]:
        if model not in self:
            self[model] = itertools.count(1)
        return super().__getitem__(model)


def _let_go_of_models() -> None:
    """Mend a leak of Mesa 3.3: its counters of agents keep every model alive for ever."""
    counters = getattr(mesa.Agent, "_ids", None)
    if isinstance(counters, dict):
        mesa.Agent._ids = _Counters(counters)
