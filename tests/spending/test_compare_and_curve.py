"""Several splits side by side, named scenarios, and curves: as typed, and worked out by hand."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from allocator import District, UsageError, split_funding
from allocator.cli.app import run
from allocator.domain.choices import Purpose, SplitRule
from allocator.io.writing import write_district
from allocator.reporting.money.outcome import differences, shift
from allocator.spending.comparing import folder_names, outcome_of, read_scenarios
from allocator.spending.curve import amounts_of
from tests.funding.counties import county, grant, school


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def three(amount: int = 6000, **more: Any) -> District:
    """Schools of 100, 200 and 300 pupils that share a training grant by their F3 amounts, so 1 : 2 : 3."""
    schools = tuple(
        school(code, pupils=100 * k, name=f"School {code}") for k, code in enumerate("ABC", start=1)
    )
    money = grant("G", amount, purpose=Purpose.TRAINING, year=2025, **more)
    return county(1).model_copy(update={"schools": schools, "grants": (money,), "received": ()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_district(three(), tmp_path_factory.mktemp("three") / "district.json")


def test_who_gains_and_who_loses_by_hand() -> None:
    """6000 yuan are 1000, 2000 and 3000; 4800 yuan with a cap of 8 a pupil are 800, 1600 and 2400.

    A comparison that mixes up the sides shows gains.
    """
    base = outcome_of("base", split_funding(three(6000)))
    less = outcome_of("less", split_funding(three(4800, cap_per_pupil_yuan=8)))
    assert differences(base, less) == {"A": -200, "B": -400, "C": -600}
    found = shift(base, less)
    assert (found.up, found.down, found.same) == (0, 3, 0)
    assert [found.gained, found.lost] == [0, -1200]
    assert found.best is None
    assert found.worst == ("C", Decimal(-600))
    assert base.evenness == pytest.approx((0, 0), abs=1e-12)


def test_floors_are_counted() -> None:
    """A floor of 9 yuan a pupil: three floors, all kept."""
    outcome = outcome_of("base", split_funding(three(6000, floor_per_pupil_yuan=9)))
    assert (outcome.floors, outcome.floors_met) == (3, 3)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_compare_as_typed(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    one, two, out = tmp_path / "one", tmp_path / "two", tmp_path / "out"
    assert run(["fund", str(folder), "-o", str(one), "--lang", lang]) == 0
    assert (
        run(["fund", str(folder), "-o", str(two), "--set", "grants.G.amount_yuan=12000", "--lang", lang]) == 0
    )
    capsys.readouterr()
    assert run(["compare", str(one), str(two), "-o", str(out), "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert ("增减概况" if lang == "zh" else "Who gains and who loses") in said
    assert [(r["school_id"], r["one"], r["two"], r["two - one"]) for r in rows(out / "compare.csv")] == [
        ("A", "1000", "2000", "1000"),
        ("B", "2000", "4000", "2000"),
        ("C", "3000", "6000", "3000"),
    ]
    assert "School C" in (out / "compare.html").read_text(encoding="utf-8")
    assert (out / "compare.xlsx").stat().st_size > 0


def test_compare_refuses_what_is_no_split(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "result.json").write_text('{"run": {"kind": "rotation"}}', encoding="utf-8")
    assert run(["compare", str(tmp_path), str(tmp_path / "nothing"), "--lang", "en"]) == 2
    assert "no result of `fund`" in capsys.readouterr().err
    assert run(["compare", str(tmp_path), "--lang", "en"]) == 2


def test_scenarios_are_split_and_compared(folder: Path, tmp_path: Path) -> None:
    """Three what-ifs: half the money, another factor of the profile, and floors that cannot be paid."""
    file = tmp_path / "what-if.yaml"
    file.write_text(
        "half:\n  grants.G.amount_yuan: 3000\n"
        "no floor rule/4:\n  rules.F4: off\n  grants.G.floor_per_pupil_yuan: 50\n"
        "too little:\n  grants.G.floor_per_pupil_yuan: 11\n",
        encoding="utf-8",
    )
    out = tmp_path / "out"
    assert run(["fund", str(folder), "-o", str(out), "--scenarios", str(file), "--lang", "en"]) == 0
    table = {row["school_id"]: row for row in rows(out / "compare.csv")}
    assert table["C"]["half - as it is"] == "-1500"
    assert table["C"]["no floor rule/4 - as it is"] == "0"
    assert table["C"]["too little"] == table["C"]["too little - as it is"] == ""
    names = {path.name for path in (out / "scenarios").iterdir()}
    assert names == {"half", "no floor rule_4", "too little"}
    status = json.loads((out / "scenarios" / "too little" / "result.json").read_text(encoding="utf-8"))["run"]
    assert status["status"] == "infeasible"
    assert (out / "scenarios" / "half" / "report.html").exists()
    assert not (out / "scenarios" / "too little" / "split.xlsx").exists()


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [1, 2]\n", "a: {b: {c: 1}}\n", "a: b: c\n"])
def test_scenarios_of_another_form_are_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        read_scenarios(file)


def test_values_of_scenarios_stay_as_written(tmp_path: Path) -> None:
    """Read as YAML values, off would be false and 0.10 the binary number next to it."""
    file = tmp_path / "x.yaml"
    file.write_text("a:\n  rules.F6: off\n  grants.G.amount_yuan: 1000000.10\nempty:\n", encoding="utf-8")
    assert read_scenarios(file) == {"a": {"rules.F6": "off", "grants.G.amount_yuan": "1000000.10"}, "empty": {}}


def test_folders_of_scenarios_stay_inside() -> None:
    assert folder_names(["../up", "a/b", "a:b", ".."]) == ["_up", "a_b", "a_b (2)", "_"]


def test_a_curve_is_a_full_split_at_each_amount(tmp_path: Path) -> None:
    """Three schools whose equipment is uneven: more money, smaller CV; below the floors there is no split.

    Floors of 100 yuan a pupil take 60,000; the points are 30,000, 60,000, ..., so only the first has none.
    """
    district = three()
    stocks = (Decimal(1000), Decimal(90_000), Decimal(900_000))
    schools = tuple(
        s.model_copy(update={"equipment_yuan": x}) for s, x in zip(district.schools, stocks, strict=True)
    )
    money = grant(
        "E", 90_000, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT, floor_per_pupil_yuan=100, year=2025
    )
    source = write_district(
        district.model_copy(update={"schools": schools, "grants": (money,)}), tmp_path / "d.json"
    )
    out = tmp_path / "out"
    assert run(["fund", str(source), "-o", str(out), "--curve", "30000:300000:10", "--lang", "en"]) == 0
    points = rows(out / "curve.csv")
    assert [int(p["amount_yuan"]) for p in points] == list(range(30_000, 300_001, 30_000))
    assert [p["status"] == "infeasible" for p in points] == [True] + [False] * 9
    cvs = [float(p["cv_primary_I6"]) for p in points[1:]]
    assert cvs == sorted(cvs, reverse=True)
    assert cvs[0] > 1.05 * cvs[-1]
    # At the floors alone every school adds 100 yuan a pupil: 110, 550 and 3100 a pupil.
    each, pupils = [110.0, 550.0, 3100.0], [100, 200, 300]
    mean = sum(x * n for x, n in zip(each, pupils, strict=True)) / 600
    spread = (sum(n * (x - mean) ** 2 for x, n in zip(each, pupils, strict=True)) / 600) ** 0.5 / mean
    assert cvs[0] == pytest.approx(spread)
    assert (out / "curve.html").exists()
    assert (out / "curve.xlsx").exists()


@pytest.mark.parametrize("text", ["1:2", "2:1:3", "a:b:c", "1:2:1", "1:2:501", "nan:2:3", "-1:2:3"])
def test_curves_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        amounts_of(text, grant("G", 1))


def test_points_of_a_curve_are_whole_units() -> None:
    """0 to 1000 in 4 points of units of 100: 0, 333 -> 300, 667 -> 700, 1000."""
    assert amounts_of("0:1000:4", grant("G", 1000, unit_yuan=100)) == tuple(map(Decimal, (0, 300, 700, 1000)))
