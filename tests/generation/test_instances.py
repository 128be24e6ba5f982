"""The instances on disk: toys solved by hand and the Xiqing scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from allocator.domain.choices import Backbone
from allocator.engine import rotate
from allocator.generation import generate
from allocator.generation.scenarios import XIQING_ELIGIBLE, xiqing_2023
from allocator.io import read, write_district
from allocator.io.policies import load_policy
from allocator.io.resources import instances_folder
from allocator.rotation.eligibility import eligible_ids

TOYS = sorted(p.parent for p in instances_folder().glob("toy/*/expected.yaml"))
XIQING = instances_folder() / "scenarios" / "xiqing-2023"


def _expected(folder: Path) -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load((folder / "expected.yaml").read_text("utf-8"))
    return tree


def test_there_are_toys() -> None:
    assert len(TOYS) == 7


@pytest.mark.parametrize("folder", TOYS, ids=lambda folder: folder.name)
def test_toy_has_the_value_found_by_hand(folder: Path) -> None:
    """Status, the three levels before and after, and the moves, as README.md works them out."""
    expected = _expected(folder)
    reading = read(folder)
    assert not reading.warnings
    decision = rotate(reading.district, load_policy(folder / expected["policy"]))
    assert decision.status == expected["status"]
    if "levels" not in expected:
        assert not decision.moves
        return
    for level in decision.levels:
        wanted = expected["levels"][level.name]
        assert level.before == pytest.approx(wanted["before"], abs=1e-9)
        assert level.value == pytest.approx(wanted["value"], abs=1e-9)
        assert level.bound == pytest.approx(wanted["bound"], abs=1e-6)
        assert level.unit == wanted["unit"]
    moves = [
        {
            "teacher_id": m.teacher_id,
            "subject": m.subject,
            "from_school_id": m.from_school_id,
            "to_school_id": m.to_school_id,
        }
        for m in decision.moves
    ]
    assert moves == expected["moves"]


def test_quota_toy_is_feasible_without_either_rule_of_its_conflict() -> None:
    folder = instances_folder() / "toy" / "quota-too-high"
    (conflict,) = _expected(folder)["conflicts"]
    for rule in conflict:
        policy = load_policy(folder / "policy.yaml", {f"rules.{rule}": "off"})
        assert rotate(read(folder).district, policy).status == "optimal"


def test_couple_toy_turns_on_its_rule() -> None:
    """Without R12 the first wish wins: 15 - 10 = 5 instead of 20."""
    folder = instances_folder() / "toy" / "couple"
    decision = rotate(read(folder).district, load_policy(folder / "policy.yaml", {"rules.R12": "off"}))
    assert decision.levels[-1].value == pytest.approx(5)


@pytest.fixture(scope="module")
def xiqing() -> Path:
    return XIQING


def test_xiqing_is_made_again_from_its_seed(xiqing: Path, tmp_path: Path) -> None:
    write_district(xiqing_2023(), tmp_path / "again", "en")
    files = sorted(f.name for f in (tmp_path / "again").iterdir())
    assert files == sorted(f.name for f in xiqing.glob("*.csv"))
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (xiqing / name).read_bytes(), name


def test_xiqing_has_the_published_totals(xiqing: Path) -> None:
    """1,623 eligible; the profile asks for exactly 421 moves, 259 of them backbone teachers.

    A minimum of 25.94 % would round up to 422 and leave no plan of 421.
    """
    reading = read(xiqing)
    policy = load_policy(xiqing / "policy.yaml", {"objective.levels": ["staffing"]})
    district = reading.district
    assert not reading.warnings
    assert district.as_of is not None
    eligible = eligible_ids(district, policy, district.as_of)
    assert len(eligible) == XIQING_ELIGIBLE == 1623
    assert eligible == eligible_ids(district, load_policy("tianjin-2018"), district.as_of)
    decision = rotate(district, policy)
    assert len(decision.moves) == 421
    backbone = {Backbone.COUNTY, Backbone.CITY, Backbone.PROVINCE}
    assert sum(district.teacher_by_id[m.teacher_id].backbone in backbone for m in decision.moves) >= 259
    assert decision.levels[0].value == _expected(xiqing)["levels"]["staffing"]["value"]


def test_xiqing_is_small_and_names_no_school(xiqing: Path) -> None:
    assert sum(f.stat().st_size for f in xiqing.iterdir()) < 1_500_000
    district = read(xiqing).district
    assert all(s.name.startswith("示例") for s in district.schools)
    assert all(t.name is None for t in district.teachers)
    assert all(s.lon is not None and 116.7 < s.lon < 117.3 for s in district.schools)
    assert all(s.lat is not None and 38.8 < s.lat < 39.4 for s in district.schools)


@pytest.mark.parametrize("seed", [3, 11])
def test_default_rules_have_a_plan_for_generated_districts(seed: int) -> None:
    district = generate(30, seed=seed)
    policy = load_policy("national-2017", {"objective.levels": ["staffing"]})
    decision = rotate(district, policy)
    assert decision.status == "optimal"
    before, after = decision.levels[0].before, decision.levels[0].value
    assert before is not None
    assert after < 0.7 * before


def test_groups_can_follow_the_rules_of_shanghai() -> None:
    """Moves inside alliances; with a lock out of an alliance, or few groups, there would be no plan."""
    policy = load_policy("shanghai-2023", {"objective.levels": ["staffing"]})
    assert rotate(generate(60, seed=1, schools_a_group=4), policy).status == "optimal"


def test_nobody_moves_where_all_are_exempt() -> None:
    decision = rotate(generate(8, seed=1, shape="all_exempt"), load_policy())
    assert decision.status == "optimal"
    assert not decision.moves
