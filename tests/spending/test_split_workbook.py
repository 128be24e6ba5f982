"""The workbook of a split: its formulas come to our numbers, and follow when a given number changes."""

from __future__ import annotations

import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from allocator import District, split_funding
from allocator.domain.choices import Purpose, SplitRule
from allocator.domain.funding import FundingDecision
from allocator.reporting.money.workbook import sheet_name
from allocator.spending import changed
from allocator.spending.report import write_report
from tests.funding.counties import county, grant, school
from tests.spending.recalculating import cells, recalculated

GRANTS = (
    grant("G1", 30_000_000, hold_harmless=0.1, cap_per_pupil_yuan=2500, year=2025),
    grant("G2", 9_000_000, SplitRule.CLOSEST, purpose=Purpose.TRAINING, hold_harmless=0.05, year=2025),
    grant("G3", 2_000_000, SplitRule.LEXIMIN, year=2025, unit_yuan=100, floor_per_pupil_yuan=7),
    grant("G4", 700_001, SplitRule.BALANCE, purpose=Purpose.INCENTIVE, year=2025),
    grant("G5", 3_000_000, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT, unit_yuan=100, year=2025),
)


def is_formula(value: Any) -> bool:
    return type(value).__name__ == "ArrayFormula" or (isinstance(value, str) and value.startswith("="))


def written(district: District, folder: Path) -> tuple[FundingDecision, Path]:
    decision = split_funding(district)
    write_report(decision, folder, lang="en")
    return decision, folder / "split.xlsx"


def column_of(book: dict[tuple[str, str], Any], sheet: str, header: str) -> str:
    """Letter of a column by its header."""
    return next(at.rstrip("0123456789") for (name, at), v in book.items() if name == sheet and v == header)


@pytest.fixture(scope="module")
def district() -> District:
    return county(24, 5, GRANTS)


def test_every_formula_comes_to_our_number(district: District, tmp_path: Path) -> None:
    """All formulas worked out anew agree with the values we wrote, which are exact fractions of our own.

    A floor, cap or lambda that is worked out another way differs in hundreds of cells.
    """
    _, book = written(district, tmp_path)
    formulas = {at for at, value in cells(book, formulas=True).items() if is_formula(value)}
    ours, theirs = cells(book), cells(recalculated(book, tmp_path))
    assert len(formulas) > 2000
    for at in formulas:
        mine, other = ours.get(at, ""), theirs.get(at, "")
        if isinstance(mine, str):
            assert mine == other, at
        else:
            assert other == pytest.approx(mine, rel=1e-9, abs=1e-6), at


def test_the_formulas_follow_a_changed_grant(district: District, tmp_path: Path) -> None:
    """With another amount typed into the cell the sheet gives the split that the program gives for it."""
    import openpyxl  # noqa: PLC0415  only here

    _, book = written(district, tmp_path)
    typed = openpyxl.load_workbook(book)
    typed["G1"]["B2"] = 27_654_321
    typed["G2"]["B2"] = 9_500_007
    typed.save(book)
    again = changed(district, {"grants.G1.amount_yuan": 27_654_321, "grants.G2.amount_yuan": 9_500_007})
    expected = split_funding(again, grants=["G1", "G2"])
    found = cells(recalculated(book, tmp_path))
    for result in expected.grants:
        sheet = result.grant_id
        code, amount = column_of(found, sheet, "School code"), column_of(found, sheet, "Amount, yuan")
        row_of = {v: at[1:] for (name, at), v in found.items() if name == sheet and at[0] == code}
        told = {s.school_id: found[sheet, amount + row_of[s.school_id]] for s in result.schools}
        assert told == {s.school_id: float(s.amount_yuan) for s in result.schools}


def test_texts_never_become_formulas(tmp_path: Path) -> None:
    """A school named =1+1, a grant coded @SUM: text in the cells; as formulas they would come to 2 or fail."""
    rows = (
        school("=1+1", name='=HYPERLINK("http://x","y")', pupils=500),
        school("+S2", name="@SUM(1)", pupils=300),
    )
    nasty = grant("=G[1]", 1_000_000, name="-2+3", year=2025)
    _, book = written(county(1).model_copy(update={"schools": rows, "grants": (nasty,)}), tmp_path)
    values = cells(book)
    assert {"=1+1", '=HYPERLINK("http://x","y")', "+S2", "@SUM(1)", "=G[1] -2+3"} <= set(values.values())
    with zipfile.ZipFile(book) as parts:
        sheets = [parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/worksheets/sheet")]
    assert not any("HYPERLINK" in text or "<f>1+1" in text for text in sheets)


@pytest.mark.parametrize("amount", [0, 1])
def test_hard_edges_give_a_workbook(amount: int, tmp_path: Path) -> None:
    """A grant of 0 or 1 yuan, a school without pupils, no weights at all."""
    rows = (school("A", pupils=0), school("B", pupils=3), school("C", pupils=2))
    money = grant("G", amount, purpose=Purpose.TRAINING, year=2025)
    decision, book = written(county(1).model_copy(update={"schools": rows, "grants": (money,)}), tmp_path)
    found = cells(recalculated(book, tmp_path))
    assert found["G", "B13"] == 0
    assert sum(row.amount_yuan for row in decision.split.amounts) == Decimal(amount)


def test_names_of_sheets_are_allowed_and_apart() -> None:
    """Signs that Excel forbids are replaced; names that differ in case only get a number."""
    taken: set[str] = set()
    names = [sheet_name(code, taken) for code in ("a/b:c", "A_B_C", "x" * 60, "x" * 50, "''")]
    assert names == ["a_b_c", "A_B_C (2)", "x" * 28, "x" * 24 + " (2)", "__"]
