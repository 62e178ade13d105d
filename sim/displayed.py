"""What notebooks show of a market, a person, results, a comparison, a store: small tables.

Classes stay as they are, since stored runs hang on what the model's are made of; IPython is told
how to show each by name, so that nothing is loaded for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from sim.numbers import brief

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.paired import Comparison
    from sim.experiments.store.store import Store
    from sim.market import Market
    from sim.results import Results

#: Columns of a month, and of what one scenario does beside another.
MONTHS = ("installs", "daily_active", "clips", "compute_usd", "in_app_spend_usd", "cash_usd")
OF_COMPARISON = ("installs", "daily_active", "clips", "compute_usd", "in_app_spend_usd",
            "contribution_usd")  # fmt: skip
#: Of a person on a platform.
_OF_PERSON = ("status", "activated_on", "clips_total", "clips_today")
#: Rows of a store that are shown.
_MOST_ROWS = 10


def table_html(columns: Sequence[str], rows: Sequence[Sequence[object]], caption: str) -> str:
    """Return a small table of HTML; the first column names its row."""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in columns)
    body = "".join(
        "<tr>"
        + f'<th scope="row" style="text-align:left">{escape(str(row[0]))}</th>'
        + "".join(f'<td style="text-align:right">{escape(str(cell))}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    title = f'<caption style="text-align:left;font-weight:bold">{escape(caption)}</caption>'
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def heading(metric: str) -> str:
    """Return a metric as a heading, with its unit."""
    from sim.metrics import metric_of

    unit = metric_of(metric).unit
    return f"{metric.removesuffix('_usd').replace('_', ' ')} [{unit}]"


def results_html(results: Results) -> str:
    """Return the months of each platform."""
    if not results.n_days:
        return f"<p>{escape(repr(results))}</p>"
    frame = results.table("month", MONTHS)
    rows = [
        [f"{platform} · {month}", *(brief(float(value)) for value in values)]
        for (platform, month), values in zip(frame.index, frame.to_numpy(float), strict=True)
    ]
    return table_html(["", *map(heading, MONTHS)], rows, repr(results).strip("<>"))


def market_html(market: Market) -> str:
    """Return where a market stands, and its months so far."""
    text = f"<p><b>{escape(repr(market).strip('<>'))}</b></p>"
    return text + (results_html(market.results) if market.results.n_days else "")


def user_html(user: Any) -> str:
    """Return a person: what he is, and how he stands with each platform."""
    rows = []
    for name in user.users.names:
        mine = user[name]
        rows.append([name, *(getattr(mine, one) for one in _OF_PERSON)])
    about = (
        f"{type(user).__name__} {user.row} · {user.region}, {user.os} · {user.segment} · "
        f"{len(user.friends)} friends"
    )
    return table_html(["", *(one.replace("_", " ") for one in _OF_PERSON)], rows, about)


def comparison_html(found: Comparison) -> str:
    """Return what one scenario does beside another, with 95 % intervals, at common luck."""
    rows = []
    for platform in found.platforms:
        for name in OF_COMPARISON:
            mean, low, high = found.effect(name, platform)[:3]
            rows.append([f"{platform} · {heading(name)}", *map(brief, (mean, low, high))])
    title = repr(found).strip("<>")
    return table_html(["B - A", "mean", "95 % from", "to"], rows, title)


def store_html(store: Store) -> str:
    """Return how many runs a store has, and why others failed."""
    failed = list(store.failures.items())
    rows = [["runs done", f"{len(store):,}"], ["runs failed", f"{len(failed):,}"]]
    rows += [[key[:12], about.get("error", "")] for key, about in failed[:_MOST_ROWS]]
    return table_html(["", ""], rows, f"Store {store.folder}")


def frame_html(frame: pd.DataFrame, caption: str) -> str:
    """Return the first rows of a frame, numbers in few digits."""
    shown = frame.head(_MOST_ROWS)
    rows = [
        [brief(cell) if isinstance(cell, float) else cell for cell in row]
        for row in shown.itertuples(index=False, name=None)
    ]
    more = f" (first {len(shown)} of {len(frame)})" if len(frame) > len(shown) else ""
    return table_html([str(one) for one in frame.columns], rows, caption + more)


#: Module and name of a class to what shows it; classes made of one are shown as it is.
DISPLAYED: Mapping[tuple[str, str], Callable[[Any], str]] = {
    ("sim.results", "Results"): results_html,
    ("sim.market", "Market"): market_html,
    ("agents.people.user", "User"): user_html,
    ("sim.experiments.paired", "Comparison"): comparison_html,
    ("sim.experiments.store.store", "Store"): store_html,
}


def show_tables() -> None:
    """Have IPython show the classes of this project as tables, if it is what runs here."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    tables = shell.display_formatter.formatters["text/html"]
    for (module, name), shown in DISPLAYED.items():
        tables.for_type_by_name(module, name, shown)
