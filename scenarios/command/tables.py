"""Tables of a run, described once: a terminal draws them, and so does a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sim.numbers import NONE, aligned, brief, cents

if TYPE_CHECKING:
    import pandas as pd

    from sim.results import Results


class Cell(NamedTuple):
    """A cell as it is to be read.

    Parameters
    ----------
    aside
        What stands behind the text, fainter.
    holds
        True and False are marked as good and bad where there is color.
    is_bold
        Stands out from its column.
    """

    text: str
    aside: str = ""
    holds: bool | None = None
    is_bold: bool = False

    def __str__(self) -> str:
        return f"{self.text} {self.aside}".rstrip()


class Heading(NamedTuple):
    """The head of a column.

    Parameters
    ----------
    is_number
        Numbers stand at the right.
    is_spared
        Left out where there is little room.
    is_folded
        Goes on in the next line where there is little room.
    """

    text: str
    unit: str = ""
    is_number: bool = True
    is_spared: bool = False
    is_folded: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table: what it is called, its columns and rows, and what must be known to read it."""

    title: str
    columns: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    color: str = ""

    def narrow(self) -> Sheet:
        """Return the table without what is left out where there is little room."""
        kept = [i for i, column in enumerate(self.columns) if not column.is_spared]
        return Sheet(
            self.title,
            [self.columns[i] for i in kept],
            [[row[i] for i in kept] for row in self.rows],
            self.note,
            self.color,
        )


#: Columns of the monthly table, by metric; everything is in monthly.csv.
MONTHLY = {
    "installs": Heading("installs", "people"),
    "activations": Heading("started", "people", is_spared=True),
    "daily_active": Heading("daily users", "people"),
    "clips": Heading("clips", "clips"),
    "unit_cost_usd": Heading("unit cost", "USD/clip"),
    "compute_usd": Heading("compute", "USD"),
    "in_app_spend_usd": Heading("in-app", "USD"),
    "cac_paid_usd": Heading("CAC paid", "USD", is_spared=True),
    "cac_blended_usd": Heading("blended", "USD", is_spared=True),
    "cac_loaded_usd": Heading("loaded", "USD"),
    "cash_usd": Heading("cash", "USD"),
}
#: Amounts of a few dollars, which are written to the cent.
_TO_THE_CENT = ("unit_cost_usd", "cac_paid_usd", "cac_blended_usd", "cac_loaded_usd")
_OF_MONTHS = (
    "Daily users and unit cost: mean of the month; cash: its last day; the rest: sums.\n"
    "CAC for each new user who started: paid = marketing over those it brought; blended = over "
    "all; loaded = with rewards,\nfree clips of the first 30 days and owned media."
)
_OF_FACTS = (
    "Ratio: to the nearer end of what was observed; 1 within it. Published numbers contradict "
    "each other: see scenarios/data/facts.csv."
)


def monthly(results: Results, platform: str) -> Sheet:
    """Return the table of one platform by month, from its launch on."""
    config = results.scenario.platforms[platform]
    frame = results.table("month", tuple(MONTHLY)).loc[platform]
    import pandas as pd

    frame = frame[frame.index >= pd.Period(config.launch, "M")]
    later = f": not launched before {config.launch}" if frame.empty else " by month"
    values = frame[list(MONTHLY)].to_numpy(float)
    rows = [
        [_month(month, results, platform), *map(_of_month, MONTHLY, row)]
        for month, row in zip(pd.PeriodIndex(frame.index), values, strict=True)
    ]
    columns = [Heading("month", is_number=False), *MONTHLY.values()]
    return Sheet(config.label + later, columns, rows, _OF_MONTHS, config.color)


def _of_month(name: str, value: float) -> Cell:
    return Cell((cents if name in _TO_THE_CENT else aligned)(value))


def _month(month: pd.Period, results: Results, platform: str) -> Cell:
    """Return a month's name, with the number of its days where it is not whole."""
    import pandas as pd

    launch = pd.Timestamp(results.scenario.platforms[platform].launch)
    first = max(month.start_time, results.dates[0], launch)
    last = min(month.end_time.normalize(), results.dates[-1])
    days = (last - first).days + 1
    return Cell(str(month), "" if days == month.days_in_month else f"{days:2d} d")


def beside_facts(comparison: pd.DataFrame) -> Sheet:
    """Return the table that puts a run beside the facts.

    Parameters
    ----------
    comparison
        As from `scenarios.inputs.targets.compare_to_facts`.
    """
    columns = [
        Heading("target", is_number=False),
        Heading("fact ids", is_number=False, is_folded=True),
        Heading("observed"), Heading("simulated"), Heading("ratio"),
        Heading("within", is_number=False),
    ]  # fmt: skip
    rows = []
    for row in comparison.to_dict("records"):
        low, high = brief(row["low"]), brief(row["high"])
        observed = low if low == high else f"{low} – {high}"
        answer = [Cell("not reached"), Cell(NONE), Cell(NONE)]
        if row["near"] is not None:
            verdict = Cell("yes" if row["near"] else "no ", f"±{row['tolerance']:.0%}", row["near"])
            answer = [Cell(aligned(row["simulated"])), Cell(f"{row['ratio']:.2f}"), verdict]
        rows.append(
            [Cell(row["target"]), Cell(row["facts"]), Cell(f"{observed} {row['unit']}"), *answer]
        )
    return Sheet("Beside the facts", columns, rows, _OF_FACTS)


def markdown(sheet: Sheet) -> str:
    """Return a table as a section of a page in Markdown; what stands aside goes to a new line."""
    heads = [f"{one.text} [{one.unit}]" if one.unit else one.text for one in sheet.columns]
    lines = [heads, ["--:" if one.is_number else ":--" for one in sheet.columns]]
    for row in sheet.rows:
        lines.append([_in_markdown(one) for one in row])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {sheet.title}\n\n{sheet.note}\n\n{table}\n"


def _in_markdown(cell: Cell) -> str:
    text = f"**{cell.text}**" if cell.is_bold else cell.text
    return f"{text}<br>{cell.aside}" if cell.aside else text
