"""Options of the command: read, checked and refused in one line each."""

from __future__ import annotations

import contextlib
import math
import re
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sim.config import short
from sim.errors import ClipmarketError, ConfigError, DataError

if TYPE_CHECKING:
    from sim.scenario import Scenario

_SIZES = {"k": 1e3, "m": 1e6, "g": 1e9}
#: Commas between thousands, all of them: what else a comma could mean is a matter of country.
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?[a-z]?")
_DIGITS = re.compile(r"[+-]?[0-9]{1,30}")


class StoppedError(ClipmarketError):
    """Ctrl-C, with a line about what is done and how to go on."""


def number(text: str, option: str) -> float:
    """Read 100000, 1e6, 100k or 1M.

    Raises
    ------
    ConfigError
        If it is no finite number.
    """
    plain = text.strip().lower().replace("_", "")
    if "," in plain:
        if not _GROUPED.fullmatch(plain):
            raise ConfigError(
                f"{option} {short(text)}: a comma can be read in two ways. Write 1.5M for one and "
                "a half million, and 1000000 or 1,000,000 for a million."
            )
        plain = plain.replace(",", "")
    size = _SIZES.get(plain[-1:], 1.0)
    try:
        value = float(plain[:-1] if size != 1.0 else plain) * size
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        given = repr(text if len(text) <= 40 else text[:40] + "…")
        raise ConfigError(f"{option} {given}: must be a number, such as 100000, 1e6, 100k or 1M.")
    return value


def whole(text: str | None, option: str) -> int | None:
    """Read a whole number, large or small; None stays None."""
    if text is None:
        return None
    # Seeds reach beyond what a float holds, so digits are read as they stand.
    if _DIGITS.fullmatch(text.strip()):
        return int(text)
    value = number(text, option)
    if value != int(value):
        raise ConfigError(f"{option} {text}: must be a whole number, such as {round(value)}.")
    return int(value)


def with_settings(scenario: Scenario, settings: list[str]) -> Scenario:
    """Apply each ``--set platform.field=value``."""
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals or not path.strip() or not value.strip():
            raise ConfigError(
                f"--set {setting}: write it as platform.field=value, such as "
                "sora.free_quota_per_day=6."
            )
        try:
            scenario = scenario.set(path.strip(), value.strip())
        except ClipmarketError as error:
            raise ConfigError(f"--set {error}") from error
    return scenario


def check_folder(folder: Path) -> None:
    """Refuse, before anything is computed, a folder that cannot be written to; leave no trace.

    Raises
    ------
    DataError
        Saying why.
    """
    try:
        there = folder
        while not there.exists():
            there = there.parent
        if not there.is_dir():
            raise DataError(f"--out {folder}: {there} is a file. Give a folder.")
        # Names are tried out too: one may be too long, or hold what the disk does not take.
        with tempfile.TemporaryDirectory(dir=there) as trial:
            (Path(trial) / folder.absolute().relative_to(there.absolute())).mkdir(
                parents=True, exist_ok=True
            )
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"--out {folder}: cannot be written to ({reason}). Give a folder that can."
        ) from error


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let the files of a run be finished once they are begun; Ctrl-C takes effect after them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
