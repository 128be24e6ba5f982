"""Indicators of small districts against hand calculation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from allocator.domain.choices import Backbone, Degree, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.measures import INDICATORS, SectionMeasure
from allocator.domain.plan import Move
from allocator.domain.policy import IndicatorPolicy, Policy
from allocator.domain.records import School, Teacher
from allocator.indicators import measure

P, J = Stage.PRIMARY, Stage.JUNIOR
POLICY = Policy(id="test")
# 500 pupils exactly at every threshold: 21 and 5 teachers (4.2, 1.0), arts 4.5 is no whole number: 5; areas
# 2250 and 3750; 1,000,000 yuan; rooms 11.5 -> 12.
EXACT: dict[str, Any] = {
    "teaching_area_m2": 2250,
    "sports_area_m2": 3750,
    "equipment_yuan": 1_000_000,
    "multimedia_rooms": 12,
}


def _school(school_id: str = "S", kind: SchoolKind = SchoolKind.PRIMARY, **values: Any) -> School:
    return School(school_id=school_id, kind=kind, **values)


def _teachers(school_id: str, stage: Stage, count: int, **values: Any) -> tuple[Teacher, ...]:
    row = {"subject": Subject.MATH, "degree": Degree.SECONDARY, **values}
    tag = "-".join(map(str, values.values()))
    return tuple(
        Teacher(teacher_id=f"{school_id}-{stage}-{tag}-{n}", school_id=school_id, stage=stage, **row)
        for n in range(count)
    )


def _primary(good: int = 21, backbone: int = 5, arts: int = 5, **values: Any) -> SectionMeasure:
    """Measure one primary school of 500 pupils."""
    district = District(
        schools=(_school(pupils_g1=500, **{**EXACT, **values}),),
        teachers=(
            *_teachers("S", P, good, degree=Degree.ASSOCIATE),
            *_teachers("S", P, backbone, backbone=Backbone.COUNTY),
            *_teachers("S", P, arts, subject=Subject.MUSIC),
            *_teachers("S", P, 3, backbone=Backbone.SCHOOL),
        ),
    )
    (section,) = measure(district, POLICY).sections
    return section


def test_the_thresholds_of_both_stages() -> None:
    assert list(POLICY.thresholds(P).values()) == [4.2, 1.0, 0.9, 4.5, 7.5, 2000, 2.3]
    assert list(POLICY.thresholds(J).values()) == [5.3, 1.0, 0.9, 5.8, 10.2, 2500, 2.4]


def test_a_school_exactly_at_the_thresholds() -> None:
    """21 of 500 must be met: computed as (21 / 500) * 100 it can fall below 4.2."""
    found = _primary()
    assert list(found.values.values()) == pytest.approx([4.2, 1.0, 1.0, 4.5, 7.5, 2000, 2.4])
    assert all(found.met.values())
    assert found.passed is True
    assert (found.pupils, found.teachers) == (500, 34)


def test_the_junior_thresholds_bind_in_junior_sections() -> None:
    """At the primary thresholds a junior school meets I2, I3 and I7 only; a bachelor is needed for I1."""
    district = District(
        schools=(_school(kind=SchoolKind.JUNIOR, pupils_g7=500, **EXACT),),
        teachers=(
            *_teachers("S", J, 40, degree=Degree.ASSOCIATE),
            *_teachers("S", J, 5, backbone=Backbone.PROVINCE),
            *_teachers("S", J, 5, subject=Subject.PE),
        ),
    )
    (found,) = measure(district, POLICY).sections
    assert [i for i in INDICATORS if found.met[i]] == ["I2", "I3", "I7"]
    assert found.values["I1"] == 0
    assert found.passed is False


@pytest.mark.parametrize(
    ("values", "passed"),
    [
        ({"sports_area_m2": 3750 * 0.85}, True),
        ({"sports_area_m2": 3750 * 0.849}, False),
        ({"sports_area_m2": 3700, "teaching_area_m2": 2200}, False),
        ({"sports_area_m2": None}, None),
        ({"sports_area_m2": None, "teaching_area_m2": 2200}, None),
        ({"sports_area_m2": None, "teaching_area_m2": 1000}, False),
        ({"sports_area_m2": None, "teaching_area_m2": 2200, "multimedia_rooms": 11}, False),
    ],
)
def test_school_verdict(values: dict[str, Any], passed: bool | None) -> None:
    """Six of seven, the seventh at 85 %; open only as long as the unknown value can decide it."""
    assert _primary(**values).passed is passed


def test_fewer_indicators_required() -> None:
    """Five of seven: both others must reach 85 %."""
    policy = Policy(id="test", indicators=IndicatorPolicy(required_met=5))
    school = _school(pupils_g1=500, **{**EXACT, "sports_area_m2": 3700, "teaching_area_m2": 2200})
    staff = (
        *_teachers("S", P, 21, degree=Degree.MASTER, backbone=Backbone.CITY),
        *_teachers("S", P, 5, subject=Subject.ART),
    )
    district = District(schools=(school,), teachers=staff)
    assert measure(district, policy).sections[0].passed is True
    assert measure(district, POLICY).sections[0].passed is False


def test_unknown_is_not_nought() -> None:
    """Blank cells give None; so do I1-I3 without a table of teachers."""
    (found,) = measure(District(schools=(_school(pupils_g1=10),)), POLICY).sections
    assert set(found.values.values()) == {None}
    assert set(found.met.values()) == {None}
    assert found.passed is None


def test_a_section_without_teachers_has_none() -> None:
    """There is a table of teachers, but nobody of it at S: 0, not unknown."""
    schools = (_school(pupils_g1=10), _school("R", pupils_g1=10))
    found = measure(District(schools=schools, teachers=_teachers("R", P, 1)), POLICY).sections[0]
    assert (found.teachers, found.values["I1"]) == (0, 0)


def test_shared_assets_of_a_nine_year_school() -> None:
    """23,226 for 166 primary and 210 junior pupils: 58.50 a primary pupil, 9,711.6 and 13,514.4.

    By heads alone it would be 61.77 each.
    """
    school = _school(
        kind=SchoolKind.NINE_YEAR,
        pupils_g1=166,
        pupils_g7=210,
        equipment_yuan=Decimal(23226),
        multimedia_rooms=23226,
    )
    primary, junior = measure(District(schools=(school,)), POLICY).sections
    assert primary.values["I6"] == pytest.approx(58.50, abs=0.005)
    assert primary.values["I6"] == pytest.approx(9711.6 / 166, abs=0.0005)
    assert junior.values["I6"] == pytest.approx(13514.4 / 210, abs=0.0005)
    assert primary.values["I7"] == pytest.approx(100 * 9711.6 / 166, abs=0.05)


def test_binary_rounding_decides_no_verdict() -> None:
    """490.5 m2 for 10 + 1.1 * 90 weighted pupils are exactly 4.5; in binary 4.499999999999999."""
    school = _school(kind=SchoolKind.NINE_YEAR, pupils_g1=10, pupils_g7=90, teaching_area_m2=490.5)
    assert measure(District(schools=(school,)), POLICY).sections[0].met["I4"] is True


def test_a_nine_year_school_without_junior_pupils() -> None:
    """The whole asset belongs to the primary section; the junior section has no value and no verdict."""
    school = _school(kind=SchoolKind.NINE_YEAR, pupils_g1=200, pupils_g7=0, equipment_yuan=1000)
    primary, junior = measure(District(schools=(school,)), POLICY).sections
    assert primary.values["I6"] == 5
    assert (junior.pupils, junior.values["I6"], junior.passed) == (0, None, None)


def test_teachers_of_a_section_without_pupils() -> None:
    """No value per pupil, neither infinite nor counted in the county's figures."""
    schools = (_school("X", pupils_g1=0), _school("Y", pupils_g1=100))
    staff = (*_teachers("X", P, 1, backbone=Backbone.COUNTY), *_teachers("Y", P, 1, backbone=Backbone.COUNTY))
    found = measure(District(schools=schools, teachers=staff), POLICY)
    assert (found.sections[0].teachers, found.sections[0].values["I2"]) == (1, None)
    (county,) = [c for c in found.counties if (c.stage, c.indicator) == (P, "I2")]
    assert (county.counted, county.mean, county.cv) == (1, 1, 0)


def test_a_nine_year_school_with_unknown_junior_pupils() -> None:
    """How much is the primary section's cannot be told."""
    school = _school(kind=SchoolKind.NINE_YEAR, pupils_g1=200, equipment_yuan=1000)
    assert measure(District(schools=(school,)), POLICY).sections[0].values["I6"] is None


def _pair() -> District:
    """X 100 pupils with two backbone teachers, Y 300 with none."""
    return District(
        schools=(_school("X", pupils_g1=100), _school("Y", pupils_g1=300)),
        teachers=(
            *_teachers("X", P, 2, backbone=Backbone.COUNTY, degree=Degree.BACHELOR),
            *_teachers("Y", P, 2, degree=Degree.BACHELOR),
        ),
    )


def test_county_figures() -> None:
    """I2: 2 and 0 per 100, mean 0.5, CV = sqrt((1 * 2.25 + 3 * 0.25) / 4) / 0.5 = sqrt 3, over 0.50."""
    county = {(c.stage, c.indicator): c for c in measure(_pair(), POLICY).counties}
    assert list(county) == [(stage, i) for stage in Stage for i in INDICATORS]
    found = county[P, "I2"]
    assert (found.counted, found.mean, found.limit, found.met) == (2, 0.5, 0.50, False)
    assert found.cv == pytest.approx(3**0.5)
    assert found.gini == pytest.approx(0.75)
    assert found.mcloone is None
    none = county[J, "I2"]
    assert (none.counted, none.mean, none.cv, none.met, none.limit) == (0, None, None, None, 0.45)
    # No arts teacher at all: a mean of 0 has no spread.
    assert (county[P, "I3"].mean, county[P, "I3"].cv) == (0, None)


def test_a_move_counts_at_the_new_school() -> None:
    """One backbone teacher moves to Y to teach art: I2 is 1 and 1/3, CV^2 = 400/4 * (1/100 + 1/300) - 1."""
    district = _pair()
    mover = district.teachers[0].teacher_id
    after = measure(district, POLICY, [Move(mover, P, Subject.ART, "X", "Y")])
    x, y = after.sections
    assert (x.teachers, y.teachers) == (1, 3)
    assert [x.values["I2"], y.values["I2"]] == pytest.approx([1, 1 / 3])
    assert [x.values["I3"], y.values["I3"]] == pytest.approx([0, 1 / 3])
    # I1: 1 of 100 and 3 of 300 are equal; I3: one of 300: 400 * 1/300 - 1.
    assert after.balance == pytest.approx(1 / 3 + 1 / 3)


def test_rows_that_cannot_be_counted_are_left_out() -> None:
    """A move of nobody changes nothing; a teacher sent nowhere counts nowhere."""
    district = _pair()
    nobody = Move("?", P, Subject.ART, "X", "Y")
    assert measure(district, POLICY, [nobody]) == measure(district, POLICY)
    nowhere = Move(district.teachers[0].teacher_id, P, Subject.MATH, "X", "?")
    assert [s.teachers for s in measure(district, POLICY, [nowhere]).sections] == [1, 2]


def test_the_verdict_at_the_limit_itself() -> None:
    """Values 1/2 and 3/2 with equal pupils: CV exactly 0.50, met; the junior limit of 0.45 is not."""
    schools = tuple(
        _school(f"{kind}{n}", kind, teaching_area_m2=n * 50, **{grade: 100})
        for kind, grade in ((SchoolKind.PRIMARY, "pupils_g1"), (SchoolKind.JUNIOR, "pupils_g7"))
        for n in (1, 3)
    )
    found = {(c.stage, c.indicator): c for c in measure(District(schools=schools), POLICY).counties}
    assert found[P, "I4"].cv == found[J, "I4"].cv == pytest.approx(0.5)
    assert (found[P, "I4"].met, found[J, "I4"].met) == (True, False)


def test_an_empty_district() -> None:
    found = measure(District(schools=()), POLICY)
    assert found.sections == ()
    assert {c.counted for c in found.counties} == {0}
