"""The errors a user can meet: one small tree, one clear line each."""

from __future__ import annotations

import difflib
import shlex
import sys
from collections.abc import Iterable

#: A longer list than this is cut to the nearest names.
_MOST_NAMES = 30
_NEAREST = 8
#: A longer name is cut in the message: a lost quote may have eaten a whole file.
_LONGEST = 60


class ClipmarketError(Exception):
    """Any failure whose cause lies in what was handed in.

    The message is one line: what was given, what is allowed, what to do. The command prints it
    and exits with code 2.
    """


class ConfigError(ClipmarketError, ValueError):
    """A parameter, scenario, date or command line that cannot be used."""


class DataError(ClipmarketError, ValueError):
    """A file (facts, edges, saved market) that is missing, broken or of another kind."""


class UnknownNameError(ClipmarketError, KeyError):
    """A name outside its catalogue; the message gives the nearest match and the list."""

    def __str__(self) -> str:
        # KeyError would print the repr of its argument, quotes included.
        return str(self.args[0])


class NoSuchNameError(ClipmarketError, AttributeError):
    """An attribute that there is none of; the message names the way."""


class NoSuchPlaceError(ClipmarketError, IndexError):
    """A number of somebody who does not exist."""


def missing(what: str, package: str) -> ConfigError:
    """Make the error for a library that only some things need, and that is not installed.

    The line can be typed as it stands: it names the Python that looked for the library.
    """
    python = shlex.quote(sys.executable or "python")
    return ConfigError(f"{what}: needs {package}. Install it: {python} -m pip install {package}")


#: What people call a parameter that has another name here.
WORDS = {
    "price": "pack_usd", "pack_price": "pack_usd", "quota": "free_quota_per_day",
    "free_quota": "free_quota_per_day", "marketing": "marketing_usd_per_day",
    "budget": "marketing_usd_per_day", "ads": "other_revenue_usd_per_active_day",
    "cost": "usd_per_gpu_hour", "plan": "subscription_usd_per_month",
    "subscription": "subscription_usd_per_month", "churn": "p_dropout", "users": "n_users",
    "people": "n_people", "friends": "graph", "moore_start": "cost_date",
}  # fmt: skip


def unknown_name(kind: str, name: object, allowed: Iterable[object]) -> UnknownNameError:
    """Make the error for a name that is not in its catalogue.

    Parameters
    ----------
    kind
        What the name should have been, in domain words: ``"platform"``, ``"metric"``.
    name
        What was given.
    allowed
        The catalogue.
    """
    names = sorted(str(item) for item in allowed)
    given = str(name)
    given = given if len(given) <= _LONGEST else given[:_LONGEST] + "..."
    meant = WORDS.get(given.lower())
    close = [meant] if meant in names else difflib.get_close_matches(given, names, 1, 0.5)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    if len(names) > _MOST_NAMES:
        near = difflib.get_close_matches(given, names, n=_NEAREST, cutoff=0.0)
        return UnknownNameError(
            f"unknown {kind} {given!r}.{hint} Nearest of {len(names)}: {', '.join(near)}."
        )
    return UnknownNameError(
        f"unknown {kind} {given!r}.{hint} Allowed: {', '.join(names) or 'none'}."
    )
