"""Why each teacher moves, as the report says it: facts counted by hand on the district of `conftest`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from allocator.domain.explanation import Consequence, Explanations, LevelChange, ReadOff, Why
from allocator.domain.plan import Decision, Status
from allocator.reporting import write_report
from allocator.reporting.facts import Facts
from allocator.reporting.page import page
from allocator.reporting.why import Explained, asked
from allocator.text import LANGS, Lang


def _explained(decision: Decision, teacher: str, lang: Lang = "zh") -> Explained:
    return next(e for e in Facts(decision, lang).explained if e.line.move.teacher_id == teacher)


def _data(decision: Decision, **options: bool) -> Any:
    text = page(Facts(decision, "zh", **options))
    found = re.search(r'<script type="application/json" id="report-data">(.*?)</script>', text, re.S)
    assert found is not None
    return json.loads(found[1])["why"]


def test_posts_indicator_and_wish_are_those_of_this_one_move(decision: Decision) -> None:
    """m2 to C: 2 posts, 2 with the move and 1 without; I1 from 1 to 2 per 150 pupils, m2's first wish.

    With the figures of the whole plan the school's I1 would rise from 0.67 as well, but B's, to which three
    teachers go, from 1 and not from 3.
    """
    said = "\n".join(_explained(decision, "m2").because)
    assert "设岗 2 个：有这次调动为 2 人，没有则只有 1 人" in said
    assert "由 0.67 人增至 1.33 人" in said
    assert "第三学校（C）是本人第 1 志愿" in said
    assert "由 3.00 人变为 4.00 人" in "\n".join(_explained(decision, "u1").because)


def test_quotas_that_count_the_move(decision: Decision, broken: Decision) -> None:
    """Of the four moves only m1 is one of a county backbone teacher; R6 is off, so nothing is said of it."""
    assert any("R7" in line for line in _explained(decision, "m1").because)
    assert not any("R7" in line for line in _explained(decision, "u1").because)
    assert not any("R6" in line for line in _explained(decision, "m1").because)
    assert any("R6" in line for line in _explained(broken, "m1").because)


def test_a_wish_that_is_not_granted_is_named(decision: Decision) -> None:
    """d1 wished for A and goes to B."""
    assert "本人的志愿（第一小学）这次未能满足。" in _explained(decision, "d1").because


def test_alike_teachers_who_came_in_the_same_month_are_told_the_truth(decision: Decision) -> None:
    """u1 and u2 came in 2010-09; 'u1 has been here longer' would be invented."""
    said = _explained(decision, "u1", "en").because[-1]
    assert "2 teachers here are alike" in said
    assert "the order of codes decides, so u1 goes" in said


def test_nothing_planned_anew_is_said_to_be_so(decision: Decision) -> None:
    assert all(not e.stays for e in Facts(decision, "zh").explained)
    assert "本次没有计算" in asked(Facts(decision, "zh"))


@pytest.fixture
def answered(decision: Decision) -> Decision:
    """The same with an answer for m1 only: one more post unfilled."""
    change = LevelChange("staffing", "posts", 2, 3, 1, 1)
    move = next(m for m in decision.moves if m.teacher_id == "m1")
    alike = ReadOff(("m1",), ("m1",), by_service=True)
    why = Why("m1", move, (), None, Consequence(Status.OPTIMAL, (change,)), alike)
    return replace(decision, explanations=Explanations((why,), 4, 30.0, 29.9))


@pytest.mark.parametrize("lang", LANGS)
def test_only_those_who_were_asked_about_have_an_answer(answered: Decision, lang: Lang) -> None:
    """One of four; the others must say that it was not found."""
    assert {"zh": "缺编岗位 2 → 3（+1 个）", "en": "Unfilled posts 2 → 3 (+1 posts)"}[lang] in _explained(
        answered, "m1", lang
    ).stays[0]
    assert {"zh": "没有在限时内得出", "en": "not found"}[lang] in _explained(answered, "m2", lang).stays[0]
    assert {"zh": "4 名交流教师中的 1 人", "en": "1 of the 4 teachers"}[lang] in asked(Facts(answered, lang))


def test_the_page_holds_every_mover_with_names_masked(answered: Decision) -> None:
    """Codes are for choosing; a full name would say who it is."""
    why = _data(answered)
    assert [row[0] for row in why["moves"]] == ["m1", "m2", "u1", "d1"]
    assert [row[1] for row in why["moves"]] == ["张**"] * 4
    assert "张m1" not in json.dumps(why, ensure_ascii=False)
    assert _data(answered, show_names=True)["moves"][0][1] == "张m1"


def test_the_sheet_has_a_row_a_mover(answered: Decision, tmp_path: Path) -> None:
    """The column about staying is there only where somebody asked; no row is higher than Excel allows."""
    path, _ = write_report(answered, tmp_path, lang="zh")
    sheet = openpyxl.load_workbook(path)["调动理由"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][-1] == "若留任（其余重新编制）"
    assert len(rows) == 5
    assert "设岗 3 个" in str(rows[1][4])
    assert max(d.height for d in sheet.row_dimensions.values() if d.height) <= 409
    plain, _ = write_report(replace(answered, explanations=None), tmp_path / "plain", lang="zh")
    assert openpyxl.load_workbook(plain)["调动理由"]["F1"].value is None
