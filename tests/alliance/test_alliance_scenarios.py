"""The shipped scenarios give the published counts, and nothing leaves the engine unjudged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from allocator.alliances import form_alliances
from allocator.cli.app import run
from allocator.domain.plan import Status
from allocator.io import read
from allocator.io.resources import instances_folder

SCENARIOS = instances_folder() / "scenarios"


def test_dongcheng_pairs() -> None:
    """14 pairs go on as 20; of 28 schools floor(8.4) = 8 change, which are four pairs, each with its price."""
    decision = form_alliances(read(SCENARIOS / "dongcheng-2008").district)
    assert decision.status is Status.OPTIMAL
    assert decision.check is not None
    assert decision.check.passed
    assert decision.plan is not None
    assert len({row.alliance_id for row in decision.plan.memberships}) == 20
    assert len(decision.changes) == 4
    for change in decision.changes:
        assert change.cost is not None
        assert change.cost["coverage"] > 0 or change.cost["benefit"] > 0


def test_dongcheng_hubs() -> None:
    """22 troupes cover 38 lower schools."""
    decision = form_alliances(read(SCENARIOS / "dongcheng-hubs").district, form="hub")
    assert decision.status is Status.OPTIMAL
    assert decision.plan is not None
    assert len({row.alliance_id for row in decision.plan.memberships}) == 22
    assert decision.levels[0].final == 38


@pytest.mark.parametrize("name", ["hedong-2024", "zunyi-2012"])
def test_groups_and_districts_as_their_readme_says(name: str, tmp_path: Path) -> None:
    """The commands as printed: 6 groups of 23 schools in 4 districts; 30 groups of 100 schools in 5."""
    folder = SCENARIOS / name
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))
    policy = ["--policy", str(folder / "policy.yaml")] if "policy" in expected else []
    assert run(["ally", str(folder), "-o", str(tmp_path / "groups"), "--form", "group", *policy, "-q"]) == 0
    document = json.loads((tmp_path / "groups" / "result.json").read_text(encoding="utf-8"))
    rows = document["memberships"]
    assert document["run"]["status"] == "optimal"
    assert len({row["alliance_id"] for row in rows}) == expected["alliances"]
    assert len({row["school_id"] for row in rows}) == expected["schools"]
    assert document["run"]["levels"][0]["final"] == expected["levels"]["coverage"]

    count = str(expected["districts"])
    out = tmp_path / "districts"
    assert run(["ally", str(folder), "-o", str(out), "--form", "district", "--districts", count, "-q"]) == 0
    document = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert document["run"]["status"] == "optimal"
    assert document["rules"][0]["verdict"] == "met"
    assert len(set(document["districts"].values())) == expected["districts"]
    assert len(document["districts"]) == expected["towns"]
    assert (out / "districts.csv").read_text(encoding="utf-8-sig").count("\n") == expected["towns"] + 1
