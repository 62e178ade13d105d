"""Modules that have another name by now: the old one still works, with a warning.

Scripts and notebooks outlive a tidying of folders. A package tells here which of its modules went
where; asking for the old one gives what the new one has.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, cast


class _Old(types.ModuleType):
    """A module under its old name: whatever is asked of it, the new one answers."""

    def __getattr__(self, name: str) -> Any:
        spec = cast(importlib.machinery.ModuleSpec, self.__spec__)
        return getattr(importlib.import_module(spec.loader_state), name)


class _Moved(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds old names after everybody else has looked."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how an old name is loaded; None if it is none of them."""
        if fullname not in self.names:
            return None
        new = self.names[fullname]
        return importlib.machinery.ModuleSpec(fullname, self, loader_state=new)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Return a module that hands on to the new one."""
        return _Old(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Say once what the name is now."""
        new = self.names[module.__name__]
        importlib.import_module(new)
        warnings.warn(f"{module.__name__} is {new} now.", DeprecationWarning, stacklevel=2)


_MOVED = _Moved()


def moved(names: Mapping[str, str]) -> None:
    """Let the old names of modules work: old to new."""
    if _MOVED not in sys.meta_path:
        sys.meta_path.append(_MOVED)
    _MOVED.names.update(names)
