"""Archives of arrays, looked at before anything is unpacked: a header is believed by its size."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import DataError

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a file that ``numpy.savez`` wrote, by name.

    The archive is not packed, so no member is larger than the file, and every array is as large as
    its member; what says otherwise would ask for memory that nobody has.

    Raises
    ------
    DataError
        If a member is packed, stands twice, is no plain array, or is not of the size it says.
    zipfile.BadZipFile, OSError, ValueError
        If it is no archive, or a broken one.
    """
    room = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        names = [one.filename for one in members]
        if len(set(names)) != len(names):
            raise _odd(path, "a name twice")
        for member in members:
            room -= member.file_size
            if member.compress_type != zipfile.ZIP_STORED or room < 0:
                raise _odd(path, f"{member.filename!r} packed, or larger than the file")
            _check_header(archive, member, path)
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _check_header(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    """Refuse an array whose header does not tell of the bytes that follow it."""
    with archive.open(member) as stream:
        read_header = _HEADERS.get(np.lib.format.read_magic(stream))
        if read_header is None:
            raise _odd(path, f"{member.filename!r} of another version of numpy")
        shape, _, dtype = read_header(stream)
        n_bytes = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or dtype.itemsize == 0 or min(shape, default=0) < 0:
            raise _odd(path, f"{member.filename!r}, which holds no plain numbers")
        if stream.tell() + n_bytes != member.file_size:
            raise _odd(path, f"{member.filename!r}, which is not of the size it says")


def _odd(path: Path, what: str) -> DataError:
    return DataError(f"{path}: an archive with {what}. Save it again.")
