"""Golden numbers: results move only on purpose, in a commit of their own that says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worlds import UNTIL, bits, small

GOLDEN = Path(__file__).with_name("golden.json")
METRICS = (
    "installs",
    "activations",
    "daily_active",
    "clips_free",
    "clips_pack",
    "packs",
    "dropouts",
)
GRAPHS = ("power_law_cluster", "small_world", "well_mixed")


def lived(graph: str) -> dict[str, object]:
    market = small(2_000, graph=graph)
    market.run()
    totals = {
        name: {
            platform: int(market.record.past(name)[:, p].sum())
            for p, platform in enumerate(market.platforms)
        }
        for name in METRICS
    }
    return {"until": UNTIL, "bits": bits(market), "totals": totals}


@pytest.mark.parametrize("graph", GRAPHS)
def test_golden_numbers_stay(graph: str, update_golden: bool) -> None:
    """Totals tell a person what moved; the hash covers every column and every day."""
    found = lived(graph)
    stored = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if update_golden:
        stored[graph] = found
        GOLDEN.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n")
    assert found == stored[graph]
