# ruff: noqa: E501 - a broken input and its answer stand on one line
"""Whatever is handed in is accepted or answered by one clear line: never by a traceback.

Good inputs are broken in many ways at fixed seeds. `REFUSED` below holds the other half: inputs
that are clearly wrong and must not be taken in silence.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import time
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from scenarios import baseline
from scenarios.__main__ import main
from scenarios.inputs.assumptions import DATA, load_inputs
from scenarios.inputs.compose import compose
from scenarios.inputs.facts import load_facts
from sim.errors import ClipmarketError
from sim.execution import Execution
from sim.graph import build_graph, from_edges, parse_graph
from sim.market import Market
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario
from sim.seal import seal
from tests.verification import Verified
from tests.worlds import small

Rng = np.random.Generator
FILES = ("platforms.toml", "assumptions.toml", "facts.csv")
ONE_THREAD = Execution(threads=1)

#: What people, editors and scripts leave in the place of a value.
ODD_VALUES = (
    "nan", "inf", "-inf", "-1", "0", "-0.0", "1e999", "1e308", "9" * 30, "9" * 400, "9" * 5_000,
    "true", "false", '""', '"text"', '"nan"', '"none"', '"0"', "[]", "{}", "[[1]]", "[1, 2]",
    "{ a = { b = 1 } }", '{ value = 1 }', '{ value = 1, fact = "SOR001" }',
    '{ value = 1, fact = [] }', '{ value = 1, fact = 3 }', '{ value = nan, fact = "SOR001" }',
    "2025-02-30", "2025-01-01", "0001-01-01", "9999-12-31", "2025-01-01T10:00:00", "10:00:00",
    '"2025-01-01"', '"é\\u0000ß"', '"\U0001f600"', "0x10", "1_000", "'''", '"', "[" * 5_000,
)  # fmt: skip
#: What they leave anywhere.
ODD_TEXT = (
    "", " ", "\n", "\r\n", "\r", "\t", "\x00", "\ufeff", "\u2028", "é", "\U0001f600", "=", ".", ",",
    "\"", "'", "[", "]", "{", "}", "#", "\\", "[events]", "[[events]]", "[platforms]", "events = 3",
    "[platforms.sora]", "[[platforms]]", "platforms = 1\n", "[assumptions]", "[[assumptions]]\n",
    "[market]\n", "market = []\n", "values = 1\n", "values.x = 1\n", "open = 1\n", "set = 1\n",
    "multiply = { free_quota_per_day = inf }\n", "multiply = { launch = 2 }\n", "facts = 1\n",
    "facts = [[]]\n", "facts = [{}]\n", "id = []\n", "sets = []\n", "sets = [[1]]\n",
    'sets = "event:packs"\n', 'sets = "event:packs.date.x"\n', 'sets = "market"\n',
    'sets = "sora.label.x"\n', 'sets = "."\n', 'sets = ""\n', "undo_on = 2025-01-01\n",
)  # fmt: skip


def pick(rng: Rng, items: Any) -> Any:
    return items[int(rng.integers(len(items)))]


def broken_text(rng: Rng, text: str) -> str:
    """Delete, double, swap, insert and replace: characters, spans, lines, values."""
    for _ in range(int(rng.integers(1, 4))):
        size = max(len(text), 1)
        a, b = sorted(int(i) for i in rng.integers(0, size, 2))
        b = min(b, a + int(2 ** rng.integers(0, 8)))
        lines = text.splitlines(keepends=True) or [""]
        i, j = (int(k) for k in rng.integers(0, len(lines), 2))
        match int(rng.integers(9)):
            case 0:
                text = text[:a] + text[b:]
            case 1:
                text = text[:b] + text[a:]
            case 2:
                text = text[:a] + pick(rng, ODD_TEXT) + text[a:]
            case 3:
                text = text[:a] + pick(rng, ODD_TEXT) + text[b:]
            case 4:
                lines[i], lines[j] = lines[j], lines[i]
                text = "".join(lines)
            case 5:
                text = "".join(
                    [*lines[:i], pick(rng, ODD_TEXT), *lines[i + int(rng.integers(2)) :]]
                )
            case _:
                key, equals, _ = lines[i].partition("=")
                lines[i] = f"{key}= {pick(rng, ODD_VALUES)}\n" if equals else lines[i]
                text = "".join(lines)
    return text


def broken_bytes(rng: Rng, content: bytes) -> bytes:
    """Cut, flip, double, insert."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        a = int(rng.integers(max(len(data), 1)))
        b = a + int(2 ** rng.integers(0, 10))
        match int(rng.integers(5)):
            case 0:
                del data[a:]
            case 1:
                del data[a:b]
            case 2:
                data[a:a] = data[a:b]
            case 3:
                data[a:a] = rng.bytes(int(rng.integers(1, 9)))
            case _ if data:
                data[min(a, len(data) - 1)] ^= 1 << int(rng.integers(8))
    return bytes(data)


class Bench(ABC):
    """One way in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def attempt(self, rng: Rng) -> tuple[str, Callable[[], object]]:
        """Break an input; return what was broken, and what hands it in."""


class ConfigFiles(Bench):
    """One of the three files of the numbers, broken."""

    name = ""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name in FILES:
            shutil.copy(DATA / name, folder / name)
        self.text = (DATA / self.name).read_text(encoding="utf-8")

    def attempt(self, rng: Rng) -> tuple[str, Callable[[], object]]:
        text = broken_text(rng, self.text)
        return _difference(self.text, text), lambda: self.hand_in(text)

    def hand_in(self, text: str) -> Scenario:
        path = self.folder / self.name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        # Read anew: the reader remembers a folder.
        return compose(load_inputs.__wrapped__(self.folder), "fuzzed")


class PlatformsFile(ConfigFiles):
    name = "platforms.toml"


class AssumptionsFile(ConfigFiles):
    name = "assumptions.toml"


class FactsFile(ConfigFiles):
    name = "facts.csv"


class FactsBytes(Bench):
    """The facts as bytes: broken encodings, lost quotes."""

    def attempt(self, rng: Rng) -> tuple[str, Callable[[], object]]:
        content = broken_bytes(rng, (DATA / "facts.csv").read_bytes())
        path = self.folder / "facts.csv"

        def hand_in() -> object:
            path.write_bytes(content)
            return load_facts(path)

        return f"{len(content)} bytes", hand_in


class Settings(Bench):
    """What follows ``--set``."""

    paths = (
        [f"sora.{name}" for name in PlatformConfig.model_fields]
        + [f"market.{name}" for name in type(baseline.scenario().market).model_fields]
        + ["google.reach_per_day.youtube", "google.reach_per_day.tv", "market.regions.rest.share",
           "market.regions.rest.os", "market.regions.rest.os.ios", "market.regions.x.y.z",
           "market.segments.games", "market.segments.games.share", "market.segments.games.rel_demand",
           "market.surfaces.youtube.ios", "market.surfaces.youtube", "market.surfaces.x.ios", "sora",
           "market", "", ".", "..", "sora.", ".x", "sora..x", "sora.utility.x", "sora.strategies.0",
           "sora.reach_per_day.", "sora.model_fields", "sora.__class__", "sora.facts", "é.ß"]
    )  # fmt: skip
    values = (
        *(value.strip('"') for value in ODD_VALUES),
        0, -1, 1.5, 10**400, True, None, float("nan"), float("inf"), [], {}, {"ios": 0.5},
        {"ios": float("nan")}, [["x"]], b"x", object(), "1e-3", " 3 ", "off", "yes", "\ud800",
    )  # fmt: skip

    def attempt(self, rng: Rng) -> tuple[str, Callable[[], object]]:
        path, value = pick(rng, self.paths), pick(rng, self.values)
        if rng.random() < 0.2:
            path = broken_text(rng, path)
        if rng.random() < 0.2 and isinstance(value, str):
            value = broken_text(rng, value)

        def hand_in() -> object:
            changed = baseline.scenario().set(path, value)
            return changed.fingerprint, Scenario.from_dict(json.loads(_json(changed)))

        return f"{path!r} = {value!r}", hand_in


class GraphSpecs(Bench):
    """What follows ``--graph``, built for few users."""

    specs = (
        "small_world(degree=10, rewire=0.1)", "power_law_cluster(20, 0.7)", "well_mixed",
        "erdos_renyi(degree=4)", "blocks(degree=6, groups=3, mixing=0.1)", "complete",
        "configuration(degree=8)", "edges(nowhere.txt)", "edges()", "edges(path='x')",
    )  # fmt: skip
    values = (
        "nan", "inf", "-1", "0", "1e9", "1e400", "9" * 400, "9" * 5_000, "true", "x", "''", "\x00",
        "2.5", "²", "1_0", "(", ")", ",", "=", "é", "\n", "degree=2", "rewire=2", "groups=1000000",
    )  # fmt: skip

    def attempt(self, rng: Rng) -> tuple[str, Callable[[], object]]:
        text = pick(rng, self.specs)
        if rng.random() < 0.5:
            a, b = sorted(int(i) for i in rng.integers(0, len(text) + 1, 2))
            text = text[:a] + pick(rng, self.values) + text[b:]
        else:
            text = broken_text(rng, text)
        n_users = int(pick(rng, (1, 2, 3, 50)))

        def hand_in() -> object:
            spec = parse_graph(text)
            assert str(parse_graph(str(spec))) == str(spec)
            build_graph(spec, n_users, 1).validate()
            return spec

        return f"{text!r} for {n_users}", hand_in


class EdgeFiles(Bench):
    """A file of edges, as bytes, plain or pretending to be gzipped."""

    good = b"# people\n0 1\n1,2\r\n2\t3 # close\n\n10 200\n3 3\n0 1\n"

    def attempt(self, rng: Rng) -> tuple[str, Callable[[], object]]:
        content = broken_bytes(rng, self.good * int(rng.integers(1, 30)))
        path = self.folder / pick(rng, ("edges.txt", "edges.csv", "edges.txt.gz"))

        def hand_in() -> object:
            path.write_bytes(content)
            graph = from_edges(path)
            graph.validate()
            return graph

        return f"{path.name}: {content[:60]!r}", hand_in


class SavedMarkets(Bench):
    """A saved market: bytes broken, or packed anew with something changed inside."""

    odd: tuple[Any, ...] = (
        np.zeros(0), np.zeros((2, 2)), np.array("x"), np.full(300, np.nan), np.array(-1),
        np.arange(300, dtype=np.int64) + 10**6, np.zeros(300, np.int8),
    )  # fmt: skip
    odd_values: tuple[Any, ...] = (None, -1, 10**6, 1e400, "x", [], {}, [[]], {"x": 1}, True)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        market = small(300, execution=ONE_THREAD)
        market.run("2025-05-28")
        self.content = market.save(folder / "market.npz").read_bytes()
        with np.load(io.BytesIO(self.content)) as file:
            self.arrays = {name: file[name] for name in file.files}
        self.meta = json.loads(self.arrays["meta.json"].tobytes())

    def attempt(self, rng: Rng) -> tuple[str, Callable[[], object]]:
        if rng.random() < 0.5:
            content, what = broken_bytes(rng, self.content), "bytes broken"
        else:
            content, what = self._packed_anew(rng)
        path = self.folder / "broken.npz"

        def hand_in() -> object:
            path.write_bytes(content)
            return Market.load(path, ONE_THREAD)

        return what, hand_in

    def _packed_anew(self, rng: Rng) -> tuple[bytes, str]:
        arrays, meta = dict(self.arrays), json.loads(json.dumps(self.meta))
        name = pick(rng, sorted(arrays))
        match int(rng.integers(6)):
            case 5:
                arrays[name], what = self._one_forged(rng, arrays[name].copy(), name)
            case 4:
                what = "nothing changed"
            case 0:
                del arrays[name]
                what = f"{name} missing"
            case 1:
                arrays[name] = pick(rng, self.odd)
                what = f"{name} = {arrays[name].dtype} {arrays[name].shape}"
            case 2:
                old = arrays[name]
                arrays[name] = old[: old.shape[0] // 2] if old.ndim else old
                what = f"{name} halved"
            case _:
                inside, what = meta, ""
                while True:
                    key = pick(rng, sorted(inside))
                    what += f"/{key}"
                    if not isinstance(inside[key], dict) or not inside[key] or rng.random() < 0.3:
                        break
                    inside = inside[key]
                if rng.random() < 0.3:
                    del inside[key]
                    what += " missing"
                else:
                    inside[key] = pick(rng, self.odd_values)
                    what += f" = {inside[key]!r}"
        if "meta.json" in arrays and name != "meta.json":
            arrays["meta.json"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
        file = io.BytesIO()
        np.savez(file, **arrays)
        seal(file)
        return file.getvalue(), what

    def _one_forged(self, rng: Rng, array: Any, name: str) -> tuple[Any, str]:
        field = pick(rng, array.dtype.names) if array.dtype.names else ""
        target = array[field] if field else array
        if target.size == 0 or target.dtype.kind not in "iuf" or name == "meta.json":
            return array, "nothing changed"
        kind = target.dtype
        limits = (np.iinfo if kind.kind in "iu" else np.finfo)(kind)  # type: ignore[operator]
        value = pick(rng, (limits.min, limits.max, 0, 1, *((np.nan,) if kind.kind == "f" else ())))
        place = int(rng.integers(target.size))
        target.flat[place] = value
        return array, f"{name}.{field}[{place}] = {value}"


class Commands(Bench):
    """Command lines: each ends with exit code 0, or with 2 and one line."""

    options: ClassVar[dict[str, tuple[str, ...]]] = {
        "--users": ("200", "1e2", "0.1k", "²", "--5", "+-3", "nan", "1e400", "", " ", "9" * 5_000,
                    "1e30", "-1", "10.5", "0", "0x10", "１０"),
        "--people": ("1e6", "1M", "nan", "-1", "0", "1e308", "1e400", "k", "1kk", "", "9" * 400),
        "--seed": ("1", "-1", "18446744073709551615", "18446744073709551616", "1.5", "²", "1e30"),
        "--until": ("2025-05-22", "2025-02-30", "2025", "0", "0001-01-01", "", "x", "2025-W21-3"),
        "--graph": ("well_mixed", "small_world(4)", "small_world(", "edges(.)", "edges(/)", "é", "",
                    "complete(1)", "blocks(groups=0)"),
        "--set": ("sora.p_active=0.1", "sora.p_active=", "=", "==", "sora.launch=0", "market.seed=x",
                  "sora.utility=1e400", "market.graph=x", "a.b.c.d=e", "sora.label=[red]", "\u2028"),
        "--threads": ("1", "0", "-1", "257", "1e400", "x", "1.5", "²"),
        "--out": ("", ".", "/dev/null", "/dev/null/x"),
        "--check": (), "--quiet": (), "--sed": ("1",), "-x": (), "--": (), "--help": (),
        "--set=": (), "--users=5": (), "run": (), "[bold]": (), "%s{0}": (),
    }  # fmt: skip
    commands = (("run", "baseline"),) * 12 + (("run",), ("list",), (), ("walk",), ("run", "x.py"),
                ("run", ""), ("run", "."), ("run", "/"), ("run", "baseline.py"), ("run", "basel"))  # fmt: skip

    def attempt(self, rng: Rng) -> tuple[str, Callable[[], object]]:
        arguments = list(pick(rng, self.commands))
        # Few users and a broken value or two: what is accepted is built, and cheap.
        fixed = {"--users": "150", "--until": "2025-05-22", "--threads": "1"}
        for _ in range(int(rng.integers(0, 4))):
            name = pick(rng, sorted(self.options))
            fixed.pop(name, None)
            values = self.options[name]
            arguments += [name, *([pick(rng, values)] if values else [])]
        if rng.random() < 0.1:
            arguments.pop() if arguments else None
        if arguments[:2] == ["run", "baseline"]:
            arguments[2:2] = [part for pair in fixed.items() for part in pair]
        return f"{arguments!r}"[:300], lambda: self.hand_in(arguments)

    def hand_in(self, arguments: list[str]) -> None:
        out, err = io.StringIO(), io.StringIO()
        code = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(list(arguments))
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        assert code in (0, 2), (code, err.getvalue())
        if code == 2:
            assert err.getvalue().count("\n") == 1, err.getvalue()
            assert err.getvalue().startswith("clipmarket: "), err.getvalue()


def _difference(old: str, new: str) -> str:
    """Show the region that was changed."""
    ends = (len(old), len(new))
    a = next((i for i in range(min(ends)) if old[i] != new[i]), min(ends))
    b = next((i for i in range(1, min(ends) - a) if old[-i] != new[-i]), max(min(ends) - a, 1))
    return repr(new[max(a - 60, 0) : len(new) - b + 60])[:400]


def _json(scenario: Scenario) -> str:
    return json.dumps(scenario.as_dict())


#: Inputs of a default run and of a slow one: 750 and 10,000 in all.
HOW_MANY: dict[type[Bench], tuple[int, int]] = {
    PlatformsFile: (120, 1_800),
    AssumptionsFile: (120, 1_800),
    FactsFile: (50, 600),
    FactsBytes: (60, 800),
    Settings: (120, 1_800),
    GraphSpecs: (120, 1_200),
    EdgeFiles: (60, 800),
    SavedMarkets: (50, 600),
    Commands: (50, 600),
}


def fuzz(kind: type[Bench], n: int, seed: int, folder: Path) -> tuple[int, list[str]]:
    """Hand in n broken inputs; return how many were refused, and what went wrong with which."""
    bench = kind(folder)
    refused, wrong = 0, []
    for i in range(n):
        what, hand_in = bench.attempt(np.random.default_rng([seed, i]))
        try:
            hand_in()
        except ClipmarketError as error:
            refused += 1
            text = str(error)
            # A file may have a line break in its name; the command shows one line even then.
            lines = 1 if kind is GraphSpecs else len(text.splitlines())
            if not text or lines != 1 or len(text) > 1_500 + len(what):
                wrong.append(f"{what}: not one short line: {text[:300]!r}")
        except Exception as error:
            wrong.append(f"{what}: {type(error).__name__}: {str(error)[:200]}")
    return refused, wrong


@pytest.fixture
def short_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let a run end before its first day: this is about what goes in."""

    def stop(*_: object, **__: object) -> None:
        raise SystemExit(0)

    monkeypatch.setattr(Market, "run", stop)
    monkeypatch.chdir(tmp_path)


def check_kind(verified: Verified, kind: type[Bench], n: int, seed: int, folder: Path) -> None:
    began = time.perf_counter()
    refused, wrong = fuzz(kind, n, seed, folder)
    told = f"{refused:,} refused in one line" if kind is not Commands else "code 0, or 2 and a line"
    claim = f"{kind.__name__}: {n:,} broken inputs, {told}, {time.perf_counter() - began:.0f} s"
    assert not wrong, f"{len(wrong)} of {n}:\n" + "\n".join(sorted(wrong)[:20])
    verified.same("fuzzing", claim, len(wrong), 0)
    # A bench whose inputs are all accepted, or all refused at the door, tests nothing.
    if kind is not Commands:
        assert n // 20 < refused < n


@pytest.mark.parametrize("kind", HOW_MANY, ids=lambda kind: kind.__name__)
def test_broken_input_is_accepted_or_refused_in_one_line(kind: type[Bench], tmp_path: Path,
    request: pytest.FixtureRequest, verified: Verified,
) -> None:  # fmt: skip
    if kind is Commands:
        request.getfixturevalue("short_runs")
    check_kind(verified, kind, HOW_MANY[kind][0], 1, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOW_MANY, ids=lambda kind: kind.__name__)
def test_ten_thousand_broken_inputs_are_accepted_or_refused_in_one_line(kind: type[Bench],
    tmp_path: Path, request: pytest.FixtureRequest, verified: Verified,
) -> None:  # fmt: skip
    if kind is Commands:
        request.getfixturevalue("short_runs")
    check_kind(verified, kind, HOW_MANY[kind][1], 2, tmp_path)


#: Clearly wrong, though each line looks like the file: (file, old text, new text, what is told).
REFUSED = {
    "event twice": ("platforms.toml", 'id = "packs"', 'id = "quota_cut"', "given twice"),
    "event without id": ("platforms.toml", 'id = "packs"\n', "", "id must be a name"),
    "event id no text": ("platforms.toml", 'id = "packs"', "id = 3", "id must be a name"),
    "value beside its fact": ("platforms.toml", 'label = "Sora (OpenAI)"',
                              'label = "Sora"\npack_clips = 3', "given twice"),
    "number as switch": ("platforms.toml", "value = 40.0", "value = true", "not a switch"),
    "date as number": ("platforms.toml", "launch = 2025-09-30", "launch = 0", "must be a date"),
    "date as digits": ("platforms.toml", "launch = 2025-09-30", 'launch = "86400"', "must be a date"),
    "quota nan": ("platforms.toml", "value = 40.0", "value = nan", "gpu_minutes_per_clip = nan"),
    "cost negative": ("platforms.toml", "value = 1.95", "value = -1.95", "greater than or equal"),
    "fact of no such id": ("platforms.toml", '"SOR091"', '"SOR991"', "unknown fact"),
    "fact a list": ("platforms.toml", 'fact = "SOR091"', "fact = []", "must be the id of a fact"),
    "platforms a number": ("platforms.toml", "[platforms.sora]", "[platforms]\nsora = 3\n[events_]",
                           "events_"),
    "event for a stranger": ("platforms.toml", 'platform = "sora"\nopen', 'platform = "sra"\nopen',
                             "Did you mean 'sora'"),
    "region of no map": ("platforms.toml", 'regions = ["north_america"]', 'regions = ["mars"]', "mars"),
    "factor without end": ("platforms.toml", 'id = "packs"',
                           'id = "packs"\nmultiply = { free_quota_per_day = inf }', "finite factor"),
    "assumption twice": ("assumptions.toml", 'id = "A2"', 'id = "A1"', "given twice"),
    "range reversed": ("assumptions.toml", "low = 30e6\nhigh = 120e6", "low = 120e6\nhigh = 30e6",
                       "must not be above"),
    "one value from two": ("assumptions.toml", 'sets = "market.mean_clips"',
                           'sets = "market.n_people"', "Keep one"),
    "value given in market": ("assumptions.toml", "start = 2025-05-20",
                              "start = 2025-05-20\nmean_clips = 3.0", "given already"),
    "path into a number": ("assumptions.toml", 'sets = "market.mean_clips"',
                           'sets = "market.n_people.x"', "no table"),
    "shares beyond one": ("assumptions.toml", "share = 0.42", "share = 0.43", "sum to 1"),
    "misspelled key": ("assumptions.toml", "reason =", "reson =", "Did you mean 'reason'"),
    "nested without end": ("assumptions.toml", "value = 82.7e6", "value = " + "[" * 9_000, "TOML"),
    "number without end": ("assumptions.toml", "value = 82.7e6", "value = " + "9" * 9_000, "TOML"),
    "hexadecimal without end": ("assumptions.toml", "value = 82.7e6", "value = 0x" + "f" * 9_000, "."),
    "fact as text": ("facts.csv", "SOR091,", "SOR 091 ,", "spaces"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_clearly_wrong_is_not_taken_in_silence(case: str, tmp_path: Path) -> None:
    name, old, new, told = REFUSED[case]
    for file in FILES:
        shutil.copy(DATA / file, tmp_path / file)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert old in text, "the case has lost its place in the file"
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ClipmarketError, match=told) as caught:
        compose(load_inputs(tmp_path), "wrong")
    assert len(str(caught.value)) < 1_500


@pytest.mark.parametrize("day", [0, 9])
def test_a_saved_market_with_another_day_than_its_record_is_refused(
    day: int, tmp_path: Path
) -> None:
    """The day and the record are two arrays in the file; a market of both would be of neither."""
    market = small(300, execution=ONE_THREAD)
    market.run("2025-05-24")
    with np.load(market.save(tmp_path / "market.npz")) as saved:
        arrays = {name: saved[name] for name in saved.files}
    meta = json.loads(arrays["meta.json"].tobytes())
    arrays["meta.json"] = np.frombuffer(json.dumps({**meta, "day": day}).encode(), np.uint8)
    with (tmp_path / "other.npz").open("w+b") as file:
        np.savez(file, **arrays)
        seal(file)
    with pytest.raises(ClipmarketError, match="record"):
        Market.load(tmp_path / "other.npz", ONE_THREAD)


def test_a_file_that_is_no_archive_is_no_saved_market(tmp_path: Path) -> None:
    """A bare array loads without complaint in numpy, and is no mapping of arrays."""
    np.save(tmp_path / "array.npy", np.zeros(3))
    with zipfile.ZipFile(tmp_path / "zip.npz", "w") as file:
        file.writestr("hello.txt", "hello")
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "folder.npz").mkdir()
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(ClipmarketError, match=path.name):
            Market.load(path, ONE_THREAD)
