"""Policies at the edge of what a profile may say: shares of many decimals, levels in another order."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.api import plan_rotation
from allocator.checking.eligibility import eligibility
from allocator.domain.choices import Gender, LockAction, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Status
from allocator.domain.policy import (
    EligibilityPolicy,
    Mode,
    ObjectivePolicy,
    Policy,
    RotationPolicy,
    RulesPolicy,
    exact,
)
from allocator.domain.records import DistrictInfo, Lock, Post, School, Teacher
from allocator.rotation.eligibility import eligible_ids
from allocator.rotation.rules import least_share

AS_OF = Month.of(2026, 8)


def three_schools() -> District:
    """Three schools, the last without pupils, each with two teachers of maths who also teach art."""
    place = {"kind": SchoolKind.PRIMARY, "lat": 39.0}
    schools = tuple(
        School(school_id=code, lon=117.0 + i / 100, pupils_g1=(60, 40, 0)[i], quality=90.0 - i, **place)
        for i, code in enumerate("ABC")
    )
    teachers = tuple(
        Teacher(
            teacher_id=f"{code}{i}",
            school_id=code,
            stage=Stage.PRIMARY,
            subject=Subject.MATH,
            second_subject=Subject.ART,
            gender=Gender.F,
            birth=Month.of(1985, 1),
            since=Month.of(2010, 9),
        )
        for code in "ABC"
        for i in range(2)
    )
    posts = tuple(
        Post(school_id=code, stage=Stage.PRIMARY, subject=subject, posts=count)
        for code in "ABC"
        for subject, count in ((Subject.MATH, 1), (Subject.ART, 1))
    )
    return District(info=DistrictInfo(year=2026), schools=schools, teachers=teachers, posts=posts)


@given(st.fractions(min_value=0, max_value=1, max_denominator=10**16), st.integers(1, 60))
def test_a_share_is_asked_for_in_small_numbers(share: Fraction, most: int) -> None:
    """The replaced share rounds up alike for every count up to `most`; the nearest fraction would not."""
    found = least_share(share, most)
    assert found.denominator <= most
    assert all(ceil(share * n) == ceil(found * n) for n in range(most + 1))


@pytest.mark.parametrize("share", [1 / 3, 2 / 3, 0.1 + 0.2])
def test_a_share_of_sixteen_decimals(share: float) -> None:
    """R9 at 1/3 in whole numbers of 10^16 is a row that HiGHS refuses; the run ended in a traceback."""
    policy = Policy(
        id="third",
        rules=RulesPolicy(R7=Mode.OFF, R9=Mode.HARD),
        rotation=RotationPolicy(min_down_share=share, min_share=0.5, max_share=0.5),
    )
    result = plan_rotation(three_schools(), policy)
    assert result.status is Status.OPTIMAL
    assert len(result.moves) == 3
    assert sum(m.from_school_id < m.to_school_id for m in result.moves) >= ceil(share * 3)


def test_balance_first_is_proven_infeasible_too() -> None:
    """With balance as the first level and moving totals its rows are fractional; the proof is about the rules.

    Taken on the whole model the second proof stopped the run with an internal error.
    """
    policy = Policy(
        id="balance-first",
        rotation=RotationPolicy(second_subject=True, min_backbone_share=1.0),
        objective=ObjectivePolicy(levels=("balance", "staffing")),
    )
    assert plan_rotation(three_schools(), policy).status is Status.INFEASIBLE


def test_retirement_at_a_part_of_a_month() -> None:
    """55.2 years are 662.4 months: at 602 months of age more than 60 are left; rounded, exactly 60."""
    policy = Policy(
        id="part",
        eligibility=EligibilityPolicy(
            retirement_years_women=55.2, delay_max_months=0, min_years_to_retirement=5
        ),
    )
    for months in range(600, 608):
        born = Month(AS_OF - months)
        teacher = three_schools().teachers[0].model_copy(update={"birth": born})
        district = three_schools().model_copy(update={"teachers": (teacher,)})
        by_hand = 12 * exact(55.2) - months > 60
        assert (teacher.teacher_id in eligible_ids(district, policy, AS_OF)) is by_hand
        assert (eligibility(district, policy, AS_OF)[teacher.teacher_id] == "") is by_hand


def test_a_school_beside_a_lock_move_says_nothing() -> None:
    """T must move, and B has no post for T; taken as `to B` the lock left no plan at all."""
    district = three_schools()
    posts = tuple(p for p in district.posts if p.school_id != "B")
    lock = Lock(teacher_id="A0", action=LockAction.MOVE, school_id="B")
    locked = district.model_copy(update={"posts": posts, "locks": (lock,)})
    policy = Policy(
        id="move",
        rules=RulesPolicy(R7=Mode.OFF, R4=Mode.OFF),
        rotation=RotationPolicy(min_share=0.0, max_share=0.5),
    )
    result = plan_rotation(locked, policy)
    assert result.status is Status.OPTIMAL
    assert {m.teacher_id: m.to_school_id for m in result.moves}["A0"] == "C"
