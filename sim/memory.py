"""How much memory this process may have: what there is, and what somebody lets it have of it."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

#: Where groups of processes are kept, and the file of their limit: of the second version, of the
#: first, and where both are in use.
_GROUPS = (
    ("", "sys/fs/cgroup", "memory.max"),
    ("memory", "sys/fs/cgroup/memory", "memory.limit_in_bytes"),
    ("", "sys/fs/cgroup/unified", "memory.max"),
)


def memory(root: Path = Path("/")) -> float:
    """Return the bytes of memory this process may have; infinite where nobody says.

    The least of what the machine has, what this process may address, and the limits of its group
    and of every group around it.

    Parameters
    ----------
    root
        Where the files of the system are.
    """
    limits = [math.inf, *_of_groups(root)]
    with contextlib.suppress(AttributeError, OSError, ValueError):
        limits.append(float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE"))
    if sys.platform != "win32":
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        limits.append(math.inf if soft == resource.RLIM_INFINITY else float(soft))
    return min(limits)


def _of_groups(root: Path) -> Iterator[float]:
    """Yield the limits of the groups that this process is in, up to the outermost."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = ["0::/", "1:memory:/"]
    for line in lines:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        for controller, place, file in _GROUPS:
            if controller in controllers.split(","):
                yield from _limits(root / place, path, file)


def _limits(place: Path, path: str, file: str) -> Iterator[float]:
    """Yield the limits along a path of groups.

    Within a container the path may be that of the machine outside, of which the container sees the
    end alone: every end of it is looked at.
    """
    names = [name for name in path.split("/") if name not in ("", ".", "..")]
    for first in range(len(names) + 1):
        for last in range(first, len(names) + 1):
            with contextlib.suppress(OSError, ValueError):  # not there, or "max"
                limit = float(place.joinpath(*names[first:last], file).read_text("ascii"))
                if limit >= 0:  # the first version writes 2**63, about, for none
                    yield limit
