"""Archives of arrays: a header that lies is found out before memory is asked for."""

import io
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.archives import read_arrays
from sim.errors import DataError
from sim.market import Market
from sim.seal import seal


def header(shape: tuple[int, ...], descr: str = "|u1") -> bytes:
    """Return the header of an array, whatever follows it."""
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        content, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return content.getvalue()


def archive(path: Path, members: dict[str, bytes], packed: int = zipfile.ZIP_STORED) -> None:
    """Write an archive, sealed as if a market had been saved."""
    with zipfile.ZipFile(path, "w", packed) as out:
        for name, content in members.items():
            out.writestr(name, content)
    with path.open("r+b") as file:
        seal(file)


def pickled() -> bytes:
    content = io.BytesIO()
    np.save(content, np.array([{}], dtype=object), allow_pickle=True)
    return content.getvalue()


FORGED: dict[str, dict[str, bytes]] = {
    "more than follows": {"x.npy": header((10**12,)) + bytes(8)},
    "more than any machine has": {"x.npy": header((2**40, 2**40)) + bytes(8)},
    "less than follows": {"x.npy": header((4,)) + bytes(8)},
    "no bytes at all": {"x.npy": header((10**9,), "|V0")},
    "objects": {"x.npy": pickled()},
    "no array": {"x.npy": b"a text that is long enough to be a header"},
}


@pytest.mark.parametrize("kind", FORGED)
@pytest.mark.parametrize("read", [read_arrays, Market.load])
def test_an_array_that_is_not_of_its_size_is_refused(
    tmp_path: Path, kind: str, read: Callable[[Path], Any]
) -> None:
    path = tmp_path / "m.npz"
    archive(path, FORGED[kind])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((DataError, ValueError)) as caught:
        read(path)
    assert len(str(caught.value).splitlines()) == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """We pack nothing, so what is packed is not ours."""
    path = tmp_path / "m.npz"
    archive(path, {"x.npy": header((10**8,)) + bytes(10**8)}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10**6
    with pytest.raises(DataError, match="packed, or larger than the file"):
        Market.load(path)


def test_what_numpy_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    given = {"a": np.arange(6.0).reshape(2, 3), "b": np.zeros(0, np.int32), "c": np.array(7)}
    np.savez(path, **given)
    found = read_arrays(path)
    assert list(found) == list(given)
    assert all(np.array_equal(found[name], given[name]) for name in given)


def test_a_name_stands_once(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("x.npy", header((1,)) + b"\0")
        with pytest.warns(UserWarning, match="Duplicate name"):
            out.writestr("x.npy", header((1,)) + b"\1")
    with pytest.raises(DataError, match="a name twice"):
        read_arrays(path)
