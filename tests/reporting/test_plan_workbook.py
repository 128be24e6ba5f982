"""`plan.xlsx`: every sheet filled, printable, harmless, and readable again."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from allocator.domain.plan import Decision
from allocator.domain.policy import RULES
from allocator.io.plans import read_plan
from allocator.reporting import write_report
from allocator.text import LANGS, Lang

SHEETS = {
    "zh": [
        "概览",
        "交流名单",
        "调动理由",
        "学校变化",
        "指标",
        "差异系数",
        "学科配备",
        "缺编岗位",
        "规则核验",
        "志愿结果",
        "数据提醒",
    ],
    "en": [
        "Overview",
        "Moves",
        "Why",
        "School changes",
        "Indicators",
        "Spread",
        "Subjects",
        "Unfilled posts",
        "Rules",
        "Wish results",
        "Data notes",
    ],
}


def _book(decision: Decision, folder: Path, lang: Lang = "zh", **options: bool) -> Any:
    path, _ = write_report(decision, folder, lang=lang, **options)
    return openpyxl.load_workbook(path)


def _cells(sheet: Any) -> list[Any]:
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("lang", LANGS)
def test_sheets(decision: Decision, tmp_path: Path, lang: Lang) -> None:
    assert _book(decision, tmp_path, lang).sheetnames == SHEETS[lang]


@pytest.mark.parametrize("lang", LANGS)
def test_the_list_of_moves_can_be_read_back(decision: Decision, tmp_path: Path, lang: Lang) -> None:
    """Edited by hand or not; reasons in words instead of codes would not come back."""
    write_report(decision, tmp_path, lang=lang)
    assert read_plan(tmp_path / "plan.xlsx", decision.district) == decision.moves


def test_the_list_of_moves_is_ready_to_print(decision: Decision, tmp_path: Path) -> None:
    sheet = _book(decision, tmp_path)["交流名单"]
    assert [cell.value for cell in sheet[1]][:9] == [
        "教师编号",
        "姓名",
        "学段",
        "学科",
        "调出学校名称",
        "调出学校代码",
        "调入学校名称",
        "调入学校代码",
        "距离(公里)",
    ]
    assert [sheet.cell(row, 1).value for row in range(2, 6)] == ["m1", "m2", "u1", "d1"]
    assert sheet["B2"].value == "张**"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.print_area == "'交流名单'!$A$1:$J$5"  # the codes of the reasons, in K, are not printed
    assert "负责人签字" in sheet.oddFooter.left.text
    assert "&P" in sheet.oddFooter.right.text or "Page" in sheet.oddFooter.right.text
    assert "2026年示例县" in sheet.oddHeader.center.text
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C2", "A1:K5")


def test_columns_fit_chinese(decision: Decision, tmp_path: Path) -> None:
    """Counted as one each, 第二小学 and its header would get 6 + 3 and be cut off."""
    sheet = _book(decision, tmp_path)["交流名单"]
    assert sheet.column_dimensions["E"].width >= 2 * len("调出学校名称")


def test_verdicts_survive_black_and_white(decision: Decision, tmp_path: Path) -> None:
    """After the plan A has no backbone teacher and B two for 100 pupils; a colour alone would not print."""
    sheet = _book(decision, tmp_path)["指标"]
    header = {cell.value: cell.column for cell in sheet[3]}
    assert [sheet.cell(1, header["I2 骨干教师（前）"]).value, sheet.cell(2, 5).value] == [1, 5.3]
    a_after = sheet.cell(4, header["I2 骨干教师（后）"])
    b_after = sheet.cell(5, header["I2 骨干教师（后）"])
    assert (a_after.value, b_after.value) == (0, 2)
    assert (a_after.number_format, b_after.number_format) == ('#,##0.00" ✗"', '#,##0.00" ✓"')
    assert a_after.fill.fgColor.rgb != b_after.fill.fgColor.rgb


def test_rules_rule_by_rule(broken: Decision, tmp_path: Path) -> None:
    book = _book(broken, tmp_path)
    rows = {row[0].value: [cell.value for cell in row] for row in book["规则核验"].iter_rows(min_row=2)}
    assert len(rows) == len(RULES)
    assert rows["R6"][4] == "违反 ✗"
    assert rows["R9"][4] == "未启用"
    assert "违规明细" in book.sheetnames
    assert len(list(book["违规明细"].iter_rows(min_row=2))) == len(broken.violations)


def test_text_is_never_a_formula_or_a_link(
    with_tables: Callable[..., Decision], decision: Decision, tmp_path: Path
) -> None:
    evil = "=cmd|' /C calc'!A0"
    schools = tuple(s.model_copy(update={"name": evil}) for s in decision.district.schools)
    info = decision.district.info.model_copy(update={"name": "=1+1&A", "year": None})
    teachers = tuple(t.model_copy(update={"name": "http://x.example"}) for t in decision.district.teachers)
    hostile = with_tables(schools=schools, info=info, teachers=teachers)
    book = _book(hostile, tmp_path, show_names=True)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert evil in [cell.value for cell in cells]
    links = [cell.hyperlink.target for cell in cells if cell.hyperlink and cell.hyperlink.target]
    assert links == []


def test_overview_says_the_verdict_and_the_levels(decision: Decision, tmp_path: Path) -> None:
    cells = _cells(_book(decision, tmp_path)["概览"])
    assert cells[0] == "2026年示例县教师交流轮岗方案"
    assert "✓  方案已证明最优，并通过独立核验。" in cells
    start = cells.index("缺编岗位", cells.index("优化目标"))
    assert cells[start : start + 8] == ["缺编岗位", "个", 5, 2, 2, 2, "0", "已证明最优"]


def test_a_run_without_a_plan(infeasible: Decision, tmp_path: Path) -> None:
    book = _book(infeasible, tmp_path, "en")
    assert "✗  There is no feasible plan: the rules cannot all be met with these data." in _cells(
        book["Overview"]
    )
    assert book["Moves"]["A2"].value == "Nobody moves."


def test_the_same_decision_gives_the_same_bytes(decision: Decision, tmp_path: Path) -> None:
    first, _ = write_report(decision, tmp_path / "a", lang="zh")
    second, _ = write_report(decision, tmp_path / "b", lang="zh")
    assert first.read_bytes() == second.read_bytes()
    assert openpyxl.load_workbook(first).properties.created == datetime.datetime(2026, 8, 1)
