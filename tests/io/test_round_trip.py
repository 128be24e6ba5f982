"""What is written is read back as the same district, in every form and language."""

import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from allocator.domain.choices import SchoolKind
from allocator.domain.district import District
from allocator.domain.money_records import Grant
from allocator.domain.records import School
from allocator.errors import UsageError
from allocator.io import read, validate, write_district
from allocator.text import LANGS
from tests.io.districts import districts

FORMS = ("district.xlsx", "district.json", "district")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("form", FORMS)
@given(district=districts())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_reading_gives_back_what_was_written(form: str, lang: Any, district: District) -> None:
    """Equal to the last digit: 16 digits, as workbooks keep them, would turn 0.1 + 0.2 into 0.3."""
    assert [f for f in validate(district) if f.severity == "error"] == []
    with tempfile.TemporaryDirectory() as folder:
        path = write_district(district, Path(folder) / form, lang)
        reading = read(path)
        assert reading.district == district
        assert reading.district.sha256 == district.sha256


def one_school(**fields: Any) -> District:
    return District(schools=(School(school_id="S1", kind=SchoolKind.PRIMARY, **fields),))


def test_text_never_becomes_a_formula_in_a_workbook(tmp_path: Path) -> None:
    """Without the guard the sheet's XML would hold <f>."""
    path = write_district(one_school(name="=1+1", tags=("+2", "@x", "-3")), tmp_path / "d.xlsx")
    with zipfile.ZipFile(path) as package:
        sheets = [package.read(name) for name in package.namelist() if "worksheets/sheet" in name]
    assert all(b"<f>" not in sheet for sheet in sheets)
    cell = openpyxl.load_workbook(path)["学校"]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_text_never_becomes_a_formula_in_a_csv_file(tmp_path: Path) -> None:
    """A spreadsheet would run =1+1 when it opens the file; an apostrophe makes it text."""
    folder = write_district(one_school(name="=1+1"), tmp_path / "d")
    assert ",'=1+1," in (folder / "schools.csv").read_text(encoding="utf-8-sig")


def test_byte_order_mark_is_optional(tmp_path: Path) -> None:
    with_mark = write_district(one_school(), tmp_path / "a") / "schools.csv"
    without = write_district(one_school(), tmp_path / "b", bom=False) / "schools.csv"
    assert with_mark.read_bytes() == b"\xef\xbb\xbf" + without.read_bytes()


def test_tables_that_are_gone_leave_the_folder(tmp_path: Path) -> None:
    """An old towns.csv left behind would come back as data."""
    (tmp_path / "towns.csv").write_text("town\n东\n", encoding="utf-8")
    (tmp_path / "notes.csv").write_text("mine\n", encoding="utf-8")
    write_district(one_school(), tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.csv", "schools.csv"]


@pytest.mark.parametrize("name", ["d.pdf", "d.csv"])
def test_other_forms_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        write_district(one_school(), tmp_path / name)
    assert caught.value.key == "unknown_extension"


@pytest.mark.parametrize("form", ["d.xlsx", "d"])
def test_a_list_entry_with_a_separator_is_refused_and_nothing_is_left(tmp_path: Path, form: str) -> None:
    """Written all the same, "a;b" would be read back as two entries."""
    with pytest.raises(UsageError) as caught:
        write_district(one_school(tags=("a;b",)), tmp_path / form)
    assert caught.value.key == "list_not_writable"
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_text_longer_than_a_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write_district(one_school(name="长" * 32_768), tmp_path / "d.xlsx")
    assert caught.value.key == "text_too_long"


def test_money_has_one_digest_however_it_is_written() -> None:
    """5 and 5.00 yuan are equal, so their districts must have the same digest."""

    def digest(amount: str) -> str:
        fields = {"grant_id": "G", "amount_yuan": amount, "purpose": "operating", "rule": "formula"}
        return District(schools=(), grants=(Grant.model_validate(fields),)).sha256

    assert digest("5.00") == digest("5") != digest("5.01")
    assert Decimal("5.00") == Decimal("5")
