"""The command check on splits: ours passes, a changed one does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.cli.app import run
from allocator.domain.choices import Purpose, SplitRule
from allocator.domain.district import District
from allocator.io.writing import write_district
from tests.funding.counties import county, grant, school

GRANTS = (
    grant("G1", 60_000_000, year=2025),
    grant("G2", 2_000_000, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT, floor_per_pupil_yuan=50, year=2025),
)


@pytest.fixture
def district(tmp_path: Path) -> Path:
    path = write_district(county(10, 3, GRANTS), tmp_path / "district.json")
    assert run(["fund", str(path), "-o", str(tmp_path / "out"), "--quiet"]) == 0
    return path


@pytest.mark.parametrize("name", ["", "result.json", "split.csv"])
def test_our_split_passes(
    district: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """It was refused as a plan without moves (exit 2)."""
    assert run(["check", str(district), str(tmp_path / "out" / name), "--lang", "en", "--json"]) == 0
    assert {row["rule"] for row in json.loads(capsys.readouterr().out)["rules"]} >= {"F1", "F3", "F6", "F7"}


def test_one_yuan_typed_by_hand_is_found(
    district: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One yuan more at the first school breaks F1."""
    table = tmp_path / "out" / "split.csv"
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    cells = lines[1].split(",")
    cells[2] = str(int(cells[2]) + 1)
    table.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8")
    capsys.readouterr()
    assert run(["check", str(district), str(table.parent), "--lang", "en"]) == 3
    assert "F1" in capsys.readouterr().out


def test_an_amount_that_is_none_is_named(
    district: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "split.csv").write_text(
        "grant_id,school_id,amount_yuan\nG1,S00001,much\n", encoding="utf-8"
    )
    assert run(["check", str(district), str(tmp_path / "out"), "--lang", "en"]) == 2
    assert "'much' is no amount" in capsys.readouterr().err.replace("\n", " ")


def test_an_elastic_breach_is_not_called_met(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The CV of 100,000 and 1,000,000 yuan stays above 0.5 (F6, elastic): it passes, at a price."""
    money = grant("G", 1_000, SplitRule.FORMULA, purpose=Purpose.EQUIPMENT, year=2025)
    schools = (school("A", equipment_yuan=100_000), school("B", equipment_yuan=1_000_000))
    path = write_district(District(schools=schools, grants=(money,)), tmp_path / "district.json")
    assert run(["fund", str(path), "-o", str(tmp_path / "out"), "--quiet"]) == 0
    capsys.readouterr()
    assert run(["check", str(path), str(tmp_path / "out"), "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert "CV of I6" in printed
    assert "every rule is met" not in printed
