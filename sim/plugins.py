"""Plug-ins: functions that data may name, the project's own or from anybody's file.

A register holds one kind of them. A file that registers something is loaded by importing it, or by
naming it where workers look (``Source.setup``); after that its names work like the shipped ones.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from sim.checks import chosen
from sim.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])
#: Packages whose names nobody else may take.
_OWN = ("sim", "agents", "scenarios")


class Register(Mapping[str, Callable[..., Any]]):
    """Functions of one kind by name.

    Parameters
    ----------
    kind
        What stands in it, in a word: ``"strategy"``.

    Examples
    --------
    >>> greetings = Register("greeting")
    >>> @greetings.add
    ... def hello(whom: str) -> str:
    ...     return f"hello {whom}"
    >>> greetings["hello"]("world")
    'hello world'
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._functions: dict[str, Callable[..., Any]] = {}
        REGISTERS[kind] = self

    def add(self, function: F) -> F:
        """Put a function in under its own name; a decorator.

        Raises
        ------
        ConfigError
            If the project itself has one of that name.
        """
        name = function.__name__
        there = self._functions.get(name)
        if there is not None and _is_own(there) and not _is_same(there, function):
            raise ConfigError(
                f"{self.kind} {name!r}: there is one of that name already, in {there.__module__}. "
                "Give yours another name."
            )
        self._functions[name] = function
        return function

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """Return a function by name; an unknown one is told with its nearest match."""
        return self._functions[chosen(self.kind, name, self._functions)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)

    def remove(self, name: str) -> None:
        """Take a function out again."""
        del self._functions[name]

    def check(self, name: str, parameters: Mapping[str, Any], n_given: int, where: str) -> None:
        """Refuse an unknown name, and parameters that the function does not know or lacks.

        Parameters
        ----------
        n_given
            Arguments that it is given beside its parameters.
        where
            Who names it, for the message.

        Raises
        ------
        UnknownNameError, ConfigError
            One line: what was given, what is allowed.
        """
        signature = inspect.signature(self[name])
        try:
            signature.bind(*[None] * n_given, **parameters)
        except TypeError as error:
            allowed = ", ".join(list(signature.parameters)[n_given:]) or "none"
            raise ConfigError(
                f"{where}: {self.kind} {name!r}: {error}. It takes: {allowed}."
            ) from None


#: Every register by its kind.
REGISTERS: dict[str, Register] = {}


def _is_own(function: Callable[..., Any]) -> bool:
    return function.__module__.partition(".")[0] in _OWN


def _is_same(one: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Return whether two functions are the same one, of a module that was loaded twice."""
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)
