"""How much memory there is: the least of all limits, whichever files tell them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.memory import memory

LOW = 900_000_000


def system(root: Path, groups: str, limits: dict[str, str]) -> Path:
    """Lay out the files of a system in which this process is in some groups."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for name, text in limits.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("groups", "limits"),
    [
        ("0::/\n", {"memory.max": f"{LOW}\n"}),
        ("0::/a/b\n", {"memory.max": "max\n", "a/memory.max": f"{LOW}\n", "a/b/memory.max": "max"}),
        ("0::/a/b\n", {"a/b/memory.max": f"{LOW}\n"}),
        ("4:memory:/x\n0::/\n", {"memory/x/memory.limit_in_bytes": f"{LOW}\n"}),
        ("4:cpu,memory:/\n", {"memory/memory.limit_in_bytes": f"{LOW}\n"}),
        # Within a container the path is that of the machine outside.
        ("0::/outside/of/it\n", {"memory.max": f"{LOW}\n"}),
        ("0::/outside/inner\n", {"inner/memory.max": f"{LOW}\n"}),
    ],
)
def test_the_lowest_limit_is_found(groups: str, limits: dict[str, str], tmp_path: Path) -> None:
    assert memory(system(tmp_path, groups, limits)) == LOW


@pytest.mark.parametrize(
    ("groups", "limits"),
    [
        ("0::/\n", {"memory.max": "max\n"}),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712\n"}),
        ("nonsense\n", {"memory.max": "nonsense"}),
    ],
)
def test_no_limit_is_what_the_machine_has(
    groups: str, limits: dict[str, str], tmp_path: Path
) -> None:
    assert memory(system(tmp_path, groups, limits)) == memory(tmp_path / "nothing") > LOW
