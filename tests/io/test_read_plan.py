"""Plans from files: ours, and lists that somebody typed."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from allocator.domain.choices import Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import columns
from allocator.domain.moverow import MoveRow
from allocator.domain.plan import MOVE_COLUMNS, Move
from allocator.errors import InputError, UsageError
from allocator.io import read_plan
from allocator.io.example import example_district
from allocator.io.naming import match_headers
from allocator.io.planrow import PlanRow
from allocator.text import Lang, say

# T003: S001, primary, math; T020: S004, junior, math.
HEADERS = ["教师编号", "姓名", "学段", "学科", "调出学校名称", "调出学校代码", "调入学校代码", "距离（公里）"]
HEADERS += ["时间(分钟)", "原因", "年度"]
FILLED = Move("T003", Stage.PRIMARY, Subject.MATH, "S001", "S003")


@pytest.fixture(scope="module")
def district() -> District:
    return example_district("zh")


def workbook(path: Path, sheet: str, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book["Sheet"].title = "概览"
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def test_the_columns_are_those_of_a_move() -> None:
    assert tuple(spec.name for spec in columns(MoveRow)) == MOVE_COLUMNS


def test_only_teacher_and_new_school_are_needed(district: District, tmp_path: Path) -> None:
    path = tmp_path / "moves.csv"
    path.write_text("teacher_id,to_school_id\nT003,S003\n", encoding="utf-8")
    assert tuple(read_plan(path, district)) == (FILLED,)
    assert tuple(read_plan(tmp_path, district)) == (FILLED,)


@pytest.mark.parametrize("sheet", ["moves", "交流名单", "调动"])
def test_a_typed_workbook_with_title_rows_and_chinese_headers(
    district: District, tmp_path: Path, sheet: str
) -> None:
    """The title's rows must not be taken for the header, nor the names of schools for codes."""
    rows: list[list[Any]] = [
        ["2025年教师交流名单"],
        ["单位：示例区教育局"],
        [],
        HEADERS,
        ["T020", "某某", "初中", "数学", "育才", "S004", "S005", 7.25, "—", "staffing；wish", 2025],
        ["T003", "", "", "", "", "", "S003", "", "", "", ""],
    ]
    moves = read_plan(workbook(tmp_path / "p.xlsx", sheet, rows), district)
    typed = Move("T020", Stage.JUNIOR, Subject.MATH, "S004", "S005", 7.25, None, ("staffing", "wish"), 2025)
    assert tuple(moves) == (FILLED, typed)


def test_result_json_and_folder(district: District, tmp_path: Path) -> None:
    blank = {"minutes": None, "reason": "", "year": None}
    move = {"teacher_id": "T003", "stage": "primary", "subject": "math", "from_school_id": "S001", **blank}
    move |= {"to_school_id": "S003", "distance_km": "11.4"}
    (tmp_path / "result.json").write_text(json.dumps({"run": {}, "moves": [move]}), encoding="utf-8")
    (found,) = read_plan(tmp_path, district)
    assert found == Move("T003", Stage.PRIMARY, Subject.MATH, "S001", "S003", 11.4)
    (tmp_path / "result.json").write_text(json.dumps({"moves": []}), encoding="utf-8")


def test_what_breaks_a_rule_is_kept_for_the_checker(district: District, tmp_path: Path) -> None:
    """Two moves of one teacher, a move to the present school, a wrong origin and distance."""
    path = tmp_path / "moves.csv"
    lines = ["teacher_id,from_school_id,to_school_id,distance_km", "T003,S001,S001,0", "T003,S002,S004,999"]
    path.write_text("\n".join(lines), encoding="utf-8")
    moves = read_plan(path, district)
    assert [(m.from_school_id, m.to_school_id, m.distance_km) for m in moves] == [
        ("S001", "S001", 0),
        ("S002", "S004", 999),
    ]


def test_every_faulty_row_is_named(district: District, tmp_path: Path) -> None:
    path = tmp_path / "moves.csv"
    lines = ["教师编号,调入学校代码,学段,距离(公里)", "T3,S003,,", "T003,S9,高中,-1", ",S003,,", "T004,,,"]
    path.write_text("\n".join(lines), encoding="gb18030")
    with pytest.raises(InputError) as caught:
        read_plan(path, district)
    assert {(f.key, f.cell) for f in caught.value.faults} == {
        ("unknown_teacher", "A2"),
        ("unknown_school", "B3"),
        ("unknown_choice", "C3"),
        ("negative", "D3"),
        ("blank", "A4"),
        ("blank", "B5"),
    }
    assert all("{" not in f.text("zh") + f.text("en") for f in caught.value.faults)


def test_an_empty_list_of_moves_is_a_plan_without_moves(district: District, tmp_path: Path) -> None:
    """Nobody moves: a plan like any other, which the checker judges."""
    path = tmp_path / "moves.csv"
    path.write_text(",".join(MOVE_COLUMNS) + "\n", encoding="utf-8-sig")
    assert tuple(read_plan(path, district)) == ()
    path = tmp_path / "result.json"
    path.write_text('{"moves": []}', encoding="utf-8")
    assert tuple(read_plan(path, district)) == ()


def test_a_code_guarded_against_formulas_is_given_back(tmp_path: Path) -> None:
    teacher = {"teacher_id": "-T1", "school_id": "S1", "stage": "primary", "subject": "art"}
    schools = [{"school_id": "S1", "kind": "primary"}, {"school_id": "=S2", "kind": "primary"}]
    district = District.model_validate({"schools": schools, "teachers": [teacher]})
    path = tmp_path / "moves.csv"
    path.write_text("teacher_id,to_school_id\n'-T1,'=S2\n", encoding="utf-8")
    (move,) = read_plan(path, district)
    assert (move.teacher_id, move.to_school_id) == ("-T1", "=S2")


def test_files_without_moves(district: District, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "r.json").write_text("{}", encoding="utf-8")
    (tmp_path / "p.txt").write_text("", encoding="utf-8")
    cases = {
        empty: "no_moves",
        tmp_path / "r.json": "no_moves",
        workbook(tmp_path / "p.xlsx", "别的", []): "no_moves",
        workbook(tmp_path / "blank.xlsx", "moves", [[], [""]]): "no_moves",
        tmp_path / "p.txt": "unknown_extension",
        tmp_path / "none": "no_such_path",
    }
    for path, key in cases.items():
        with pytest.raises(UsageError) as caught:
            read_plan(path, district)
        assert caught.value.key == key
        assert path.name in caught.value.text("zh")


def test_a_name_that_contradicts_its_code_is_a_fault(district: District, tmp_path: Path) -> None:
    """Who changes only the name of the new school would have another plan judged than the one printed."""
    names = {school.school_id: school.name for school in district.schools}
    head = ["教师编号", "调出学校名称", "调出学校代码", "调入学校名称", "调入学校代码"]
    good = ["T003", names["S001"], "S001", names["S003"], "S003"]
    assert tuple(read_plan(workbook(tmp_path / "good.xlsx", "交流名单", [head, good]), district)) == (FILLED,)
    bad = ["T003", names["S001"], "S001", names["S006"], "S003"]
    with pytest.raises(InputError) as caught:
        read_plan(workbook(tmp_path / "bad.xlsx", "交流名单", [head, bad]), district)
    (fault,) = caught.value.faults
    assert (fault.key, fault.cell, fault.value) == ("school_name_differs", "D2", names["S006"])
    assert str(names["S003"]) in fault.text("zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_column_of_our_own_list_is_known(lang: Lang) -> None:
    """The list of moves in plan.xlsx can be checked again without a word about columns nobody knows."""
    ours = [say(f"report.{name}", lang) for name in ("name", "from_school", "to_school", "reasons")]
    ours += [spec.header(lang) for spec in columns(MoveRow)]
    assert all(match_headers(ours, PlanRow))
