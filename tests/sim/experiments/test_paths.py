"""Paths: what can be varied, how it is written, and what stands there afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from scenarios.inputs.aliases import ALIASES, bounds, with_range
from scenarios.inputs.assumptions import load_inputs
from sim.errors import ClipmarketError
from sim.experiments.paths import changed, current, overridden, varied, whole_path
from sim.experiments.store.differences import difference, flat
from tests.worlds import tiny

CHANGES: dict[str, tuple[Any, Any]] = {
    "market.n_people": ("30e6", 30e6),
    "sora.p_active": (0.25, 0.25),
    "google.reach_per_day.gemini_app": ("0.01", 0.01),
    "event:packs.set.pack_usd": ("2.5", 2.5),
    "event:packs.date": ("2025-11-05", "2025-11-05"),
    "event:packs": ("off", "off"),
    "event:copyright.multiply.rel_demand": ("0.5", 0.5),
    "event:shorts.set.reach_per_day.youtube": (0.002, 0.002),
    "sora.pack_usd@2026-02-01": ("3", 3.0),
    "sora.free_quota_per_day@2026-02-01": ("7", 7),
}


@pytest.mark.parametrize("path", CHANGES)
def test_what_is_varied_is_what_differs_and_nothing_else(path: str) -> None:
    """The column of a store has the name that was varied, and the value in its own type."""
    given, expected = CHANGES[path]
    base = flat(tiny().as_dict())
    found = difference(base, flat(changed(tiny(), path, given).as_dict()))
    assert found == {path: expected}


@pytest.mark.parametrize("path", CHANGES)
def test_what_was_set_is_what_is_found(path: str) -> None:
    given, expected = CHANGES[path]
    if path == "event:packs" or "@" in path:
        return
    found = current(changed(tiny(), path, given), path)
    assert (str(found) if isinstance(found, dt.date) else found) == expected


@pytest.mark.parametrize("name", with_range())
def test_every_assumption_can_be_swept_over_its_range(name: str) -> None:
    one = load_inputs().assumptions[name]
    for value in bounds(one):
        scenario = varied(tiny(), dict.fromkeys(one.paths, value))
        for path in one.paths:
            assert float(current(scenario, path)) == pytest.approx(value)


@pytest.mark.parametrize("alias", ALIASES)
def test_every_alias_names_a_path_of_the_baseline(alias: str) -> None:
    path = whole_path(tiny(), alias, ALIASES)
    assert path == ALIASES[alias]
    current(tiny(), path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("n_people", "market.n_people"),
        ("sora.free_quota", "sora.free_quota_per_day"),
        ("sora.pack_usd@2026-02-01", "sora.pack_usd@2026-02-01"),
        ("sora.free_quota@2026-02-01", "sora.free_quota_per_day@2026-02-01"),
        ("google.reach_per_day.gemini_app", "google.reach_per_day.gemini_app"),
        ("event:packs.date", "event:packs.date"),
    ],
)
def test_a_short_name_is_taken_if_only_one_thing_begins_like_that(text: str, path: str) -> None:
    assert whole_path(tiny(), text) == path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("free_quota", "could be google.free_quota_per_day, sora.free_quota_per_day"),
        ("sora.pack", "could be sora.pack_clips, sora.pack_usd"),
        ("sora.price", "unknown parameter 'price'"),
        ("event:pack.date", "Did you mean 'packs'"),
        ("event:packs.set.p", "unknown parameter 'p'"),
        ("google.reach_per_day.tv", "'tv'"),
        ("sora.p_active.x", "unknown parameter 'x'"),
        ("", "unknown parameter"),
    ],
)
def test_any_other_name_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(ClipmarketError, match=words) as problem:
        whole_path(tiny(), text)
    assert len(str(problem.value).splitlines()) == 1


def test_a_value_that_an_event_replaces_later_is_told() -> None:
    line = overridden(tiny(until="2025-12-31"), "sora.pack_usd")
    assert line is not None
    assert "holds until 2025-10-30 only, when event packs sets it" in line
    assert overridden(tiny(until="2025-10-29"), "sora.pack_usd") is None
    assert overridden(tiny(until="2025-12-31"), "sora.p_active") is None
    assert overridden(tiny(until="2025-12-31"), "event:packs.set.pack_usd") is None
