"""What cannot be copied as Python copies things, and says so."""

from __future__ import annotations

from typing import Any, NoReturn, SupportsIndex

from sim.errors import ConfigError


class OneOfAKind:
    """Part of a running market: arrays seen from many sides, which a copy would tear apart.

    Copied or pickled attribute by attribute it would look whole, and do nothing.
    """

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuse copy, deepcopy and pickle."""
        raise ConfigError(
            f"{type(self).__name__}: a running market is not copied or pickled piece by piece. "
            "Use market.branch() for a copy, market.save(path) and Market.load(path) for a file."
        )

    def __copy__(self) -> NoReturn:
        """Refuse copy."""
        self.__reduce_ex__(4)

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        """Refuse deepcopy."""
        self.__reduce_ex__(4)
