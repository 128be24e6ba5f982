"""The command as typed, and the hard edges through the Python interface."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from allocator import District, UsageError, split_funding
from allocator.cli.app import run
from allocator.domain.choices import Asset, Purpose, SplitRule
from allocator.domain.money_records import Project, Received
from allocator.domain.plan import Status
from allocator.io.writing import write_district
from allocator.spending import changed
from tests.funding.counties import county, grant, school

GRANTS = (
    grant("G1", 12_000_000, hold_harmless=0.1, year=2025),
    grant("G2", 3_000_000, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT, unit_yuan=100, year=2025),
    grant("G3", 900_000, SplitRule.LEXIMIN, purpose=Purpose.MULTIMEDIA, year=2025),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_district(county(8, 3, GRANTS), tmp_path_factory.mktemp("county") / "district.json")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_fund_writes_amounts_that_add_up(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    assert run(["fund", str(folder), "-o", str(tmp_path), "--least-money", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert ("精确" in said or "一致" in said) if lang == "zh" else "sums are exact" in said
    document = read_json(tmp_path / "result.json")
    assert document["run"]["kind"] == "funding"
    assert document["run"]["status"] in ("optimal", "feasible")
    with (tmp_path / "split.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in GRANTS:
        mine = [Decimal(r["amount_yuan"]) for r in rows if r["grant_id"] == row.grant_id]
        assert sum(mine) == row.amount_yuan
        assert all(x % row.unit_yuan == 0 for x in mine)
    operating = [r for r in rows if r["grant_id"] == "G1"]
    assert all(
        Decimal(r["amount_yuan"]) * 5 / 100
        <= Decimal(r["training_yuan"])
        <= Decimal(r["amount_yuan"]) * 5 / 100 + 1
        for r in operating
    )
    indicators = (tmp_path / "indicators.csv").read_text(encoding="utf-8-sig").splitlines()
    assert indicators[0].startswith("stage,school_id,indicator,before,after")
    assert [row["grant_id"] for row in document["least"]] == ["G1", "G2", "G3"]


def test_what_if_changes_data_and_profile(folder: Path, tmp_path: Path) -> None:
    """A higher rate and another amount both reach the split.

    One that is ignored leaves the sum at 12 million.
    """
    arguments = ["fund", str(folder), "-o", str(tmp_path), "--grant", "G1", "--lang", "en"]
    arguments += ["--set", "grants.G1.amount_yuan=15000000.50", "--set", "grants.G1.unit_yuan=0.50"]
    assert run([*arguments, "--set", "funding.rate_primary=800"]) == 0
    document = read_json(tmp_path / "result.json")
    assert sum(Decimal(str(row["amount_yuan"])) for row in document["split"]) == Decimal("15000000.50")
    assert document["run"]["policy"]["values"]["funding"]["rate_primary"] == 800


@pytest.mark.parametrize(
    ("extra", "code", "said"),
    [
        (["--set", "grants.G1.amount_yuan=1000"], 3, "more"),
        (["--set", "grants.G1.unit_yuan=7000"], 2, "no multiple"),
        (["--grant", "G9"], 2, "no grant 'G9'"),
        (["--rule", "fair"], 2, "formula, balance"),
        (["--set", "grants.G1.sum=1"], 2, "no column"),
        (["--set", "grants.G8.amount_yuan=1"], 2, "no 'G8'"),
        (["--set", "grants.G1.amount_yuan=-5"], 2, "cannot be"),
    ],
)
def test_what_goes_wrong_is_a_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], code: int, said: str
) -> None:
    assert run(["fund", str(folder), "-o", str(tmp_path), "--lang", "en", *extra]) == code
    captured = capsys.readouterr()
    assert said in captured.out + captured.err
    assert "Traceback" not in captured.err


def test_an_infeasible_grant_is_written_with_its_ways_out(folder: Path, tmp_path: Path) -> None:
    assert run(["fund", str(folder), "-o", str(tmp_path), "--set", "grants.G1.amount_yuan=1000"]) == 3
    document = read_json(tmp_path / "result.json")
    assert document["run"]["status"] == "infeasible"
    assert document["split"] == []
    (conflict,) = document["conflicts"]
    needed = conflict["relaxations"][0]
    assert needed["what"] == "amount_yuan"
    assert needed["value"] == 1000 + conflict["missing_yuan"]
    assert (
        run(["fund", str(folder), "-o", str(tmp_path), "--set", f"grants.G1.amount_yuan={needed['value']}"])
        == 0
    )


RULES = ("formula", "balance", "closest", "leximin")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("amount", [0, 1, 10**12])
def test_edges(rule: str, amount: int) -> None:
    """One yuan, none, and 10^12 between a large, a small and an empty school, and for one school alone."""
    rows = (
        school("A", pupils=900, equipment_yuan=10**9),
        school("B", pupils=3, equipment_yuan=0),
        school("C", pupils=0, equipment_yuan=5),
    )
    for schools in (rows, rows[:1]):
        district = District(schools=schools, grants=(grant("G", amount, purpose=Purpose.EQUIPMENT),))
        decision = split_funding(district, rule=rule)
        assert decision.status in (Status.OPTIMAL, Status.FEASIBLE)
        amounts = {row.school_id: row.amount_yuan for row in decision.split.amounts}
        assert sum(amounts.values()) == amount
        assert min(amounts.values()) >= 0
        assert amounts.get("C", 0) == 0


@pytest.mark.parametrize("rule", RULES)
def test_nobody_to_give_to_is_a_sentence(rule: str) -> None:
    """All schools closed: the money has nowhere to go, and the conflict says how much they can take."""
    district = District(
        schools=(school("A", pupils=0, equipment_yuan=1),), grants=(grant("G", 10, purpose=Purpose.EQUIPMENT),)
    )
    decision = split_funding(district, rule=rule)
    assert decision.status is Status.INFEASIBLE
    assert decision.conflicts[0].key == "caps"


def test_units_of_ten_thousand() -> None:
    rows = tuple(school(f"S{i}", pupils=100 + i, equipment_yuan=1000 * i) for i in range(7))
    district = District(
        schools=rows,
        grants=(grant("G", 30_000, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT, unit_yuan=10_000),),
    )
    amounts = [row.amount_yuan for row in split_funding(district).split.amounts]
    assert sum(amounts) == 30_000
    assert set(amounts) <= {Decimal(0), Decimal(10_000), Decimal(20_000)}


def test_a_new_school_without_last_year_is_near_the_mean() -> None:
    """Last year 100 a pupil at A and B; this year twice the money for three schools of 10 pupils: 1000 each x
    2 / 3.

    A new school that counts as 0 would get less than the others.
    """
    rows = tuple(school(code, pupils=10) for code in "ABC")
    received = tuple(
        Received(school_id=code, grant_id="G", year=2024, amount_yuan=Decimal(1000)) for code in "AB"
    )
    row = grant("G", 6000, SplitRule.CLOSEST, purpose=Purpose.INCENTIVE, year=2025)
    decision = split_funding(District(schools=rows, grants=(row,), received=received))
    assert [a.amount_yuan for a in decision.split.amounts] == [2000, 2000, 2000]


def test_indicators_after_the_money() -> None:
    """100 pupils.

    100000 of equipment and 50000 more: 1000 before, 1500 after; one room of 60000: 0 before, 1 after.
    """
    rows = (school("A", pupils=100, equipment_yuan=100_000, multimedia_rooms=0),)
    grants = (
        grant("G1", 50_000, purpose=Purpose.EQUIPMENT),
        grant("G2", 60_000, purpose=Purpose.MULTIMEDIA),
    )
    decision = split_funding(District(schools=rows, grants=grants))
    assert decision.before.sections[0].values["I6"] == 1000
    assert decision.after.sections[0].values["I6"] == 1500
    assert decision.after.sections[0].values["I7"] == pytest.approx(1.0)


def test_a_second_grant_sees_what_the_first_bought() -> None:
    """A has 1000, B nothing, 10 pupils each: the first 500 go to B, the next 700 lift B to 1100 and A to 1100.

    A second grant that sees the county as it was would give B all 700 again, and leave B at 1200.
    """
    rows = (school("A", pupils=10, equipment_yuan=1000), school("B", pupils=10, equipment_yuan=0))
    grants = tuple(
        grant(code, amount, SplitRule.LEXIMIN, purpose=Purpose.EQUIPMENT)
        for code, amount in (("G1", 500), ("G2", 700))
    )
    amounts = split_funding(District(schools=rows, grants=grants)).split.amounts
    assert [a.amount_yuan for a in amounts] == [0, 500, 100, 600]


def test_changes_keep_decimals() -> None:
    district = changed(county(2, 1, GRANTS), {"grants.G1.amount_yuan": "0.10"})
    assert district.grants[0].amount_yuan == Decimal("0.1")
    with pytest.raises(UsageError):
        changed(district, ["grants.G1=5"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_projects_as_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    """One project of 80,000 of the 100,000 lifts I7; it is printed and written."""
    work = Project(
        project_id="P1",
        school_id="A",
        grant_id="G",
        cost_yuan=Decimal(80_000),
        adds=Asset.MULTIMEDIA_ROOMS,
        amount=2.0,
    )
    row = grant("G", 100_000, SplitRule.PROJECTS, purpose=Purpose.MULTIMEDIA, year=2025)
    district = District(schools=(school("A", pupils=100, multimedia_rooms=1),), grants=(row,), projects=(work,))
    folder = write_district(district, tmp_path / "district.json")
    assert run(["fund", str(folder), "-o", str(tmp_path / "out"), "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert "80,000" in said
    assert ("新达标的校段指标 1 项" if lang == "zh" else "lifted over their thresholds: 1") in said
    document = read_json(tmp_path / "out" / "result.json")
    assert document["run"]["checked"] is True
    assert [c["project_id"] for c in document["chosen"]] == ["P1"]
    assert document["projects"][0] == {
        "name": "projects.lifted",
        "value": 1,
        "bound": 1,
        "gap": 0.0,
        "unit": "section-indicators",
        "before": 0.0,
    }
