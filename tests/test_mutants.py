"""The hunt for mutants itself: each is another program, and the page tells of a passed hunt."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys

import pytest

from tests.mutants import PAGE, ROOT, TARGETS, key, mutants
from tests.mutants_equivalent import EQUIVALENT
from tests.worlds import bits, small


@pytest.mark.parametrize("file", TARGETS)
def test_every_mutant_is_another_program_that_compiles(file: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    original = ast.unparse(ast.parse(source))
    found = mutants(file, source)
    assert len(found) > 20
    assert len({key(m) for m in found}) == len(found), "each has a name of its own"
    texts = set()
    for i in range(0, len(found), 23):
        mutant = mutants(file, source)[i]
        mutant.apply()
        text = ast.unparse(ast.fix_missing_locations(mutant.tree))
        compile(text, file, "exec")
        texts.add(text)
    assert original not in texts
    assert len(texts) == len(range(0, len(found), 23))


def test_those_named_as_equivalent_exist() -> None:
    """A changed line loses its excuse."""
    everything = {
        key(m) for file in TARGETS for m in mutants(file, (ROOT / file).read_text("utf-8"))
    }
    assert set(EQUIVALENT) <= everything


def test_nine_mutants_of_ten_were_caught_when_the_page_was_written() -> None:
    total = re.search(
        r"\*\*all\*\* \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", PAGE.read_text("utf-8")
    )
    assert total is not None
    everything, same, caught, survived = map(int, total.groups())
    assert caught + survived + same == everything > 300
    assert caught / (caught + survived) >= 0.9


def test_plain_python_gives_the_bits_of_compiled_code() -> None:
    """Mutants are run uncompiled; what they show holds for the model as it runs."""
    code = "from tests.worlds import bits, small; m = small(300); m.run(); print(bits(m))"
    plain = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    market = small(300)
    market.run()
    assert plain.stdout.strip() == bits(market)
