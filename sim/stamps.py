"""What machine code hangs on: one stamp of a compiled function and of all that it reaches.

Two functions of one stamp compile to the same code. The stamp looks at what Python made of a
source, not at its text: docstrings, comments and line numbers are not in it; every constant, every
function that is called however far down, and the values of every enum are.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.core import types
from numba.core.dispatcher import Dispatcher

#: Known by name and version: they do not change while somebody works on the model.
_LIBRARIES = {"numpy", "numba", "llvmlite", "scipy"} | set(sys.stdlib_module_names)
#: Its functions make compiled ones; what they do to them is told by `how` (see `stamp`).
_DECORATORS = "sim.compiled"
#: Functions and modules that a text names, to be looked at in turn.
_Reached = list[FunctionType | ModuleType]


class UnknownKindError(TypeError):
    """A compiled function names something of which the stamp does not know when it changes."""


def stamp(compiled: Dispatcher, how: Any = None) -> str:
    """Return the hash of a compiled function and of everything it reaches.

    Parameters
    ----------
    how
        Options that hold for every function, of those too that do not know their own.

    Raises
    ------
    UnknownKindError
        If it names a value of a kind that is not known here.
    """
    waiting: _Reached = []
    texts: dict[Any, str] = {None: _value((compiled, how), waiting)}
    while waiting:
        one = waiting.pop()
        if one not in texts:
            texts[one], more = _text(one)
            waiting += more
    return hashlib.sha256("\n".join(sorted(texts.values())).encode()).hexdigest()


@cache
def _text(one: FunctionType | ModuleType) -> tuple[str, tuple[Any, ...]]:
    """Describe one function, or all that stands in a module; return what it names besides."""
    reached: _Reached = []
    if isinstance(one, ModuleType):
        named = {k: v for k, v in vars(one).items() if not k.startswith("__")}
        named.pop("annotations", None)  # of __future__
        lines = [one.__name__]
    else:
        named = dict(_globals_of(one))
        lines = [_name(one), *_code_lines(one.__code__, one.__doc__)]
        named["(defaults)"] = one.__defaults__
        named["(keywords)"] = one.__kwdefaults__
        for variable, cell in zip(one.__code__.co_freevars, one.__closure__ or (), strict=True):
            named[f"({variable})"] = cell.cell_contents
    for key in sorted(named):
        try:
            lines.append(f"{key} = {_value(named[key], reached)}")
        except UnknownKindError as error:
            raise UnknownKindError(f"{lines[0]}: {key} is {error}") from None
    return "\n".join(lines), tuple(reached)


def _code_lines(code: CodeType, doc: str | None = None) -> Iterator[str]:
    """Describe bytecode, its constants and names, and the functions written inside it."""
    yield f"{code.co_code.hex()} {code.co_argcount} {code.co_kwonlyargcount}"
    yield repr((code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars))
    for place, constant in enumerate(code.co_consts):
        if isinstance(constant, CodeType):
            yield from _code_lines(constant)
        elif place > 0 or doc is None or constant != doc:
            yield _value(constant, [])


def _globals_of(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the globals that a function, or a function inside it, may mean by a name."""
    for name in _names(function.__code__):
        if name in function.__globals__:
            yield name, function.__globals__[name]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _value(value: Any, reached: _Reached) -> str:
    """Describe a value that compiled code names; note what has to be looked at in turn."""
    if isinstance(value, Dispatcher):
        reached.append(value.py_func)
        return f"{_name(value.py_func)} compiled with {sorted(value.targetoptions.items())}"
    if isinstance(value, type):
        return _type(value, reached)
    if isinstance(value, Enum):
        return f"{_name(type(value))}.{value.name} {value.value!r}"
    if isinstance(value, tuple | list):
        return f"{type(value).__name__}({_joined(value, reached)})"
    if isinstance(value, set | frozenset):
        return f"set({', '.join(sorted(_value(one, reached) for one in value))})"
    if isinstance(value, dict):
        return f"dict({_joined(value.items(), reached)})"
    if isinstance(value, np.generic | np.ndarray):
        return f"{value.dtype.descr} {value.shape} {value.tobytes().hex()}"
    if isinstance(value, np.dtype):
        return f"dtype {value.descr}"
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | range):
        return f"{type(value).__name__} {value!r}"
    if isinstance(value, types.Type):
        return f"type {value}"
    return _place(value, reached)


def _joined(values: Iterable[Any], reached: _Reached) -> str:
    return ", ".join(_value(one, reached) for one in values)


def _type(cls: type, reached: _Reached) -> str:
    if issubclass(cls, Enum):
        return f"{_name(cls)} {[(member.name, member.value) for member in cls]}"
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return f"{_name(cls)} {cls._fields}"
    return _place(cls, reached)


def _place(value: Any, reached: _Reached) -> str:
    """Describe what is known by where it stands: modules, functions, classes of libraries."""
    name = value.__name__ if isinstance(value, ModuleType) else _name(value)
    root = name.partition(".")[0]
    if isinstance(value, FunctionType) and value.__module__ == _DECORATORS:
        return name
    if root in _LIBRARIES or root == "builtins":
        return f"{name} {getattr(sys.modules.get(root), '__version__', '')}"
    if isinstance(value, ModuleType | FunctionType):
        reached.append(value)
        return name
    inside = getattr(value, "__wrapped__", None)
    if isinstance(inside, FunctionType):  # an intrinsic, made of a function
        reached.append(inside)
        return f"{type(value).__name__} {name}"
    raise UnknownKindError(f"a {type(value).__name__}, which sim/stamps.py does not know")


def _name(value: Any) -> str:
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if name is None:
        raise UnknownKindError(f"a {type(value).__name__}, which sim/stamps.py does not know")
    return f"{getattr(value, '__module__', None) or type(value).__module__}.{name}"
