"""Derived posts and staffing rows against hand calculation."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.domain.choices import SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.plan import Move
from allocator.domain.policy import CurriculumPolicy, Policy, exact
from allocator.domain.records import Post, School, Teacher
from allocator.errors import PolicyError
from allocator.indicators import derive_posts, staffing

P, J = Stage.PRIMARY, Stage.JUNIOR
CHINESE, PE, MATH = Subject.CHINESE, Subject.PE, Subject.MATH


def _policy(load: float = 17, **values: object) -> Policy:
    rows = {
        "periods": {"chinese": [8, 8, 7, 7, 6, 6, 5, 4, 5], "pe": [4, 4, 3, 3, 3, 3, 3, 3, 3], "art": [0] * 9},
        "load_primary": {"chinese": 15, "pe": load},
        "load_junior": {"chinese": 11, "pe": 15},
        **values,
    }
    return Policy(id="test", curriculum=CurriculumPolicy.model_validate(rows))


def _primary(*classes: int) -> District:
    grades = {f"classes_g{g}": n for g, n in enumerate(classes, start=1)}
    return District(schools=(School(school_id="S", kind=SchoolKind.PRIMARY, **grades),))


def _rows(district: District, policy: Policy) -> list[tuple[str, Stage, Subject, int]]:
    return [(p.school_id, p.stage, p.subject, p.posts) for p in derive_posts(district, policy)]


def test_derived_posts_of_a_nine_year_school() -> None:
    """Two classes in grades 1-6, three in 7-9.

    Primary chinese 84/15 + 12 * 0.5/2 = 8.6 -> 9, pe 40/17 = 2.35 -> 2; junior chinese 42/11 + 9 * 0.5/2
    = 6.07 -> 6, pe 27/15 = 1.8 -> 2. Art has no periods: no row.
    """
    classes = {f"classes_g{g}": 2 if g <= 6 else 3 for g in range(1, 10)}
    district = District(
        schools=(
            School(school_id="T", kind=SchoolKind.JUNIOR, classes_g9=1),
            School(school_id="S", kind=SchoolKind.NINE_YEAR, **classes),
        )
    )
    assert _rows(district, _policy()) == [
        ("T", J, CHINESE, 1),
        ("T", J, PE, 1),
        ("S", P, CHINESE, 9),
        ("S", P, PE, 2),
        ("S", J, CHINESE, 6),
        ("S", J, PE, 2),
    ]


@pytest.mark.parametrize(
    ("classes", "load", "posts"), [(1, 8, 1), (1, 40, 1), (3, 8, 2), (5, 8, 3), (3, 8.1, 1)]
)
def test_halves_are_rounded_up(classes: int, load: float, posts: int) -> None:
    """pe, 4 periods: 0.5 -> 1, 0.1 -> 1 (at least one), 1.5 -> 2, 2.5 -> 3 (not to even), 1.48 -> 1."""
    (found,) = [p.posts for p in derive_posts(_primary(classes), _policy(load)) if p.subject is PE]
    assert found == posts


def test_the_table_goes_first() -> None:
    post = Post(school_id="S", stage=P, subject=PE, posts=7)
    district = _primary(1).model_copy(update={"posts": (post,)})
    assert derive_posts(district, _policy()) == (post,)


def test_no_classes_no_posts() -> None:
    assert derive_posts(_primary(), _policy()) == ()


def test_a_missing_load_is_named_only_where_it_is_needed() -> None:
    policy = _policy(load_primary={"chinese": 15})
    assert derive_posts(
        District(schools=(School(school_id="T", kind=SchoolKind.JUNIOR, classes_g7=1),)), policy
    )
    with pytest.raises(PolicyError, match="'pe'"):
        derive_posts(_primary(1), policy)


@given(
    classes=st.lists(st.integers(0, 12), min_size=6, max_size=6),
    load=st.sampled_from([0.7, 12.5, 15.0, 16.3, 17.0]),
    head=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
)
def test_the_matrix_form_equals_the_sentence(classes: list[int], load: float, head: float) -> None:
    """floor(periods / load + classes * head / 2 + 1/2), at least 1, where there are periods."""
    policy = _policy(load_primary={"chinese": load, "pe": load}, head_teacher_load=head)
    expected = {}
    for subject, share in ((CHINESE, exact(head) / 2), (PE, Fraction(0))):
        row = policy.curriculum.periods[subject]
        periods = sum((n * exact(p) for n, p in zip(classes, row[:6], strict=True)), Fraction(0))
        if periods:
            teachers = periods / exact(load) + sum(classes) * share
            expected[subject] = max(1, (teachers + Fraction(1, 2)).__floor__())
    assert {p.subject: p.posts for p in derive_posts(_primary(*classes), policy)} == expected


def _staffed() -> District:
    """X has 2 math posts and 3 teachers, Y 2 math posts and 1; a pe teacher at X has no post."""
    schools = (
        School(school_id="Y", kind=SchoolKind.PRIMARY),
        School(school_id="X", kind=SchoolKind.NINE_YEAR),
    )
    people = [("x1", "X", MATH), ("x2", "X", MATH), ("x3", "X", MATH), ("x4", "X", PE), ("y1", "Y", MATH)]
    return District(
        schools=schools,
        teachers=tuple(Teacher(teacher_id=t, school_id=s, stage=P, subject=k) for t, s, k in people),
        posts=(
            Post(school_id="X", stage=P, subject=MATH, posts=2),
            Post(school_id="X", stage=J, subject=PE, posts=1),
            Post(school_id="Y", stage=P, subject=MATH, posts=2),
            Post(school_id="Y", stage=P, subject=PE, posts=0),
        ),
    )


def test_staffing_before_and_after() -> None:
    """x1 moves to Y; rows in the order of schools and subjects, none without posts and teachers."""
    rows = staffing(_staffed(), _policy(), [Move("x1", P, MATH, "X", "Y"), Move("?", P, MATH, "X", "Y")])
    found = [(r.school_id, r.stage, r.subject, r.posts, r.before, r.after) for r in rows]
    assert found == [
        ("Y", P, MATH, 2, 1, 2),
        ("X", P, MATH, 2, 3, 2),
        ("X", P, PE, 0, 1, 1),
        ("X", J, PE, 1, 0, 0),
    ]
    assert [r.unfilled_before for r in rows] == [1, 0, 0, 1]
    assert [r.unfilled_after for r in rows] == [0, 0, 0, 1]


def test_staffing_by_the_subject_taught_after_the_move() -> None:
    rows = staffing(_staffed(), _policy(), [Move("x1", P, PE, "X", "Y")])
    assert [(r.school_id, r.subject, r.before, r.after) for r in rows if r.school_id == "Y"] == [
        ("Y", MATH, 1, 1),
        ("Y", PE, 0, 1),
    ]
