"""What it costs to add a thing to the house itself: so many files, and it works.

A copy of the packages is edited as somebody would edit them, and asked, without compilation,
whether the new thing does what it should. `CONTRIBUTING.md` shows the table that these edits back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Thing to its edits: file to (what stands there, what is put before it). And the most files.
ADDED: Mapping[str, tuple[int, Mapping[str, tuple[str, str]]]] = {
    "a derived metric": (1, {
        "sim/metrics.py": (
            '    _derived("active_days",',
            '    _derived("waste", "clips/day", "Free clips.", lambda get: get("clips_free")),\n',
        ),
    }),
    "a counted metric": (2, {
        "sim/counts.py": (
            "    PLANS_BILLED =",
            '    BIG_DAYS = "User-days of five clips or more."\n',
        ),
        "agents/day/use.py": (
            "    if made > 0:\n        to_friends",
            "    if made >= 5:\n        tally.counts[p, Count.BIG_DAYS] += 1\n",
        ),
    }),
    "a platform field": (2, {
        "sim/platform_config.py": (
            "    utility: float",
            '    laziness: float = par(0.0, "share", "Visits left out.", low=0, high=1)\n',
        ),
        "agents/day/rules.py": (
            "    u = luck(w, Stream.VISIT, row, p)\n",
            "    if luck(w, Stream.VISIT, row, p) < w.terms[p].laziness:\n        return False\n",
        ),
    }),
    "a decision": (5, {
        "sim/platform_config.py": (
            "    taste_sd: float",
            '    p_remix: float = par(0.0, "probability/clip", "A clip returns.", low=0, high=1)\n',
        ),
        "sim/rng.py": ("    SUBSCRIBE = 40\n", "    REMIX = 38\n"),
        "agents/day/rules.py": (
            "@rule\ndef thinks_of_plan",
            "@rule\ndef remixes(w, row, p, clips):\n"
            "    return binomial(luck(w, Stream.REMIX, row, p), clips, w.terms[p].p_remix)\n\n\n",
        ),
        "agents/day/use.py": (
            "    if at_quota:\n        tally",
            "    send_to_feed(w, tally, row, p, int(decide.remixes(w, row, p, made)))\n",
        ),
        "agents/people/user.py": (
            "    def subscribes(self",
            "    def remixes(self, platform: str, clips: int) -> int:\n"
            '        """Return how many of today\'s clips the user remixes."""\n'
            "        return int(rules.remixes(*self._asked(platform), clips))\n\n",
        ),
    }),
    "a strategy": (1, {
        "agents/platforms/strategies.py": (
            "@strategy\ndef growth_target",
            "@strategy\ndef siesta(situation: Situation) -> Decision:\n"
            '    """Do without ads."""\n    return {"marketing_usd_per_day": 1.0}\n\n\n',
        ),
    }),
    "a scenario": (2, {
        "scenarios/__init__.py": (
            '    "smaller_quota":', '    "shy": "scenarios.shy",\n',
        ),
        "scenarios/shy.py": (
            "", '"""What if nobody shares?"""\n\nfrom scenarios import baseline\n\n\n'
            "def scenario():\n"
            '    return baseline.scenario().set("sora.p_share_feed", 0.0).renamed("shy")\n',
        ),
    }),
}  # fmt: skip
ASKED = """
import scenarios
from agents import STRATEGIES, User
from sim.execution import Execution
from sim.market import Market
from sim.platform_config import StrategyConfig

def sora(scenario, **values):
    return scenario.with_platform("sora", scenario.platforms["sora"].changed("x", **values))

def lived(scenario, cls=None):
    small = scenario.with_market(
        n_users=150, n_people=150, start="2025-09-29", until="2025-10-12", report_from=None
    )
    market = Market(small, execution=Execution(threads=1, check=True))
    market.users.activate("sora", range(60))
    if cls is not None:
        market.users.promote("all", cls)
    return market.run()

class Remixer(User):
    def remixes(self, platform, clips):
        assert super().remixes(platform, clips) == 0
        return clips

base = scenarios.scenario_of("shy")
plain = lived(base)
total = lambda results, name: results.total(name)[1]
assert total(plain, "waste") == total(plain, "clips_free") > 0
assert 0 < total(plain, "big_days") < total(plain, "active_days")
assert total(plain, "shares_feed") == 0
assert total(lived(sora(base, laziness=0.9)), "active_days") < total(plain, "active_days")
for remixed in (lived(sora(base, p_remix=1.0)), lived(base, Remixer)):
    assert total(remixed, "shares_feed") == total(remixed, "clips") > 0
assert total(lived(sora(base, strategies=(StrategyConfig(name="siesta"),))), "marketing_usd") == 13
"""


def edited(root: Path, edits: Mapping[str, tuple[str, str]]) -> None:
    """Put each text before what stands in its file; a file that is not there is made."""
    for name, (before, text) in edits.items():
        path = root / name
        if not before:
            path.write_text(text, encoding="utf-8")
            continue
        old = path.read_text(encoding="utf-8")
        assert old.count(before) == 1, f"{name}: {before!r} stands there {old.count(before)} times"
        path.write_text(old.replace(before, text + before), encoding="utf-8")


@pytest.mark.parametrize("thing", ADDED)
def test_adding_a_thing_touches_few_files(thing: str) -> None:
    most, edits = ADDED[thing]
    assert len(edits) <= most


def test_what_was_added_works(tmp_path: Path) -> None:
    """All of it at once, in one copy, as plain Python: the bits are those of compiled code."""
    for package in ("sim", "agents", "scenarios"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for _, edits in ADDED.values():
        edited(tmp_path, edits)
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        cwd=tmp_path,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
