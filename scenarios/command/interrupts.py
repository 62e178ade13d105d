"""Ctrl-C and SIGTERM: what is begun ends whole, and one line says where it stands."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

from sim.errors import ClipmarketError

if TYPE_CHECKING:
    from scenarios.command.sweep_console import Telling


#: Seconds that a command may take to end after Ctrl-C, during which another one changes nothing.
PATIENCE = 10.0
_FIRST: list[float] = []


class StoppedError(ClipmarketError):
    """Ctrl-C, with a line about what is done and how to go on."""


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let the files of a run be finished once they are begun; Ctrl-C takes effect after them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


@contextlib.contextmanager
def resumable(where: Callable[[], str] = lambda: "") -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end what keeps its runs, with a line on where it stands."""
    main = threading.current_thread() is threading.main_thread()
    _FIRST.clear()
    before = signal.signal(signal.SIGTERM, _interrupt) if main else None
    try:
        yield
    except KeyboardInterrupt:
        raise StoppedError(f"interrupted{where()}. The same command goes on from there.") from None
    finally:
        if main:
            signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def stoppable(telling: Telling) -> Iterator[Telling]:
    """Yield what tells of a sweep, whose runs are kept."""

    def where() -> str:
        return f": {telling.progress}" if telling.progress is not None else ""

    with resumable(where), telling:
        yield telling


@contextlib.contextmanager
def pressed_once() -> Iterator[None]:
    """Let Ctrl-C count once: what ends workers and files is not broken off by the next one.

    Where SIGINT is ignored, as a shell has it for what runs in the background, it stays so.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    _FIRST.clear()
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _FIRST.clear()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    if not _FIRST:
        _FIRST.append(time.monotonic())
        raise KeyboardInterrupt
    if time.monotonic() - _FIRST[0] > PATIENCE:
        with contextlib.suppress(OSError):
            os.write(2, b"clipmarket: interrupted again; ended at once.\n")
        os._exit(130)
