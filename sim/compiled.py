"""The one way a function of this project is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.registry import CPUDispatcher
from numba.extending import intrinsic, register_jitable

from sim.code_cache import CodeCache
from sim.collection import no_collection
from sim.rehearsals import REHEARSALS

#: Users whose state is fetched before their turn comes (`prefetch`).
AHEAD = 16

_unliteral: Any = types.unliteral  # type: ignore[attr-defined]
_Tuple: Any = types.Tuple  # type: ignore[attr-defined]
F = TypeVar("F", bound=Callable[..., Any])

_PLAIN: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
#: Rules get the whole world as a tuple of arrays. With numba's reference counting each call would
#: count every array up and down, which costs ten times the rule itself; rules allocate nothing, so
#: they are compiled without it, and inlined.
_RULE = {**_PLAIN, "_nrt": False, "forceinline": True}
_FROM_COMPILED_CODE = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class _Kernel(CPUDispatcher):  # type: ignore[misc]
    """A loop that Python calls, with everything that it calls in turn."""

    def compile(self, sig: Any) -> Any:
        """Compile for arguments of these types, or take the code that is kept."""
        REHEARSALS.wait(self)
        with no_collection():
            return super().compile(sig)


class _Called(CPUDispatcher):  # type: ignore[misc]
    """A function that compiled code calls, and Python too.

    What Python needs to call it takes longer to compile than the function itself. Compiled code is
    given a twin without; the twin for Python is compiled when Python first calls it.
    """

    @cached_property
    def _bare(self) -> CPUDispatcher:
        options = {**self.targetoptions, **_FROM_COMPILED_CODE}
        return CPUDispatcher(self.py_func, targetoptions=options)

    @property
    def _numba_type_(self) -> types.Dispatcher:
        """What compiled code sees."""
        return types.Dispatcher(self._bare)


def _compiled(function: F, cls: type[CPUDispatcher], options: Mapping[str, Any]) -> F:
    """Return what numba makes of a function; the function itself where nothing is compiled."""
    if numba.config.DISABLE_JIT:
        return function
    compiled: Any = cls(function, targetoptions={"nopython": True, "boundscheck": None, **options})
    return compiled  # type: ignore[no-any-return]


def scalar(function: F) -> F:
    """Compile a small function that kernels call (and inline); never cached by itself."""
    return _compiled(function, _Called, _PLAIN)


def rule(function: F) -> F:
    """Compile a rule: a scalar function that sees the world and allocates nothing."""
    return _compiled(function, _Called, _RULE)


def seldom(function: F) -> F:
    """Compile a rule that few are asked: called where others are inlined.

    Inlined, its length would slow the many who are not asked.
    """
    return _compiled(function, _Called, {**_RULE, "forceinline": False})


def either_way(function: F) -> F:
    """Compile a function where compiled code calls it, and leave it Python where Python does."""
    jitable: F = register_jitable(**_RULE)(function)
    return jitable


def kernel(function: F) -> F:
    """Compile a loop that Python calls: releases the GIL, machine code kept on disk.

    Threads are ours (a chunk of rows each), not numba's: its thread pools cannot be entered from
    two Python threads at once, and a sweep may run several markets in one process. What is kept
    on disk hangs on all that the kernel reaches (`sim.code_cache`). With compilation switched off
    (NUMBA_DISABLE_JIT=1) everything is plain Python, with the same results.
    """
    compiled: Any = _compiled(function, _Kernel, _PLAIN)
    if isinstance(compiled, _Kernel):
        compiled._cache = CodeCache(compiled, (_PLAIN, _RULE))
    return compiled  # type: ignore[no-any-return]


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


def by_address(kernel: Any, returns: types.Type) -> Any:
    """Return a function with which compiled code calls a kernel where its machine code stands.

    A kernel that is called by its name is compiled a second time into whoever calls it, which for
    the long ones takes as long as the first. Compiled code calls ``call(address, world, changes,
    others)``: with what `address_of` returned, and arguments of just the types for which it did.
    The first argument of the kernel is ``world``, a named tuple, with the fields of ``changes``, a
    named tuple too, in place of its own; put together here, no array is counted up and down.

    Parameters
    ----------
    returns
        Type of what the kernel returns.
    """
    if numba.config.DISABLE_JIT:
        return lambda _, world, changes, others: kernel(
            world._replace(**changes._asdict()), *others
        )

    @intrinsic
    def call(typing_context, address, world, changes, others):  # type: ignore[no-untyped-def]
        for name, kind in zip(changes.fields, changes.types, strict=True):
            own = world.types[world.fields.index(name)]
            if own != kind:
                raise TypingError(f"{name} is of type {kind}, in {world.instance_class} {own}")
        kinds = (world, *map(_unliteral, others))
        _called_with.setdefault(kernel, set()).add(kinds)

        def generate(context, builder, signature, given):  # type: ignore[no-untyped-def]
            _, first, changed, rest = given
            for i, name in enumerate(changes.fields):
                value = builder.extract_value(changed, i)
                first = builder.insert_value(first, value, world.fields.index(name))
            values = [first, *(builder.extract_value(rest, i) for i in range(len(kinds) - 1))]
            convention = context.call_conv
            pointer = convention.get_function_type(returns, kinds).as_pointer()
            code = builder.inttoptr(given[0], pointer)
            status, value = convention.call_function(builder, code, returns, kinds, values)
            with cgutils.if_unlikely(builder, status.is_error):
                convention.return_status_propagate(builder, status)
            return value

        return returns(types.uint64, world, changes, _Tuple(kinds[1:])), generate

    return call


#: Types of arguments with which compiled code of this process calls a kernel by its address.
_called_with: dict[Any, set[Any]] = {}


def address_of(kernel: Any, *arguments: Any) -> np.uint64:
    """Return where the machine code of a kernel stands, for arguments like these.

    Raises
    ------
    TypeError
        If compiled code of this process calls it there with arguments of other types.
    """
    if numba.config.DISABLE_JIT:
        return np.uint64(0)
    kinds = tuple(map(numba.typeof, arguments))
    wrong = _called_with.get(kernel, {kinds}) - {kinds}
    if kinds not in _called_with.get(kernel, {kinds}):
        raise TypeError(f"{kernel.__name__} is made for {kinds}, and called with {wrong}")
    if kinds not in kernel.overloads:
        kernel.compile(kinds)
    made = kernel.overloads[kinds]
    return np.uint64(made.library.get_pointer_to_function(made.fndesc.llvm_func_name))
