"""Shadow prices in the console, result.json, the page and the workbook."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from allocator.cli.app import run
from allocator.domain.choices import Purpose, SplitRule
from allocator.io.writing import write_district
from allocator.text import Lang
from tests.funding.counties import county, grant

GRANTS = (
    grant("G1", 13_000_000, hold_harmless=0.8, year=2025),
    grant("G2", 2_000_000, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT, floor_per_pupil_yuan=50, year=2025),
)
KINDS = {"amount", "limit.primary", "limit.junior", "floor_per_pupil", "floor"}
SAID = {"zh": ("资金多 10000 元", "生均下限高 1 元"), "en": ("10,000 yuan more", "1 yuan a pupil higher")}


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_district(county(10, 3, GRANTS), tmp_path_factory.mktemp("county") / "district.json")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_prices_stand_in_every_output(
    district: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: Lang
) -> None:
    """An output that leaves the table out, or a kind of price, fails."""
    assert run(["fund", str(district), "-o", str(tmp_path), "--prices", "--lang", lang]) == 0
    console = "".join(capsys.readouterr().out.split())
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    prices = [price for found in document["grants"] for price in found["prices"]]
    assert {price["of"] for price in prices} == KINDS
    assert {price["exact"] for price in prices} == {True, False}
    assert all(price["low"] is not None or price["high"] is not None for price in prices)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="table-prices"' in page
    book = openpyxl.load_workbook(tmp_path / "split.xlsx")
    sheet = book["边际作用" if lang == "zh" else "Shadow prices"]
    assert sheet.max_row == len(prices) + 1
    cells = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    first, second = SAID[lang]
    assert first in page
    assert second in page
    assert first in cells
    assert second in cells
    assert ("资金多" if lang == "zh" else "Wherethis") in console


def test_without_prices_there_is_no_such_table(district: Path, tmp_path: Path) -> None:
    """They cost solves of their own, so they are asked for."""
    assert run(["fund", str(district), "-o", str(tmp_path)]) == 0
    assert 'id="table-prices"' not in (tmp_path / "report.html").read_text(encoding="utf-8")
