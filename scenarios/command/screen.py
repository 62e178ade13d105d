"""Where words go: a screen, a file, or a pipe whose reader may leave, and a disk may be full."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
from collections.abc import Callable
from typing import IO, Any, TypeVar

from rich.console import Console

from sim.errors import DataError

#: Width of what goes to a file or a pipe.
_FILE_WIDTH = 120

F = TypeVar("F", bound=Callable[..., Any])


class ClosedPipeError(Exception):
    """Nobody reads the output any more, as where it goes to ``head``: no mistake of anybody."""


class Screen(Console):
    """A console that leaves it to the command what becomes of a pipe without a reader."""

    def on_broken_pipe(self) -> None:
        """Say so, instead of ending the program as if something had failed."""
        raise ClosedPipeError


def make_console() -> Screen:
    """Return a console as wide as the screen, or as a file deserves."""
    console = Screen(highlight=False)
    return console if console.is_terminal else Screen(width=_FILE_WIDTH, highlight=False)


def guarded(command: F) -> F:
    """Return a command whose broken pipes and cut-off files are not taken for Ctrl-C.

    typer reads `EOFError` as the end of what somebody types, and nobody types anything here.
    """

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except EOFError as error:
            raise DataError(
                f"something that is read ended too early ({error or 'EOFError'}). Look for a file "
                "that was cut short, and write or fetch it again."
            ) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise ClosedPipeError from error
            raise

    return run  # type: ignore[return-value]


def let_go(stream: IO[str] | None) -> None:
    """Let what still waits to be written go nowhere, so that the end of the program is quiet."""
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
