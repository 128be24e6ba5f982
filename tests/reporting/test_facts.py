"""The facts behind every table, counted by hand on the district of `conftest`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.domain.choices import Stage, Subject
from allocator.domain.plan import Decision, Status
from allocator.reporting.facts import Facts
from allocator.reporting.grid import Change, Column, Exact, Judged, honest_digits, shown, width
from allocator.reporting.summary import figures, title, verdict, wish_summary
from allocator.reporting.wording import gap_text, mark, masked, number, reason_words


def test_section_loses_and_gains(decision: Decision) -> None:
    """A: 8 teachers, m1 (county backbone), m2 and u1 leave. Counting arrivals at the old school gives 11."""
    a, b, c, c_junior, _ = Facts(decision, "zh").sections
    assert (a.teachers_before, a.departures, a.arrivals, a.teachers_after) == (8, 3, 0, 5)
    assert (a.backbone_before, a.backbone_departures, a.backbone_after) == (1, 1, 0)
    assert (b.teachers_before, b.arrivals, b.teachers_after) == (1, 3, 4)
    assert (b.backbone_before, b.backbone_arrivals, b.backbone_after) == (1, 1, 2)
    assert (b.unfilled_before, b.unfilled_after) == (3, 0)
    assert (c.teachers_before, c.teachers_after) == (1, 2)
    assert (c_junior.stage, c_junior.teachers_after, c_junior.backbone_before) == (Stage.JUNIOR, 1, 0)


def test_subject_totals(decision: Decision) -> None:
    """Primary mathematics: 9 posts, 8 teachers; unfilled 2 at B and 1 at C before, 1 at D after."""
    maths = next(s for s in Facts(decision, "zh").subjects if s.subject is Subject.MATH)
    assert (maths.posts, maths.before, maths.after) == (9, 8, 8)
    assert (maths.unfilled_before, maths.unfilled_after) == (3, 1)


def test_unfilled_rows_keep_those_that_were_filled(decision: Decision) -> None:
    rows = Facts(decision, "zh").unfilled
    assert [(r.school_id, r.unfilled_before, r.unfilled_after) for r in rows] == [
        ("C", 1, 1),
        ("D", 0, 1),
        ("B", 2, 0),
        ("B", 1, 0),
        ("C", 1, 0),
    ]


def test_moves_by_school_then_subject(decision: Decision) -> None:
    """Ordered by teacher code, d1 would come first."""
    assert [line.move.teacher_id for line in Facts(decision, "zh").moves] == ["m1", "m2", "u1", "d1"]


def test_wishes(decision: Decision) -> None:
    """m2 gets the first wish, m1 the second, d1 is moved elsewhere, u3 stays."""
    lines = Facts(decision, "zh").wishes
    assert [(w.teacher_id, w.granted, w.to_school) for w in lines] == [
        ("m2", 1, "第三学校"),
        ("m1", 2, "第二小学"),
        ("d1", None, "第二小学"),
        ("u3", None, None),
    ]
    assert "2 move to one of them, 1 move elsewhere, 1 stay" in wish_summary(Facts(decision, "en"))


def test_key_figures(decision: Decision) -> None:
    """Of the moved, m1, m2 and d1 named wishes and two got one; u3 stays and must not count."""
    shown_as = {figure.label: figure.value for figure in figures(Facts(decision, "en"))}
    assert shown_as["Teachers who move"] == "4"
    assert shown_as["Of these backbone"] == "1"
    assert shown_as["Unfilled posts"] == "5 → 2"
    assert shown_as["Wishes granted"] == "2 of 3"
    assert shown_as["Mean distance"] == "7.2 km"  # (8.641 + 4.321 + 8.641) / 3, the unknown one left out


def test_title(decision: Decision) -> None:
    assert title(Facts(decision, "zh")) == "2026年示例县教师交流轮岗方案"


def test_verdicts(decision: Decision, broken: Decision, infeasible: Decision) -> None:
    """A plan that breaks a rule must never read as good, whatever its status says."""
    assert verdict(Facts(decision, "zh")).headline == "方案已证明最优，并通过独立核验。"
    assert verdict(Facts(decision, "zh")).tone == "good"
    feasible = replace(decision, status=Status.FEASIBLE)
    assert verdict(Facts(feasible, "en")).headline.endswith("not yet proven.")  # burden has no bound
    bounded = replace(feasible, levels=feasible.levels[:1])
    assert verdict(Facts(bounded, "en")).headline.endswith(
        "no objective level is further than 0 from the best possible."
    )
    lying = replace(broken, status=Status.OPTIMAL)
    assert verdict(Facts(lying, "zh")).tone == "bad"
    assert f"{len(broken.violations)} 处违规" in verdict(Facts(lying, "zh")).headline
    assert verdict(Facts(infeasible, "zh")).headline.startswith("没有可行方案")
    unknown = replace(infeasible, status=Status.UNKNOWN)
    assert "时限" in verdict(Facts(unknown, "zh")).headline


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳娜娜", "欧**"),
        ("Ann Lee", "A***"),
        ("王", "王*"),
        (None, ""),
        ("", ""),
    ],
)
def test_names_are_masked(name: str | None, expected: str) -> None:
    assert masked(name) == expected


@given(st.text(min_size=2, max_size=20))
def test_mask_hides_all_but_the_first_character(name: str) -> None:
    assert set(masked(name)[1:]) == {"*"}


def test_names_in_full_only_when_asked_for(decision: Decision) -> None:
    assert Facts(decision, "zh").teacher_name("m1") == "张**"
    assert Facts(decision, "zh", show_names=True).teacher_name("m1") == "张m1"


def test_reasons_in_words_and_unknown_codes_as_they_are() -> None:
    assert reason_words(("fills_post", "wish_1"), "zh") == "调入学校该学科缺编；满足第一志愿"
    assert reason_words(("own words",), "en") == "own words"


def test_numbers() -> None:
    assert number(1234.5, 1) == "1,234.5"
    assert number(-0.001, 1) == "0.0"
    assert number(None) == "—"
    assert (gap_text(None), gap_text(0.0), gap_text(0.0123), gap_text(0.00004)) == (
        "—",
        "0",
        "1.23%",
        "0.0040%",
    )
    assert (mark(True), mark(False), mark(None)) == ("✓", "✗", "—")


def test_a_value_beside_its_limit_is_not_rounded_onto_it() -> None:
    """0.996 against 1 shown as `1.00 ✗` would look like a mistake of ours."""
    column = Column("", "number", 2)
    assert shown(Judged(0.996, False, 1.0), column) == "0.996 ✗"
    assert shown(Judged(1.0, True, 1.0), column) == "1.00 ✓"
    assert shown(Judged(2.3000000000000003, True, 2.3), column) == "2.30 ✓"
    assert shown(Change(0.4, 0.5003, False, 0.5), column) == "0.4000 → 0.5003 ✗"
    assert shown(Change(2, 2), Column("", "integer")) == "2"
    assert shown(Exact(2.5, 3), column) == "2.500"


@given(st.floats(0, 100), st.sampled_from([0.45, 0.5, 1.0, 4.2]))
def test_honest_digits(value: float, limit: float) -> None:
    digits = honest_digits(value, limit, 2)
    assert 2 <= digits <= 6
    if abs(value - limit) > 1e-5:
        assert (round(value, digits) < limit) == (value < limit)


def test_width_counts_chinese_twice() -> None:
    assert width("学校A1（") == 8
