"""Generated money: the equipment scenario on disk, and grants of any synthetic district."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from typer.testing import CliRunner

from allocator.checking import check_funding
from allocator.cli.app import app
from allocator.domain.funding import Amount, Split
from allocator.domain.policy import Policy
from allocator.domain.run import Limits
from allocator.funding.projects import choose_projects
from allocator.generation import generate
from allocator.generation.scenarios import xiqing_equipment
from allocator.io import read, write_district
from allocator.io.resources import instances_folder

SCENARIO = instances_folder() / "scenarios" / "xiqing-equipment"


def test_scenario_is_made_again_from_its_seed(tmp_path: Path) -> None:
    write_district(xiqing_equipment(), tmp_path / "again", "en")
    files = sorted(f.name for f in (tmp_path / "again").iterdir())
    assert files == sorted(f.name for f in SCENARIO.glob("*.csv"))
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (SCENARIO / name).read_bytes(), name


def test_scenario_has_the_published_total_and_no_faults() -> None:
    reading = read(SCENARIO)
    assert not reading.warnings
    district = reading.district
    assert sum(g.amount_yuan for g in district.grants) == 133_990_000
    assert [g.year for g in district.grants] == [2021, 2022, 2023]
    assert len(district.schools) == 75
    assert all(s.name.startswith("示例") for s in district.schools)
    cost = sum(p.cost_yuan for p in district.projects)
    assert cost > 43_990_000, "a ceiling that does not bind leaves nothing to choose"


def test_scenario_leaves_room_for_its_guarantees() -> None:
    """Floors and guarantees of 2021 and 2022 fit into the money; F4 and F5 say what they ask."""
    district = read(SCENARIO).district
    judgement = check_funding(district, Policy(id="x"), Split())
    least = {audit.rule: audit.required for audit in judgement.rules}
    assert 0 < least["F4"]["least"] < 40_000_000
    assert 0 < least["F5"]["least"] < 40_000_000


def test_generated_money_can_be_handed_out(tmp_path: Path) -> None:
    """On request only; the operating grant covers every floor, and some projects fit but not all."""
    assert not generate(20, seed=4).grants
    district = generate(20, seed=4, funding=True)
    assert district.sha256 == generate(20, seed=4, funding=True).sha256
    assert generate(20, seed=4).schools == district.schools
    floors = check_funding(district, Policy(id="x"), Split(), ["G01"]).rules[2].required["least"]
    assert floors < float(district.grants[0].amount_yuan)
    plan = choose_projects(district, Policy(id="x"), limits=Limits(gap=0.05, time_s=10))
    assert 0 < len(plan.chosen) < len(district.projects)
    rows = tuple(Amount("G02", s.school_id, Decimal(0)) for s in district.schools)
    found = check_funding(district, Policy(id="x"), Split(rows, plan.chosen), ["G02", "G04", "G05"])
    assert [(v.rule, v.subject) for v in found.broken] == [("F1", "G02")]


def test_command_writes_money_on_request(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["generate", "--schools", "6", "--funding", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    reading = read(tmp_path / "out")
    assert not [w for w in reading.warnings if w.table in ("grants", "received", "projects")]
    assert len(reading.district.grants) == 5
