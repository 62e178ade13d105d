"""Where those who know Mesa's sets of agents find here what they look for."""

from __future__ import annotations

from typing import Any

from sim.errors import NoSuchNameError

_COLUMNS = "columns of numpy: users.columns['clips_total'], (platforms, users)"
_CHOICE = "users.where(platform=name, status='active'), whose .column(name) is of numpy"
_DAY = "market.step() or market.run(): everybody lives the day together"
_OWN = "a class of your own, users.promote(rows, MyUser), or a method of one user, users[7]"
#: What a `mesa.agent.AgentSet` has, to what serves here.
WAYS = {
    "agg": _COLUMNS, "get": _COLUMNS, "to_list": "list(users[:10])", "sort": _COLUMNS,
    "select": _CHOICE, "groupby": _CHOICE, "count": f"len() of {_CHOICE}",
    "do": _DAY, "shuffle_do": _DAY, "shuffle": _DAY, "map": _OWN, "set": _OWN, "add": _OWN,
    "discard": "market.n_users in the scenario: nobody is added or removed on the way",
    "loc": _COLUMNS, "iloc": _COLUMNS, "shape": "len(users)", "mean": _COLUMNS, "sum": _COLUMNS,
}  # fmt: skip


class NoAgentSet:
    """Users stand in columns, not in a set of objects; whoever looks for one is told the way."""

    def __getattr__(self, name: str) -> Any:
        """Say what to use instead of what there is not."""
        if name in WAYS:
            raise NoSuchNameError(f"users have no {name!r}. Use {WAYS[name]}.")
        raise NoSuchNameError(f"users have no {name!r}. Their columns are users.columns.")
