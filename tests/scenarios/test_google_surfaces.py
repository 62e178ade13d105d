"""Google as it is: every cell is of the baseline or of a fact, and says whence."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from scenarios import baseline, google_push
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.google_surfaces import COLUMNS, SURFACES, carried_since, flow, rows

INPUTS = load_inputs()
ID = re.compile(r"\b(?:[A-Z]{3}\d{3}|[AE]\d+)\b")
CELLS = {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in rows(INPUTS)}


def test_every_surface_of_google_has_a_row_and_every_cell_a_source() -> None:
    """All cells but the name, and the count that there is none of."""
    assert list(CELLS) == [surface.name for surface in SURFACES]
    own = {*baseline.scenario().platforms["google"].surfaces_named, "android_os", "search"}
    assert {surface.key for surface in SURFACES} == own | {"youtube"}
    for name, cells in CELLS.items():
        for column, text in list(cells.items())[1:]:
            ids = ID.findall(text)
            assert ids or text == "no count", (name, column)
            for one in ids:
                assert one in INPUTS.facts or INPUTS.value(one) is not None


def test_dates_are_those_of_the_baseline() -> None:
    base = baseline.scenario()
    since = {surface.key: carried_since(base, surface.key) for surface in SURFACES}
    dates = {key: found[0] if found else None for key, found in since.items()}
    launch = dt.date(2025, 5, 20)
    assert dates == {
        "gemini_app": launch, "google_ai_plan": launch, "youtube": base.event("shorts").date,
        "android_os": None, "search": None,
    }  # fmt: skip
    assert "in north america and uk anz (GOO008)" in CELLS["YouTube Shorts"]["carries Veo since"]
    assert "held already" in CELLS["Google AI plan, with Flow"]["clips a day in a plan"]


@pytest.mark.parametrize(
    ("one", "value", "column"),
    [("A41", 0.0099, "are told of it, each day"), ("A44", 0.0042, "are told of it, each day"),
     ("A79", 7, "free clips a day"), ("A61", 0.0077, "are told of it, each day"),
     ("A121", dt.date(2025, 10, 1), "carries Veo since")],
)  # fmt: skip
def test_a_row_follows_what_is_assumed(one: str, value: object, column: str) -> None:
    at = COLUMNS.index(column)
    found = [row[at] for row in rows(INPUTS.with_value(one, value)) if one in ID.findall(row[at])]
    assert found
    assert all(f"{value} ({one})" in text for text in found)


def test_surfaces_that_carry_nothing_are_switched_on_where_somebody_asks() -> None:
    """With the reach of their rows, from the day of their rows on; nowhere in the baseline."""
    on = google_push.variants()[google_push.ALL]
    for key, one in google_push.ASKED.items():
        found = carried_since(on, key)
        assert found is not None
        assert found[0] == INPUTS.value("A121")
        assert found[1] is not None
        assert found[1].set["reach_per_day"] == {key: INPUTS.value(one)}


def test_counts_of_flow_are_told_with_why_they_do_not_fit() -> None:
    """More clips of Flow, earlier, than Google counts of Veo in all places."""
    flow_late, veo = INPUTS.facts["GOO006"], INPUTS.facts["GOO007"]
    assert flow_late.number > veo.number
    assert str(flow_late.date_end) < str(veo.date_end)
    assert {"GOO001", "GOO005", "GOO006", "GOO007", "GOO025"} == set(ID.findall(flow(INPUTS)))
