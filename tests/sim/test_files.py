"""Files are whole or not there, and lie where they were asked for."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import DataError
from sim.files import write_aside


def full(_: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(path: Path) -> None:
    path.write_text("half")
    raise KeyboardInterrupt


def puzzled(path: Path) -> None:
    path.write_text("half")
    raise ValueError("no such column")


@pytest.mark.parametrize(
    ("write", "error"),
    [(full, DataError), (interrupted, KeyboardInterrupt), (puzzled, ValueError)],
)
def test_what_was_not_finished_leaves_the_old_file_and_nothing_else(
    write: Callable[[Path], None], error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    write_aside(path, lambda p: p.write_text("whole"))
    with pytest.raises(error):
        write_aside(path, write)
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "whole"


def test_a_full_disk_is_one_line_even_if_nothing_can_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that has become read-only refuses both; what is told is the first."""

    def unlink(self: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(DataError, match=r"^cannot write .*a\.txt: No space left on device\. Give"):
        write_aside(tmp_path / "a.txt", full)


def test_no_link_leads_out_of_the_folder_asked_for(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside / "own", outside):
        folder.mkdir(parents=True)
    (inside / "charts").symlink_to(outside)
    (inside / "mine").symlink_to(inside / "own")
    (inside / "loop").symlink_to(inside / "loop")
    (inside / "file.txt").symlink_to(outside / "file.txt")
    for name in ("charts/a.txt", "charts/more/a.txt", "../outside/a.txt"):
        with pytest.raises(DataError, match="leads out of"):
            write_aside(inside / name, lambda p: p.write_text("x"), inside)
    # Whether a circle leads out, Python 3.13 tells otherwise than 3.11.
    with pytest.raises(DataError, match="cannot write"):
        write_aside(inside / "loop" / "a.txt", lambda p: p.write_text("x"), inside)
    assert list(outside.iterdir()) == []
    # A link to a file is replaced, not followed; one that stays inside may lead anywhere there.
    for name in ("file.txt", "mine/a.txt", "new/a.txt"):
        write_aside(inside / name, lambda p: p.write_text("x"), inside)
        assert (inside / name).read_text() == "x"
    assert list(outside.iterdir()) == []
