"""A valid workbook with one fault of each kind planted gives one message a fault, at its cell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from allocator.errors import Fault, InputError
from allocator.io import read, write_template
from allocator.text import LANGS

Book = openpyxl.Workbook
Plant = Callable[[Book], None]


def column_of(sheet: Worksheet, header: str) -> int:
    """1-based column of a header in row 1."""
    return next(cell.column for cell in sheet[1] if cell.value == header)


def put(book: Book, sheet: str, row: int, header: str, value: Any) -> None:
    """Overwrite one cell."""
    book[sheet].cell(row, column_of(book[sheet], header)).value = value


def plant(sheet: str, row: int, header: str, value: Any) -> Plant:
    """Make a fault by overwriting one cell."""
    return lambda book: put(book, sheet, row, header, value)


def duplicate_header(book: Book) -> None:
    sheet = book["通勤"]
    sheet.cell(1, 5).value = "公里"


def missing_reverse(book: Book) -> None:
    put(book, "教师", 6, "配偶教师编号", "T006")


def merge(book: Book) -> None:
    book["岗位需求"].merge_cells("C5:C6")


# Rows 2.. of the example: T001 in row 2; S001 in row 2.
PLANTED: list[tuple[str, str, str, Plant]] = [
    ("unknown_choice", "学校", "C3", plant("学校", 3, "办学类型", "小学校")),
    ("not_integer", "学校", "J2", plant("学校", 2, "一年级学生数", 27.5)),
    ("negative", "学校", "AD4", plant("学校", 4, "教学及辅助用房面积", -520)),
    ("not_number", "学校", "AE5", plant("学校", 5, "体育运动场馆面积", "约两千")),
    ("out_of_range", "学校", "AH6", plant("学校", 6, "办学质量评分", 750)),
    ("coordinate_missing", "学校", "H7", plant("学校", 7, "纬度", None)),
    ("blank", "教师", "E2", plant("教师", 2, "任教学科", None)),
    ("unknown_school", "教师", "C3", plant("教师", 3, "任教学校代码", "S0O1")),
    ("duplicate_key", "教师", "A9", plant("教师", 9, "教师编号", "T002")),
    ("impossible_date", "教师", "I5", plant("教师", 5, "到本校年月", "2016-02-30")),
    ("partner_not_mutual", "教师", "S6", missing_reverse),
    ("not_month", "教师", "H8", plant("教师", 8, "出生年月", "一九九三年")),
    ("since_before_birth", "教师", "I10", plant("教师", 10, "到本校年月", "1979-09")),
    ("not_flag", "教师", "O12", plant("教师", 12, "免于交流", "病假")),
    ("stage_absent", "教师", "D18", plant("教师", 18, "任教学段", "初中")),
    ("error_value", "教师", "T14", plant("教师", 14, "积分", "#DIV/0!")),
    ("formula_without_value", "教师", "T16", plant("教师", 16, "积分", "=1+1")),
    ("ambiguous_month", "教师", "I17", plant("教师", 17, "到本校年月", 2006.1)),
    ("partner_self", "教师", "S20", plant("教师", 20, "配偶教师编号", "T019")),
    ("unknown_partner", "教师", "S22", plant("教师", 22, "配偶教师编号", "T998")),
    ("unknown_teacher", "志愿", "A4", plant("志愿", 4, "教师编号", "T997")),
    ("merged_cells", "岗位需求", "C5:C6", merge),
    ("unknown_school", "岗位需求", "A8", plant("岗位需求", 8, "学校代码", "S999")),
    ("wish_twice", "志愿", "C3", plant("志愿", 3, "学校代码", "S003")),
    ("duplicate_column", "通勤", "E1", duplicate_header),
    ("travel_to_itself", "通勤", "B3", plant("通勤", 3, "到达学校代码", "S001")),
    ("lock_without_school", "锁定", "C3", plant("锁定", 3, "学校代码", None)),
    ("unknown_grant", "历年拨款", "B2", plant("历年拨款", 2, "资金编号", "G00X")),
    ("out_of_range", "资金项目", "H2", plant("资金项目", 2, "保底比例", 95)),
    ("unknown_town", "乡镇街道", "D4", plant("乡镇街道", 4, "相邻乡镇街道", "城关镇街道")),
    ("project_names_itself", "建设项目", "H2", plant("建设项目", 2, "前置项目", "P001")),
    ("link_to_itself", "意向", "B2", plant("意向", 2, "学校乙", "S004")),
    ("district_rows", "区县", "A3", plant("区县", 3, "区县名称", "另一个区")),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_template(tmp_path_factory.mktemp("template") / "district.xlsx")


@pytest.fixture(scope="module")
def faults(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Fault, ...]:
    """Everything found in the workbook with all faults at once; no plan can come of it."""
    book = openpyxl.load_workbook(template)
    for *_, damage in PLANTED:
        damage(book)
    path = tmp_path_factory.mktemp("planted") / "district.xlsx"
    book.save(path)
    with pytest.raises(InputError) as caught:
        read(path)
    return caught.value.faults


def test_exactly_the_planted_faults_are_found_at_their_cells(faults: tuple[Fault, ...]) -> None:
    """33 faults planted, 33 found: a reader that stops at the first would give 1, one that follows up more."""
    found = [(fault.key, fault.sheet, fault.cell) for fault in faults]
    assert sorted(found) == sorted((key, sheet, cell) for key, sheet, cell, _ in PLANTED)
    assert len(PLANTED) >= 30


@pytest.mark.parametrize("lang", LANGS)
def test_every_message_names_place_value_and_remedy(faults: tuple[Fault, ...], lang: Any) -> None:
    for fault in faults:
        place, text = fault.place(lang), fault.text(lang)
        assert fault.sheet in place
        assert str(fault.row) in place
        assert fault.cell in place
        assert fault.value in text
        assert "{" not in text
        assert len(text) > 10


def test_the_nearest_valid_value_is_suggested(faults: tuple[Fault, ...]) -> None:
    by_cell = {(fault.sheet, fault.cell): fault.text("zh") for fault in faults}
    assert "是否应为“小学”" in by_cell["学校", "C3"]
    assert "最接近的是“S001”" in by_cell["教师", "C3"]
    assert "第 3 行" in by_cell["教师", "A9"]
    assert "2006-01 或 2006-10" in by_cell["教师", "I17"]


def test_the_undamaged_workbook_reads_without_any_fault(template: Path, tmp_path: Path) -> None:
    """The faults above come of the planting, not of openpyxl."""
    path = tmp_path / "district.xlsx"
    openpyxl.load_workbook(template).save(path)
    assert read(path).warnings == ()


def read_damaged(template: Path, tmp_path: Path, *damages: Plant) -> tuple[Fault, ...]:
    """Faults of the template after some damages."""
    book = openpyxl.load_workbook(template)
    for damage in damages:
        damage(book)
    path = tmp_path / "damaged.xlsx"
    book.save(path)
    try:
        return read(path).warnings
    except InputError as error:
        return error.faults


def test_a_mistyped_school_code_is_one_message_that_names_every_row(template: Path, tmp_path: Path) -> None:
    """All teachers of S005 lose their school: one line a table, not one a teacher; no row is lost."""
    found = read_damaged(template, tmp_path, plant("学校", 6, "学校代码", "S05"))
    teachers = [fault for fault in found if fault.table == "teachers"]
    rows = [row[0].row for row in openpyxl.load_workbook(template)["教师"] if row[2].value == "S005"]
    assert len(rows) > 3
    assert [(f.key, f.count, f.examples) for f in teachers] == [("unknown_school", len(rows), tuple(rows))]
    assert f"{rows[0]}-{rows[-1]}" in teachers[0].text("zh")
    assert "最接近的是“S05”" in teachers[0].text("zh")


def test_a_repeated_school_code_is_not_followed_up_at_its_teachers(template: Path, tmp_path: Path) -> None:
    """Whichever of the two schools is meant, the sections of its teachers are not wrong."""
    found = read_damaged(template, tmp_path, plant("学校", 5, "学校代码", "S001"))
    assert {f.key for f in found if f.severity == "error"} == {"duplicate_key", "unknown_school"}
    assert "no_teachers" not in {f.key for f in found}


@pytest.mark.parametrize(
    ("damage", "hint"),
    [
        (plant("教师", 3, "任教学校代码", "城关第二小学"), "“城关第二小学”的代码是“S002”"),
        (plant("教师", 3, "任教学校代码", "S00l"), "最接近的是“S001”"),
        (plant("教师", 22, "配偶教师编号", "X-1"), "请清空"),
        (plant("教师", 1, "学历", "最高学历"), "是否应为“学历”"),
        (lambda book: setattr(book["教师"], "title", "教师花名册"), "是否应命名为“教师”"),
    ],
)
def test_the_remedy_fits_what_a_clerk_did(template: Path, tmp_path: Path, damage: Plant, hint: str) -> None:
    """A name for a code, l for 1, a partner elsewhere, a header or a sheet renamed."""
    assert any(hint in fault.text("zh") for fault in read_damaged(template, tmp_path, damage))


def test_a_repeated_key_is_shown_in_the_words_of_the_sheet(template: Path, tmp_path: Path) -> None:
    """Not as codes of the engine: primary, chinese."""
    repeat = [plant("岗位需求", 3, "学科", "语文"), plant("岗位需求", 3, "学段", "小学")]
    (fault,) = read_damaged(template, tmp_path, *repeat)
    assert (fault.key, fault.value) == ("duplicate_key", "S001, 小学, 语文")
