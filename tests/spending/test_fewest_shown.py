"""The fewest schools touched, in every output."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from allocator.cli.app import run
from allocator.domain.choices import Purpose, SplitRule
from allocator.domain.district import District
from allocator.domain.records import DistrictInfo
from allocator.io.writing import write_district
from allocator.text import Lang
from tests.funding.counties import grant, school


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rule balance owes nobody anything: all 900,000 go to S2, the only school that is touched."""
    assets = {"S0": 1_000_000, "S1": 1_000_000, "S2": 100_000}
    county = District(
        info=DistrictInfo(year=2025),
        schools=tuple(school(code, pupils=100, equipment_yuan=has) for code, has in assets.items()),
        grants=(
            grant("G", 900_000, SplitRule.BALANCE, year=2025, purpose=Purpose.EQUIPMENT, unit_yuan=10_000),
            grant("H", 0, SplitRule.BALANCE, year=2025, purpose=Purpose.EQUIPMENT),
        ),
    )
    return write_district(county, tmp_path_factory.mktemp("county") / "district.json")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_and_the_workbook_have_the_split(district: Path, tmp_path: Path, lang: Lang) -> None:
    """The page names the one school touched; the workbook lists all three, so that they can be paid."""
    asked = ["fund", str(district), "-o", str(tmp_path), "--fewest-schools", "--lang", lang]
    assert run(asked) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="table-fewest"' in page
    touched = page.partition('id="table-touched"')[2].partition("</table>")[0]
    assert "S2" in touched
    assert "900,000" in touched
    assert "S0" not in touched
    book = openpyxl.load_workbook(tmp_path / "split.xlsx")
    sheet = book["最少改动的分配" if lang == "zh" else "Split with fewest changed"]
    rows = [tuple(cell.value for cell in row[1:6]) for row in sheet.iter_rows(min_row=2)]
    assert ("S2", "S2", 0, 900_000, 900_000) in [(a, b or a, *rest) for a, b, *rest in rows]
    assert {code for code, *_ in rows} == {"S0", "S1", "S2"}
    summary = book["最少改动" if lang == "zh" else "Fewest schools"]
    assert [summary.cell(2, k).value for k in (2, 3)] == [1, 1]


def test_without_the_question_there_is_no_such_table(district: Path, tmp_path: Path) -> None:
    assert run(["fund", str(district), "-o", str(tmp_path)]) == 0
    assert 'id="table-fewest"' not in (tmp_path / "report.html").read_text(encoding="utf-8")
