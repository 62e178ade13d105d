"""The one way a function of this project is compiled.

numba's disk cache looks only at the file in which a function stands: after a change in a *called*
file it would go on serving the old machine code. Here every cached function carries one stamp of
all kernel sources, so a change anywhere recompiles everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, register_jitable

KERNEL_FOLDERS = ("sim", "agents")

#: Users whose state is fetched before their turn comes (`prefetch`).
AHEAD = 16

F = TypeVar("F", bound=Callable[..., Any])

_PLAIN: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
#: Rules get the whole world as a tuple of arrays. With numba's reference counting each call would
#: count every array up and down, which costs ten times the rule itself; rules allocate nothing, so
#: they are compiled without it, and inlined.
_RULE = {**_PLAIN, "_nrt": False, "forceinline": True}


@cache
def source_stamp() -> str:
    """Return one hash of every source file from which machine code is made.

    Kernels stand in the folders themselves; what lies deeper (charts, experiments) only calls them.
    """
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for folder in KERNEL_FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def scalar(function: F) -> F:
    """Compile a small function that kernels call (and inline); never cached by itself."""
    compiled: F = numba.njit(**_PLAIN)(function)
    return compiled


def rule(function: F) -> F:
    """Compile a rule: a scalar function that sees the world and allocates nothing."""
    compiled: F = numba.njit(**_RULE)(function)
    return compiled


def either_way(function: F) -> F:
    """Compile a function where compiled code calls it, and leave it Python where Python does."""
    jitable: F = register_jitable(**_RULE)(function)
    return jitable


def kernel(function: F) -> F:
    """Compile a loop that Python calls: releases the GIL, machine code kept on disk.

    Threads are ours (a chunk of rows each), not numba's: its thread pools cannot be entered from
    two Python threads at once, and a sweep may run several markets in one process. With compilation
    switched off (NUMBA_DISABLE_JIT=1) everything is plain Python, with the same results.
    """
    compiled: F = numba.njit(cache=True, **_PLAIN)(function)
    if compiled is function:
        return function
    cache_file = compiled._cache._cache_file  # type: ignore[attr-defined]
    cache_file._source_stamp = source_stamp()
    return compiled


def _intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make an instruction of the processor of it; where nothing is compiled, nothing at all."""
    if numba.config.DISABLE_JIT:
        return lambda *_: None
    made: Callable[..., Any] = intrinsic(function)
    return made


@_intrinsic
def prefetch(typing_context, array, row):  # type: ignore[no-untyped-def]
    """Ask the processor to fetch ``array[row]`` (the first of it, in two dimensions).

    Rows that are awake lie far apart, and a loop that waits for each in turn does little else.
    Writes and changes nothing.
    """
    if not isinstance(array, types.Array) or not isinstance(row, types.Integer):
        return None

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        kind = signature.args[0]
        data = context.make_array(kind)(context, builder, arguments[0])
        place = context.cast(builder, arguments[1], signature.args[1], types.intp)
        step = builder.extract_value(data.strides, 0)
        byte = builder.bitcast(data.data, ir.IntType(8).as_pointer())
        address = builder.gep(byte, [builder.mul(place, step)])
        number = ir.IntType(32)
        instruction = builder.module.declare_intrinsic(
            "llvm.prefetch",
            [address.type],
            ir.FunctionType(ir.VoidType(), [address.type, number, number, number]),
        )
        # To be written, kept in all caches, data.
        builder.call(instruction, [address, number(1), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, row), generate
