"""A district of four schools and a plan of four moves, every figure of which can be counted by hand.

Primary mathematics and music; A is strong, B lacks teachers, C is a nine-year school, D has no coordinates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from allocator.checking import check_rotation
from allocator.domain.choices import Backbone, Degree, Gender, Role, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import LEVEL_UNITS, CheckReport, Decision, Level, Move, Moves, RunInfo, Status
from allocator.domain.policy import Policy
from allocator.domain.records import DistrictInfo, Post, School, Teacher, Wish
from allocator.errors import Fault
from allocator.indicators import measure, staffing

AS_OF = Month.of(2026, 8)
WithTables = Callable[..., Decision]


def _school(school_id: str, name: str, kind: SchoolKind, lon: float | None, pupils: dict[str, int]) -> School:
    lat = None if lon is None else 39.0
    town = "东镇" if lon else None
    return School.model_validate(
        {
            "school_id": school_id,
            "name": name,
            "kind": kind,
            "lon": lon,
            "lat": lat,
            "town": town,
            "equipment_yuan": 800_000,
            **pupils,
        }
    )


def _teacher(teacher_id: str, school_id: str, subject: Subject, **more: Any) -> Teacher:
    known = {
        "name": f"张{teacher_id}",
        "stage": Stage.PRIMARY,
        "gender": Gender.F,
        "birth": Month.of(1985, 1),
        "since": Month.of(2010, 9),
        "degree": Degree.BACHELOR,
        "backbone": Backbone.NONE,
        "role": Role.TEACHER,
    }
    return Teacher.model_validate(
        {**known, "teacher_id": teacher_id, "school_id": school_id, "subject": subject, **more}
    )


def _district() -> District:
    schools = (
        _school("A", "第一小学", SchoolKind.PRIMARY, 117.00, {"pupils_g1": 200}),
        _school("B", "第二小学", SchoolKind.PRIMARY, 117.10, {"pupils_g1": 100}),
        _school("C", "第三学校", SchoolKind.NINE_YEAR, 117.05, {"pupils_g1": 150, "pupils_g7": 90}),
        _school("D", "第四小学", SchoolKind.PRIMARY, None, {"pupils_g1": 50}),
    )
    maths = [_teacher(f"m{k}", "A", Subject.MATH) for k in range(1, 6)]
    maths[0] = maths[0].model_copy(update={"backbone": Backbone.COUNTY, "volunteer": True})
    music = [_teacher(f"u{k}", "A", Subject.MUSIC) for k in range(1, 4)]
    others = [
        _teacher("b1", "B", Subject.MATH, backbone=Backbone.CITY),
        _teacher("c1", "C", Subject.MATH),
        _teacher("c2", "C", Subject.MATH, stage=Stage.JUNIOR, backbone=Backbone.SCHOOL),
        _teacher("d1", "D", Subject.MATH),
    ]
    posts = [("A", 3, 1), ("B", 3, 1), ("C", 2, 1), ("D", 1, 0)]
    wishes = [("m1", 1, "C"), ("m1", 2, "B"), ("m2", 1, "C"), ("u3", 1, "B"), ("d1", 1, "A")]
    return District(
        info=DistrictInfo(name="示例县", year=2026),
        schools=schools,
        teachers=(*maths, *music, *others),
        posts=tuple(
            Post(school_id=s, stage=Stage.PRIMARY, subject=subject, posts=n)
            for s, m, u in posts
            for subject, n in ((Subject.MATH, m), (Subject.MUSIC, u))
        ),
        wishes=tuple(Wish(teacher_id=t, rank=r, school_id=s) for t, r, s in wishes),
    )


def _moves() -> Moves:
    primary, maths, music = Stage.PRIMARY, Subject.MATH, Subject.MUSIC
    return Moves(
        (
            Move("d1", primary, maths, "D", "B", None, None, ("quota",)),
            Move("m1", primary, maths, "A", "B", 8.641, None, ("fills_post", "wish_2", "volunteer")),
            Move("m2", primary, maths, "A", "C", 4.321, None, ("fills_post", "wish_1")),
            Move("u1", primary, music, "A", "B", 8.641, None, ("fills_post", "raises_I3")),
        )
    )


def _levels(report: CheckReport) -> tuple[Level, ...]:
    bounds = {"staffing": 2.0, "balance": 0.98, "burden": None}
    return tuple(
        Level(name, LEVEL_UNITS[name], value, bound, value, report.levels_before[name])
        for name, value, bound in ((n, report.levels[n], b) for n, b in bounds.items())
    )


def decide(district: District, moves: Moves, policy: Policy, status: Status) -> Decision:
    """A decision on any plan, judged by the checker and measured."""
    report = check_rotation(district, policy, moves, AS_OF)
    return Decision(
        run=RunInfo(
            "rotation", "0.1.0", 1, policy.id, policy.sha256, district.sha256, AS_OF, 7, {"solve": 1.5}, 99.0
        ),
        district=district,
        policy=policy,
        status=status,
        levels=_levels(report),
        moves=moves,
        check=report,
        before=measure(district, policy),
        after=measure(district, policy, moves),
        staffing=staffing(district, policy, moves),
        warnings=(
            Fault(
                "empty_table", "warning", "travel", "通勤", params={"table_zh": "通勤", "table_en": "travel"}
            ),
        ),
    )


def lenient() -> Policy:
    """The default profile without the rules that a plan of four moves in twelve teachers breaks."""
    policy = Policy(id="test", name_zh="测试方案", name_en="Test profile")
    off = dict.fromkeys(("R4", "R5", "R6", "R8", "R10"), "off")
    return policy.model_copy(update={"rules": type(policy.rules).model_validate(off)})


@pytest.fixture
def decision() -> Decision:
    return decide(_district(), _moves(), lenient(), Status.OPTIMAL)


@pytest.fixture
def broken() -> Decision:
    """The same plan under the full rules, most of which it breaks."""
    return decide(_district(), _moves(), Policy(id="strict"), Status.FEASIBLE)


@pytest.fixture
def infeasible(decision: Decision) -> Decision:
    """A run that proved that there is no plan."""
    return replace(
        decision,
        status=Status.INFEASIBLE,
        moves=Moves(),
        check=None,
        levels=(),
        after=decision.before,
        staffing=staffing(decision.district, decision.policy),
        warnings=(),
    )


@pytest.fixture
def with_tables() -> WithTables:
    """Decide again about other tables or moves: `with_tables(schools=..., moves=...)`.

    The district is built anew: a copy would keep the look-up tables of the old one.
    """

    def change(moves: Moves | None = None, **tables: Any) -> Decision:
        known = {name: getattr(_district(), name) for name in District.model_fields}
        return decide(District(**{**known, **tables}), moves or _moves(), lenient(), Status.OPTIMAL)

    return change
