"""Files as offices have them: encodings, delimiters, dates, hidden and merged parts, strays, damage."""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font

from allocator.domain.fields import Month
from allocator.errors import Fault, InputError, UsageError
from allocator.io import read
from allocator.io.package import inspect_sheet

Row = list[Any]

SCHOOLS: list[Row] = [
    ["学校代码", "学校名称", "办学类型", "经度", "纬度", "一年级学生数", "一年级班数"],
    ["S1", "甲小学", "小学", 117.1, 39.1, 40, 1],
    ["S2", "乙小学", "小学", 117.2, 39.2, 40, 1],
]
TEACHERS: list[Row] = [
    ["教师编号", "任教学校代码", "任教学段", "任教学科", "性别", "出生年月", "到本校年月"],
    ["T1", "S1", "小学", "语文", "女", "1985-03", "2012-09"],
    ["T2", "S2", "小学", "数学", "男", "1986-03", "2013-09"],
]


def workbook(path: Path, tables: dict[str, list[Row]], change: Callable[[Any], None] | None = None) -> Path:
    """Write a workbook with openpyxl."""
    book = openpyxl.Workbook()
    book.remove(book["Sheet"])
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(book)
    book.save(path)
    return path


def two_tables() -> dict[str, list[Row]]:
    return {"学校": [list(r) for r in SCHOOLS], "教师": [list(r) for r in TEACHERS]}


def faults_of(path: Path) -> list[Fault]:
    """Errors and warnings, whichever way they come out."""
    try:
        return list(read(path).warnings)
    except InputError as error:
        return list(error.faults)


def keys_of(path: Path) -> list[str]:
    return [fault.key for fault in faults_of(path)]


def csv_text(rows: list[Row], delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(map(str, row)) for row in rows) + "\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    (tmp_path / "schools.csv").write_text(csv_text(SCHOOLS, delimiter), encoding=encoding)
    (tmp_path / "教师.csv").write_text(csv_text(TEACHERS, delimiter), encoding=encoding)
    reading = read(tmp_path)
    assert [s.name for s in reading.district.schools] == ["甲小学", "乙小学"]
    assert reading.district.teachers[0].birth == Month.of(1985, 3)
    assert reading.warnings == ()


def test_csv_row_numbers_are_those_of_a_spreadsheet(tmp_path: Path) -> None:
    """The blank third line and the line break inside quotes must not shift the row: the fault is in row 5."""
    rows = '学校代码,学校名称,办学类型\nS1,"甲\n小学",小学\n,,\n\nS2,乙,高中\n'
    (tmp_path / "schools.csv").write_text(rows, encoding="utf-8")
    (fault,) = [f for f in faults_of(tmp_path) if f.severity == "error"]
    assert (fault.row, fault.cell, fault.value) == (5, "C5", "高中")


def test_unreadable_encoding_and_broken_quotes_are_faults(tmp_path: Path) -> None:
    (tmp_path / "schools.csv").write_bytes(b"\x80\xff\xfe\x00")
    assert [f.key for f in faults_of(tmp_path)] == ["csv_encoding"]
    (tmp_path / "schools.csv").write_text("学校代码\n" + "x" * (10**7 + 5), encoding="utf-8")
    assert [f.key for f in faults_of(tmp_path)] == ["csv_broken"]


def test_real_dates_and_numbers_as_codes(tmp_path: Path) -> None:
    tables = two_tables()
    tables["学校"][1][0], tables["教师"][1][1] = 1001, 1001.0
    tables["教师"][1][5] = dt.datetime(1985, 3, 9)
    district = read(workbook(tmp_path / "d.xlsx", tables)).district
    assert district.schools[0].school_id == "1001" == district.teachers[0].school_id
    assert district.teachers[0].birth == Month.of(1985, 3)


def test_title_rows_blank_rows_and_unknown_parts(tmp_path: Path) -> None:
    tables = two_tables()
    tables["学校"] = [["某区学校基本情况表"], [], SCHOOLS[0] + ["备注"], SCHOOLS[1] + ["x"], [], SCHOOLS[2]]
    tables["领导讲话"] = [["一"]]
    reading = read(workbook(tmp_path / "d.xlsx", tables))
    assert len(reading.district.schools) == 2
    assert [(f.key, f.cell) for f in reading.warnings] == [("unknown_sheet", ""), ("unknown_column", "H3")]


def test_hidden_rows_columns_and_sheets_are_read_with_a_warning(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book["学校"].row_dimensions[3].hidden = True
        book["教师"].column_dimensions["E"].hidden = True
        book["教师"].sheet_state = "hidden"

    reading = read(workbook(tmp_path / "d.xlsx", two_tables(), hide))
    assert len(reading.district.schools) == 2
    assert reading.district.teachers[0].gender is not None
    assert [(f.key, f.sheet) for f in reading.warnings] == [
        ("hidden_rows", "学校"),
        ("hidden_sheet", "教师"),
        ("hidden_column", "教师"),
    ]
    assert "第 3 行" in reading.warnings[0].text("zh")


def test_merged_cells_are_one_fault_a_range(tmp_path: Path) -> None:
    """The cells a range covers are blank in the file; each would otherwise be "required but blank" as well."""

    def merge(book: Any) -> None:
        book["教师"].merge_cells("B2:B3")

    (fault,) = faults_of(workbook(tmp_path / "d.xlsx", two_tables(), merge))
    assert (fault.key, fault.cell, fault.value) == ("merged_cells", "B2:B3", "S1")


def test_a_merged_title_above_the_header_is_no_fault(tmp_path: Path) -> None:
    tables = two_tables()
    tables["学校"].insert(0, ["学校情况"])
    path = workbook(tmp_path / "d.xlsx", tables, lambda book: book["学校"].merge_cells("A1:G1"))
    assert faults_of(path) == []


def test_formulas_count_by_their_stored_result(tmp_path: Path) -> None:
    """A formula without a result is no blank cell: read as blank, pupils would be unknown."""
    path = tmp_path / "d.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("学校")
    for number, row in enumerate(SCHOOLS):
        sheet.write_row(number, 0, row)
    sheet.write_formula("F2", "=20+21", None, 41)
    sheet.write_formula("F3", '=IF(1=1,"",0)', None, "")
    book.close()
    assert [(f.key, f.cell) for f in faults_of(path)] == [("formula_without_value", "F3")]
    tables = {"学校": [list(r) for r in SCHOOLS]}
    tables["学校"][1][5] = "=20+20"
    path = workbook(path, tables)
    assert [(f.key, f.cell) for f in faults_of(path)] == [("formula_without_value", "F2")]


@pytest.mark.parametrize("where", ["XFD1048576", "A1048576", "ZZZ2", "XFD1"])
def test_a_stray_cell_is_named_instead_of_taking_all_memory(tmp_path: Path, where: str) -> None:
    """Read as it stands, XFD1048576 makes the cell reader ask for 512 GiB and the process dies."""

    def stray(book: Any) -> None:
        book["学校"][where] = "x"

    (fault,) = faults_of(workbook(tmp_path / "d.xlsx", {"学校": SCHOOLS}, stray))
    assert (fault.key, fault.sheet, fault.value) == ("far_cell", "学校", where)


def test_formatting_far_away_is_no_stray(tmp_path: Path) -> None:
    def format_only(book: Any) -> None:
        book["学校"]["XFD1048576"].font = Font(bold=True)

    assert faults_of(workbook(tmp_path / "d.xlsx", {"学校": SCHOOLS}, format_only)) == []


def test_sheet_xml_under_a_namespace_prefix_is_understood() -> None:
    xml = b'<x:worksheet xmlns:x="u"><x:cols><x:col min="2" max="3" hidden="1"/></x:cols><x:sheetData>'
    xml += b'<x:row r="2" hidden="1"><x:c r="B2"><x:f>1+1</x:f></x:c>'
    xml += b'<x:c r="C2" t="e"><x:v>#N/A</x:v></x:c></x:row>'
    xml += b'</x:sheetData><x:mergeCells><x:mergeCell ref="A1:B2"/></x:mergeCells></x:worksheet>'
    facts = inspect_sheet(xml)
    assert facts.hidden_columns == [1, 2]
    assert facts.hidden_rows == [1]
    assert facts.without_value == [(1, 1)]
    assert facts.errors == {(1, 2): "#N/A"}
    assert facts.merged == [(0, 0, 1, 1)]


def damaged(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_files_that_cannot_be_opened_are_usage_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    good = workbook(tmp_path / "good.xlsx", {"学校": SCHOOLS}).read_bytes()
    other_zip = io.BytesIO()
    with zipfile.ZipFile(other_zip, "w") as package:
        package.writestr("x", "y")
    cases = {
        "no_such_path": tmp_path / "none.xlsx",
        "folder_without_csv": tmp_path / "empty",
        "csv_not_folder": damaged(tmp_path / "schools.csv", b"x"),
        "old_workbook": damaged(tmp_path / "d.xls", b"x"),
        "unknown_extension": damaged(tmp_path / "d.docx", b"x"),
        "workbook_encrypted": damaged(tmp_path / "e.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600),
        "json_broken": damaged(tmp_path / "d.json", b'{"schools": [}'),
        "json_not_document": damaged(tmp_path / "l.json", b"[]"),
        "json_encoding": damaged(tmp_path / "b.json", b"\x80\xff\xff"),
    }
    broken = [b"no zip", good[:-200], good[:300] + b"\0" * 300 + good[600:], other_zip.getvalue()]
    for number, content in enumerate(broken):
        with pytest.raises(UsageError, match="damaged"):
            read(damaged(tmp_path / f"broken{number}.xlsx", content))
    for key, path in cases.items():
        with pytest.raises(UsageError) as caught:
            read(path)
        assert caught.value.key == key
        assert path.name in caught.value.text("zh") + caught.value.text("en")
    monkeypatch.setattr("allocator.io.package.MAX_UNPACKED", 1000)
    with pytest.raises(UsageError) as caught:
        read(damaged(tmp_path / "bomb.xlsx", good))
    assert caught.value.key == "workbook_too_large"


def test_json_document_with_every_way_to_be_wrong(tmp_path: Path) -> None:
    document = {
        "format": 2,
        "学校": [
            {"学校代码": 1001, "kind": "小学"},
            5,
            {"school_id": "S2", "kind": "primary", "tags": ["a;b"]},
        ],
        "teachers": "none",
        "things": [],
    }
    path = damaged(tmp_path / "d.json", json.dumps(document).encode())
    errors = {f.key for f in faults_of(path)}
    assert {"unknown_format", "json_not_row", "json_not_table", "duplicate_column"} <= errors
    fault = next(f for f in faults_of(path) if f.key == "json_not_row")
    assert (fault.row, fault.cell) == (2, "")


def test_json_values_in_chinese_or_english(tmp_path: Path) -> None:
    row = {"school_id": 1001, "办学类型": "小学", "pupils_g1": "４０", "classes_g1": 1, "lon": 117, "lat": 39.5}
    path = damaged(
        tmp_path / "d.json", json.dumps({"format": 1, "district": {"year": 2025}, "学校": [row]}).encode()
    )
    reading = read(path)
    assert (reading.district.info.year, reading.district.schools[0].school_id) == (2025, "1001")
    assert reading.district.schools[0].pupils_g1 == 40
    assert reading.warnings == ()


def test_half_a_character_is_refused_with_its_place(tmp_path: Path) -> None:
    content = b'{"format": 1, "schools": [{"school_id": "S1", "kind": "primary", "name": "\\ud800"}]}'
    fault = next(f for f in faults_of(damaged(tmp_path / "d.json", content)) if f.severity == "error")
    assert (fault.key, fault.table, fault.row, fault.column) == ("refused", "schools", 1, "name")


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"教师": TEACHERS[:1]}, ["missing_table"]),
        ({"学校": []}, ["empty_sheet"]),
        ({"学校": SCHOOLS[:1]}, ["empty_table"]),
        ({"学校": [["a", "b"], ["c", "d"]]}, ["header_not_found"]),
        ({"学校": SCHOOLS, "schools": SCHOOLS}, ["duplicate_sheet"]),
        ({"学校": SCHOOLS, "教师": [], "志愿": [["教师编号", "志愿序号", "学校代码"]]}, []),
    ],
)
def test_sheets_missing_empty_or_twice(
    tmp_path: Path, tables: dict[str, list[Row]], expected: list[str]
) -> None:
    assert keys_of(workbook(tmp_path / "d.xlsx", tables)) == expected


def test_a_missing_column_is_one_fault_and_the_rest_is_still_checked(tmp_path: Path) -> None:
    """One message for the column, none for each row; the unknown school in row 3 is found all the same."""
    tables = two_tables()
    tables["教师"][0][2] = "学段名"
    tables["教师"][2][1] = "S9"
    faults = [f for f in faults_of(workbook(tmp_path / "d.xlsx", tables)) if f.severity == "error"]
    assert [(f.key, f.cell) for f in faults] == [("missing_column", ""), ("unknown_school", "B3")]
    assert "是否即“学段名”列" in faults[0].text("zh")


def test_a_stray_cell_in_a_sheet_of_notes_is_no_concern(tmp_path: Path) -> None:
    """The sheet is left out anyway; an error there would keep the whole workbook from being read."""

    def scribble(book: Any) -> None:
        book.create_sheet("草稿")["XFD1048576"] = "x"

    assert keys_of(workbook(tmp_path / "d.xlsx", two_tables(), scribble)) == ["unknown_sheet"]


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ('{"schools": [{"school_id": "S1", "lon": 117, "lon": 118}]}', "json_repeated_key", "lon"),
        ('{"schools": [{"school_id": "S1"}], "schools": []}', "json_repeated_key", "schools"),
        ('{"schools": [{"school_id": "S1", "lon": NaN}]}', "json_constant", "NaN"),
    ],
)
def test_json_that_would_lose_something_is_refused(tmp_path: Path, text: str, key: str, value: str) -> None:
    """Of a key that is there twice, Python's parser silently keeps the last."""
    path = tmp_path / "d.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read(path)
    assert caught.value.key == key
    assert value in caught.value.text("zh")


@pytest.mark.parametrize(
    "footer", ["合计", "合 计：2人", "总计", "Total", "注：截至2025年6月", "填表人：王某  审核人：李某"]
)
def test_a_row_of_totals_is_one_fault(tmp_path: Path, footer: str) -> None:
    """Not one for each blank cell, and no warning about a school called 合计."""
    tables = two_tables()
    tables["学校"].append([footer, None, None, None, None, 80, 2])
    tables["教师"].append([footer])
    path = workbook(tmp_path / "d.xlsx", tables)
    assert [(f.key, f.cell) for f in faults_of(path)] == [("not_data", "A4"), ("not_data", "A4")]


def test_a_code_that_only_begins_like_a_total_is_a_code(tmp_path: Path) -> None:
    """合计划小学 and TOTAL1 are codes."""
    tables = two_tables()
    tables["学校"].append(["合计划小学", "丙小学", "小学", 117.1, 39.1, 40, 1])
    tables["学校"].append(["TOTAL1", "丁小学", "小学", 117.1, 39.1, 40, 1])
    assert {f.severity for f in faults_of(workbook(tmp_path / "d.xlsx", tables))} <= {"warning"}
