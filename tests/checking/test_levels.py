"""Levels and derived posts against hand calculation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allocator.checking import check_levels
from allocator.checking.posts import count_posts
from allocator.domain.choices import Degree, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.policy import CurriculumPolicy, Policy
from allocator.domain.records import School, Wish
from allocator.errors import PolicyError

if TYPE_CHECKING:
    from tests.checking.conftest import Case

P, J = Stage.PRIMARY, Stage.JUNIOR


def test_staffing(case: Case) -> None:
    """Before, B lacks one math teacher; A's surplus does not make up for it (a plain sum gives 0)."""
    report = case.check()
    assert (report.levels_before["staffing"], report.levels["staffing"]) == (1, 0)


def test_staffing_by_the_subject_taught_after_the_move(case: Case) -> None:
    """B4 teaches math at C, whose 2 chinese teachers lose one: 1 post unfilled; by the old subject 0."""
    second = case.teacher("B4", second_subject=Subject.MATH).but("rotation", second_subject=True)
    plan = second.plan(*case.moves[::2], second.move("B4", "C", subject=Subject.MATH))
    assert plan.check().levels["staffing"] == 1


def test_balance(case: Case) -> None:
    """Primary pupils 180, 140, 80.

    I1 before 9, 7, 4 (20 pupils a teacher everywhere): 0. I2 before 2, 0, 0: 400 * 4/180 / 4 - 1 = 11/9.
    I1 after 8, 8, 4: 400 * (64/180 + 64/140 + 16/80) / 400 - 1 = 4/315. I2 after 1, 1, 0:
    400 * (1/180 + 1/140) / 4 - 1 = 17/63. I3 and the junior sections: 0.
    """
    report = case.check()
    assert report.levels_before["balance"] == pytest.approx(11 / 9)
    assert report.levels["balance"] == pytest.approx(4 / 315 + 17 / 63)


def test_balance_counts_only_better_degrees(case: Case) -> None:
    """An associate degree counts in primary but not in junior sections; an unknown one nowhere.

    Junior then D 2 of 40, C 1 of 40: 80 * (4/40 + 1/40) / 9 - 1 = 1/9.
    """
    fewer = case.plan().teacher("C5", degree=Degree.ASSOCIATE).teacher("A1", degree=Degree.ASSOCIATE)
    assert fewer.check().levels["balance"] == pytest.approx(11 / 9 + 1 / 9)
    unknown = case.plan().teacher("C5", degree=None)
    assert unknown.check().levels["balance"] == pytest.approx(11 / 9 + 1 / 9)


def test_balance_counts_the_subject_taught_after_the_move(case: Case) -> None:
    """A1 teaches art at B: arts teachers 0, 1, 0 where there were none: CV^2 = 400 * 1/140 - 1 = 13/7."""
    second = case.teacher("A1", second_subject=Subject.ART).but("rotation", second_subject=True)
    report = second.plan(second.move("A1", "B", subject=Subject.ART)).check()
    degrees = 400 * (64 / 180 + 64 / 140 + 16 / 80) / 400 - 1
    assert report.levels["balance"] == pytest.approx(degrees + 17 / 63 + 13 / 7)


def test_sections_without_pupils_are_left_out(case: Case) -> None:
    """Without B: 260 pupils, backbone 1 (A), B's does not count: 260/180 - 1; degrees A 8, C 4."""
    empty = case.school("B", pupils_g1=0)
    unknown = case.school("B", pupils_g1=None)
    expected = (260 * (64 / 180 + 16 / 80) / 144 - 1) + (260 / 180 - 1)
    assert empty.check().levels["balance"] == pytest.approx(expected)
    assert unknown.check().levels["balance"] == pytest.approx(expected)


def test_burden(case: Case) -> None:
    """3 * 5.560 km, first wish -10, unwished B4 +5, volunteer C3 nothing: 11.680."""
    assert case.check().levels["burden"] == pytest.approx(11.68)
    assert case.check().levels_before["burden"] == 0


@pytest.mark.parametrize(("rank", "burden"), [(1, 11.68), (2, 15.68), (3, 18.68), (4, 21.68)])
def test_burden_of_a_wish_by_rank(case: Case, rank: int, burden: float) -> None:
    """-10, -6, -3, and 0 for a wish beyond the list (an unwished move would give 26.68)."""
    wished = case.replace_wishes((Wish(teacher_id="A1", rank=rank, school_id="B"),))
    assert wished.check().levels["burden"] == pytest.approx(burden)


def test_burden_of_an_unknown_distance_is_nought(case: Case) -> None:
    """R8 off: A1's 5.560 km are missing."""
    free = case.school("A", lat=None).but("rules", R8="off")
    assert free.check().levels["burden"] == pytest.approx(6.12)


def test_levels_alone(case: Case) -> None:
    assert check_levels(case.district, case.policy, case.moves) == case.check().levels


def _curriculum(**values: object) -> Policy:
    rows = {
        "periods": {"chinese": [8, 8, 7, 7, 6, 6, 5, 4, 5], "pe": [4, 4, 3, 3, 3, 3, 3, 3, 3], "art": [0] * 9},
        "load_primary": {"chinese": 15, "pe": 17, "art": 17},
        "load_junior": {"chinese": 11, "pe": 15, "art": 15},
        **values,
    }
    return Policy(id="test", curriculum=CurriculumPolicy.model_validate(rows))


def test_derived_posts() -> None:
    """Two classes in grades 1-6, three in grades 7-9.

    Primary chinese 84/15 + 12 * 0.5/2 = 8.6 -> 9 (without head teachers 6), pe 40/17 = 2.35 -> 2.
    Junior chinese 42/11 + 9 * 0.5/2 = 6.07 -> 6, pe 27/15 = 1.8 -> 2. Art has no periods: no post.
    """
    classes = {f"classes_g{g}": 2 if g <= 6 else 3 for g in range(1, 10)}
    district = District(schools=(School(school_id="S", kind=SchoolKind.NINE_YEAR, **classes),))
    assert count_posts(district, _curriculum()) == {
        ("S", P, Subject.CHINESE): 9,
        ("S", P, Subject.PE): 2,
        ("S", J, Subject.CHINESE): 6,
        ("S", J, Subject.PE): 2,
    }


def test_derived_posts_round_half_up_and_never_to_none() -> None:
    """pe: 1 class, 4 periods, load 8: 0.5 -> 1; load 40: 0.1 -> 1; 3 classes, 12/8 = 1.5 -> 2."""
    one = District(schools=(School(school_id="S", kind=SchoolKind.PRIMARY, classes_g1=1),))
    three = District(schools=(School(school_id="S", kind=SchoolKind.PRIMARY, classes_g1=3),))
    loads = {"chinese": 15, "art": 17}
    for district, load, posts in ((one, 8, 1), (one, 40, 1), (three, 8, 2)):
        counts = count_posts(district, _curriculum(load_primary={**loads, "pe": load}))
        assert counts["S", P, Subject.PE] == posts


def test_derived_posts_without_classes() -> None:
    district = District(schools=(School(school_id="S", kind=SchoolKind.PRIMARY),))
    assert count_posts(district, _curriculum()) == {}


def test_a_missing_load_is_named() -> None:
    district = District(schools=(School(school_id="S", kind=SchoolKind.PRIMARY, classes_g1=1),))
    with pytest.raises(PolicyError) as caught:
        count_posts(district, _curriculum(load_primary={"chinese": 15}))
    assert "'pe'" in caught.value.text("en")
    assert "load_primary" in caught.value.text("zh")
