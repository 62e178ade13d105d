"""Numbers as people write them, by every door through which a text becomes a number."""

import math

import pytest

from scenarios import baseline
from scenarios.command import values
from sim.errors import ConfigError
from sim.experiments import grid, paths
from sim.graph import parse_graph
from sim.number_texts import plain_number, plain_whole

TWO_WAYS_OR_NONE = [
    "1,5", "1,000", "1.000.000", "1_0", "10_00", "1__000", "1 000", "1'000", "1\u00a0000", "5e",
    "e5", "0x10", "0b1", "1e", "٣", "１２", "²", "5%", "5 %", "$5", "5 USD", "€5", "007", "000", "",
    "+-3", "−5", "1.5.5", "½", "1/2", "60M", "true", "None", "1e5.5",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12", 12), (" 12 ", 12), ("-0", 0), ("+3", 3), ("0.5", 0.5), (".5", 0.5), ("5.", 5), ("0", 0),
     ("1e3", 1000), ("1E-3", 0.001), ("1_000", 1000), ("1_000_000.5", 1_000_000.5), ("00.5", None),
     ("1e05", 1e5)],
)  # fmt: skip
def test_a_number_is_read_in_the_one_way_it_can_be(text: str, expected: float | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="begin with a zero"):
            plain_number(text)
    else:
        assert float(plain_number(text)) == expected


@pytest.mark.parametrize("text", TWO_WAYS_OR_NONE)
def test_a_text_that_is_two_numbers_or_none_enters_nowhere(text: str) -> None:
    """Neither as a field, in a table of a field, as a factor of an event, nor as a range."""
    base = baseline.scenario()
    with pytest.raises(ValueError, match=r"digit|zero|ways|number"):
        plain_number(text)
    for path in ("market.n_people", "market.n_users", "google.reach_per_day.youtube"):
        with pytest.raises(ConfigError) as caught:
            base.set(path, text)
        assert len(str(caught.value).splitlines()) == 1
    event = base.event("packs").id
    with pytest.raises(ConfigError, match=r"event:packs\.multiply"):
        paths.changed(base, f"event:{event}.multiply.utility", text)
    with pytest.raises(ConfigError):
        grid(base, {"sora.utility": f"{text}..9:2"})
    with pytest.raises(values.BadValueError):
        values.number(text) if text not in ("1,000", "60M") else values.number("1,00")


@pytest.mark.parametrize(
    "value", ["nan", "NaN", "-nan", math.nan, "inf", math.inf, -math.inf, "1e400"]
)
def test_no_number_and_infinity_enter_nowhere_unless_they_are_declared(value: object) -> None:
    base = baseline.scenario()
    for path in ("market.n_people", "market.n_users", "sora.utility", "market.regions.rest.share",
                 "google.reach_per_day.youtube", "market.surfaces.youtube.ios"):  # fmt: skip
        with pytest.raises(ConfigError):
            base.set(path, value)
    for path in ("event:packs.multiply.utility", "event:packs.set.pack_usd"):
        with pytest.raises(ConfigError):
            paths.changed(base, path, value)
    if not str(value).lower().endswith("nan"):
        assert (
            base.set("sora.interest_fade_days", "inf").platforms["sora"].interest_fade_days > 1e99
        )


def test_a_point_before_three_digits_is_one_number_to_programs_alone() -> None:
    """Tables hold 1.500 as programs write it; who types it may mean fifteen hundred."""
    base = baseline.scenario()
    assert base.set("sora.utility", "1.500").platforms["sora"].utility == 1.5
    with pytest.raises(ConfigError, match="two ways"):
        base.set("market.n_users", "60.000")
    for read, text in ((values.number, "1.500"), (values.whole, "60.000"),
                       (values.number, "1.000.000"), (values.setting, "market.n_people=60.000"),
                       (values.varied, "sora.utility=0.5..1.500:3"),
                       (values.varied, "sora.utility=1.500,2.000")):  # fmt: skip
        with pytest.raises(values.BadValueError, match="two ways"):
            read(text)
    assert values.number("1.125M") == 1_125_000
    assert values.varied("sora.utility=0.125,1.25").value == "0.125,1.25"


def test_a_comma_in_a_list_of_values_makes_no_zero() -> None:
    """1,000 is one and three zeros there."""
    base, path = baseline.scenario(), "sora.free_quota_per_day"
    thousand = grid(base, {path: "1,000"}).points[1][path]
    with pytest.raises(ConfigError, match="begin with a zero"):
        base.set(path, thousand)


def test_whole_numbers_are_read_to_the_last_digit() -> None:
    """A float holds 15 of them, and seeds have 20."""
    assert values.whole("12,345,678,901,234,567,891") == 12_345_678_901_234_567_891
    assert values.whole("1.001M") == 1_001_000
    assert values.whole("1e30") == 10**30
    assert values.whole("-0") == 0
    assert plain_whole("1e6") == 1_000_000
    assert baseline.scenario().set("market.seed", "18446744073709551615").market.seed == 2**64 - 1


@pytest.mark.parametrize("text", ["0,002k", "1,500M", "0,500", "1,5", ",5", "1,0000", "1.000,5"])
def test_a_comma_stands_between_whole_thousands_alone(text: str) -> None:
    with pytest.raises(values.BadValueError, match="two ways"):
        values.number(text)


@pytest.mark.parametrize(
    "text", ["small_world(degree=10,5)", "small_world(degree=1_0)", "small_world(degree=010)",
             "small_world(degree=10%)", "small_world(degree=nan)", "small_world(degree=1e400)"],
)  # fmt: skip
def test_numbers_of_a_graph_are_read_as_all_others(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_graph(text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("size", [10**30, "1e30", "9" * 5_000, 0, -1, "-0", 2**31])
def test_a_size_beyond_all_bounds_is_refused_at_the_door(size: object) -> None:
    with pytest.raises(ConfigError) as caught:
        baseline.scenario().set("market.n_users", size)
    assert len(str(caught.value)) < 300
