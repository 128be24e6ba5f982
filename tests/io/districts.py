"""Hypothesis strategies: valid districts with odd but legal values."""

from decimal import Decimal

from hypothesis import strategies as st

from allocator.domain.alliance_records import Link, Membership, Town
from allocator.domain.choices import (
    AllianceForm,
    AllianceRole,
    Asset,
    Backbone,
    Degree,
    Gender,
    LinkKind,
    Purpose,
    Role,
    SchoolKind,
    Setting,
    SplitRule,
    Stage,
    Subject,
    Title,
)
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.money_records import Grant, Project, Received
from allocator.domain.records import STAGES, DistrictInfo, Post, School, Teacher, Travel, Wish

# Separators of lists and full-width letters, which reading makes plain, are not in the alphabet; the signs a
# spreadsheet takes for formulas are.
ALPHABET = "abcXYZ0189=+-@'\"_#&<>|{}%.:()（）·张王学校小一 \u00e9\U00020000"
text = st.text(ALPHABET, min_size=1, max_size=12).map(str.strip).filter(bool).filter(lambda t: t[0] != "#")
codes = st.text("ABCxyz019=+-@'_甲乙", min_size=1, max_size=8)
months = st.builds(Month.of, st.integers(1950, 2024), st.integers(1, 12))
counts = st.integers(0, 1_000_000)
amounts = st.floats(0, 1e12, allow_nan=False)
longitudes, latitudes = st.floats(116, 118), st.floats(38, 40)
money = st.decimals(0, 10**15, places=2, allow_nan=False)
tags = st.lists(text, max_size=3).map(tuple)


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


@st.composite
def schools(draw: st.DrawFn, code: str) -> School:
    placed = draw(st.booleans())
    return School(
        school_id=code,
        name=draw(st.just("") | text),
        kind=draw(st.sampled_from(SchoolKind)),
        learning_district=draw(maybe(text)),
        setting=draw(maybe(st.sampled_from(Setting))),
        lon=draw(longitudes) if placed else None,
        lat=draw(latitudes) if placed else None,
        opened=draw(maybe(st.integers(1800, 2200))),
        pupils_g1=draw(maybe(counts)),
        classes_g9=draw(maybe(counts)),
        sports_area_m2=draw(maybe(amounts)),
        equipment_yuan=draw(maybe(money)),
        quality=draw(maybe(st.floats(0, 100))),
        tags=draw(tags),
    )


@st.composite
def teachers(draw: st.DrawFn, code: str, school: School) -> Teacher:
    birth = draw(maybe(months))
    return Teacher(
        teacher_id=code,
        name=draw(maybe(text)),
        school_id=school.school_id,
        stage=draw(st.sampled_from(STAGES[school.kind])),
        subject=draw(st.sampled_from(Subject)),
        second_subject=draw(maybe(st.sampled_from(Subject))),
        gender=draw(maybe(st.sampled_from(Gender))),
        birth=birth,
        since=None if birth is not None else draw(maybe(months)),
        degree=draw(maybe(st.sampled_from(Degree))),
        title=draw(maybe(st.sampled_from(Title))),
        backbone=draw(st.sampled_from(Backbone)),
        role=draw(st.sampled_from(Role)),
        terms=draw(maybe(st.integers(0, 9))),
        exempt=draw(st.booleans()),
        volunteer=draw(st.booleans()),
        points=draw(maybe(st.floats(allow_nan=False, allow_infinity=False))),
        graduating_class=draw(st.booleans()),
    )


@st.composite
def grants(draw: st.DrawFn, code: str, school: School) -> Grant:
    return Grant(
        grant_id=code,
        name=draw(text),
        amount_yuan=draw(st.integers(0, 10**15).map(Decimal)),
        purpose=draw(st.sampled_from(Purpose)),
        rule=draw(st.sampled_from(SplitRule)),
        hold_harmless=draw(maybe(st.floats(0, 1))),
        schools=draw(st.sampled_from([(), (school.school_id,)])),
    )


@st.composite
def districts(draw: st.DrawFn) -> District:
    """A district of a few rows in every table, without any error."""
    school_codes = draw(st.lists(codes, min_size=2, max_size=3, unique=True))
    all_schools = tuple(draw(schools(code)) for code in school_codes)
    first, second = all_schools[:2]
    teacher_codes = draw(st.lists(codes, max_size=3, unique=True))
    staff = tuple(draw(teachers(code, draw(st.sampled_from(all_schools)))) for code in teacher_codes)
    grant = draw(grants("G1", first))
    stage: Stage = STAGES[first.kind][0]
    a, b = first.school_id, second.school_id
    return District(
        info=DistrictInfo(name=draw(st.just("") | text), year=draw(maybe(st.integers(2020, 2030)))),
        schools=all_schools,
        teachers=staff,
        posts=(Post(school_id=a, stage=stage, subject=draw(st.sampled_from(Subject)), posts=draw(counts)),),
        wishes=tuple(Wish(teacher_id=t.teacher_id, rank=1, school_id=b) for t in staff[:1]),
        travel=(
            Travel(from_school_id=a, to_school_id=b, minutes=draw(maybe(amounts)), km=draw(maybe(amounts))),
        ),
        memberships=(
            Membership(
                alliance_id=draw(codes),
                form=draw(st.sampled_from(AllianceForm)),
                school_id=a,
                role=draw(st.sampled_from(AllianceRole)),
                since=2020,
            ),
        ),
        links=(
            Link(school_a=a, school_b=b, link=draw(st.sampled_from(LinkKind)), weight=draw(maybe(amounts))),
        ),
        towns=(Town(town="东", neighbours=("西",)), Town(town="西")),
        grants=(grant,),
        received=(Received(school_id=b, grant_id="G1", year=2024, amount_yuan=draw(money)),),
        projects=(
            Project(
                project_id=draw(codes),
                school_id=a,
                grant_id="G1",
                name=draw(st.just("") | text),
                cost_yuan=draw(money),
                adds=draw(maybe(st.sampled_from(Asset))),
                amount=draw(maybe(amounts)),
            ),
        ),
    )
