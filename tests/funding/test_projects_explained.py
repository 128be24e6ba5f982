"""What is said of a school's projects: costs that add up, what they lift, and why others were left out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from allocator.domain.district import District
from allocator.domain.funding import FundingDecision
from allocator.domain.money_records import Project
from allocator.errors import UsageError
from allocator.spending import explain_split, split_funding
from tests.funding.project_cases import EXACT, SOFT, fields, pot, primary


def decided(*projects: Project, money: int = 110) -> FundingDecision:
    """A and B lack 50 and 100 m2 of 750, C has 900 and no project, D is small."""
    schools = (
        primary("A", 100, sports_area_m2=700),
        primary("B", 100, sports_area_m2=650),
        primary("C", 100, sports_area_m2=900),
        primary("D", 50, sports_area_m2=400),
    )
    district = District(schools=schools, grants=(pot("G", money),), projects=projects)
    return split_funding(district, SOFT, limits=EXACT)


CASE = (
    fields("P1", "A", 40, 50),
    fields("P2", "B", 60, 100),
    fields("P3", "B", 99, 249),
    fields("P4", "B", 5, 30, excludes=("P2",)),
    fields("P5", "A", 5, 1, requires=("P3",)),
    fields("P6", "D", 5, 500),
    fields("P7", "A", 200, 90),
)


def test_costs_add_up_and_say_what_they_lift() -> None:
    """A gets its 50 m2 for 40 yuan, which meets I5; a project of another school is not among its lines."""
    (found,) = explain_split(decided(*CASE), "A", lang="en")
    assert (found.grant_id, found.amount_yuan) == ("G", Decimal(40))
    assert sum(line.yuan for line in found.lines) == 40
    text = "\n".join(found.sentences)
    assert "Grant 'G': A gets 40 yuan." in text
    assert "chosen: P1, adds 50 (sports area m2), 40 yuan" in text
    assert "I5 is met at the primary stage" in text
    assert "P2" not in text


@pytest.mark.parametrize(
    ("school", "sentence"),
    [
        ("B", "P3 (99 yuan); 10 yuan are left"),
        ("B", "P4 (5 yuan); it excludes P2, which is chosen"),
        ("A", "P5 (5 yuan); it requires P3, which is not chosen"),
        ("A", "P7 (200 yuan); not of the grant's schools or purpose, dearer than the grant"),
        ("D", "P6 (5 yuan); it would lift 0 more section-indicators"),
    ],
)
def test_what_was_left_out_has_its_reason(school: str, sentence: str) -> None:
    """Tie, money, or a choice that is no better: each in its words."""
    (found,) = explain_split(decided(*CASE), school, lang="en")
    assert sentence in "\n".join(found.sentences)


def test_no_better_is_a_fact() -> None:
    """750 x 2 + 900 + 400 on 350 pupils without P6; D would have 900 for 50: t from 0.1637 to 0.7551.

    Amounts a pupil 7.5, 7.5, 9 and 8, mean 2800 / 350 = 8: variance (100 x 0.25 x 2 + 100 x 1) / 350, CV 0.0818
    over 0.5. With P6 18 a pupil at D, mean 3300 / 350.
    """
    (found,) = explain_split(decided(*CASE), "D", lang="en")
    without = ((50 + 100) / 350) ** 0.5 / 8 / 0.5
    mean = 3300 / 350
    spread = (200 * (7.5 - mean) ** 2 + 100 * (9 - mean) ** 2 + 50 * (18 - mean) ** 2) / 350
    assert f"would go from {without:.6f} to {spread**0.5 / mean / 0.5:.6f}" in found.sentences[-1]


def test_another_school_is_compared_by_pupil() -> None:
    """60 yuan for 100 pupils and none for 50: 0.60 more a pupil; in Chinese as well."""
    (found,) = explain_split(decided(*CASE), "B", "D", lang="zh")
    assert "生均 0.60 元，比 D（0.00 元）多 0.60 元：" in found.sentences
    assert "其中 项目：生均 +0.60 元" in found.sentences


def test_a_school_without_projects_has_nothing_to_explain() -> None:
    with pytest.raises(UsageError) as caught:
        explain_split(decided(*CASE), "C")
    assert "C" in caught.value.text("zh")
