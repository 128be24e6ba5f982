"""Grants that pay by projects and pay for none say why; F6 names the projects in the reader's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.cli.app import run
from allocator.domain.district import District
from allocator.domain.money_records import Project
from allocator.io.writing import write_district
from allocator.spending import explain_split, split_funding
from allocator.spending.nothing_chosen import nothing_chosen
from tests.funding.project_cases import fields, pot, primary


def county(*projects: Project, money: int = 1_000) -> District:
    """Two schools, one with a field; a grant for fields."""
    schools = (primary("A", 100, sports_area_m2=100.0), primary("B", 100, sports_area_m2=900.0))
    return District(schools=schools, grants=(pot("G", money),), projects=projects)


@pytest.mark.parametrize(
    ("projects", "said"),
    [
        ((), "no project of the table names it"),
        ((fields("P", "A", 5_000, 100),), "the cheapest costs 5,000 yuan"),
        ((fields("P", "B", 500, 100),), "1 of the 1 that name it could be paid"),
    ],
)
def test_the_reason_is_said(projects: tuple[Project, ...], said: str) -> None:
    """No project, one dearer than the grant, one for the school that has most: it would widen the gap."""
    decision = split_funding(county(*projects))
    assert decision.split.chosen == ()
    sentences = nothing_chosen(decision, "en")
    assert len(sentences) == 1
    assert said in sentences[0]


def test_a_grant_that_pays_says_nothing() -> None:
    assert nothing_chosen(split_funding(county(fields("P", "A", 500, 100))), "en") == ()


def test_a_school_hears_why_its_project_was_left_out() -> None:
    """Where nothing at all was chosen, the school was told that it has no project."""
    decision = split_funding(county(fields("P", "B", 500, 100)))
    (found,) = explain_split(decision, "B", lang="en")
    assert "not chosen: P (500 yuan)" in " ".join(found.sentences)


@pytest.mark.parametrize(("lang", "said"), [("zh", "没有归它支付的项目"), ("en", "no project of the table")])
def test_it_stands_on_the_terminal_and_on_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, said: str
) -> None:
    path = write_district(county(), tmp_path / "district.json")
    assert run(["fund", str(path), "-o", str(tmp_path / "out"), "--lang", lang]) == 0
    assert said in capsys.readouterr().out.replace("\n", "")
    assert said in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_f6_after_projects_is_said_in_one_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """100 and 900 square metres stay above the limit: "after the projects", with no 项目 in English."""
    path = write_district(county(fields("P", "A", 500, 10)), tmp_path / "district.json")
    assert run(["fund", str(path), "-o", str(tmp_path / "out"), "--lang", "en"]) == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for text in (capsys.readouterr().out.replace("\n", " "), page):
        assert "after the projects" in text
        assert "项目" not in text
