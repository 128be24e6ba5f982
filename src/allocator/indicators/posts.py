"""Posts of each subject in each section: given, or derived from classes and the curriculum.

The load that a section puts on a subject is linear in its classes, so it is one product of integer matrices:
classes by grade times teachers per class, over a common denominator. Integers keep halves exact.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from allocator.domain.choices import Stage, Subject
from allocator.domain.district import District
from allocator.domain.policy import Policy, exact
from allocator.domain.records import GRADES, Post
from allocator.errors import PolicyError

Integers = NDArray[np.object_]
"""Python integers, which never overflow."""


def derive_posts(district: District, policy: Policy) -> tuple[Post, ...]:
    """Return the table of posts, or derive it where it is absent.

    periods = sum over grades of classes * weekly periods; load = periods / weekly load of a teacher, plus, for
    the subjects that share the head-teacher work, classes * head-teacher load / number of such subjects;
    posts = the load rounded half up, at least 1, where there are periods. Blank classes count as none.

    Returns
    -------
    tuple of Post
        The table as it is; or the derived posts, none of 0, in order of section and subject.

    Raises
    ------
    PolicyError
        If a subject with periods has no weekly load.
    """
    if district.posts:
        return district.posts
    found = [post for stage in Stage for post in _stage_posts(district, policy, stage)]
    order = {key: n for n, key in enumerate(district.sections)}
    return tuple(sorted(found, key=lambda p: order[p.school_id, p.stage]))


def _stage_posts(district: District, policy: Policy, stage: Stage) -> list[Post]:
    subjects = [s for s in Subject if s in policy.curriculum.periods]
    schools = [s for s in district.schools if stage in s.stages]
    if not subjects or not schools:
        return []
    rows = [[n or 0 for n in school.classes_by_grade(stage)] for school in schools]
    classes: Integers = np.array(rows, dtype=object)
    taught = classes @ _teaches(policy, stage, subjects)
    _require_loads(policy, stage, [s for k, s in enumerate(subjects) if taught[:, k].any()])
    demand, unit = _teachers_per_class(policy, stage, subjects)
    # floor(load + 1/2) with load = (classes @ demand) / unit
    counts = (2 * (classes @ demand) + unit) // (2 * unit)
    return [
        Post(school_id=school.school_id, stage=stage, subject=subject, posts=max(1, int(counts[n, k])))
        for n, school in enumerate(schools)
        for k, subject in enumerate(subjects)
        if taught[n, k]
    ]


def _teaches(policy: Policy, stage: Stage, subjects: list[Subject]) -> Integers:
    """Shape (grades, subjects): 1 where a subject has periods in a grade."""
    periods = policy.curriculum.periods
    return np.array([[int(periods[s][g - 1] > 0) for s in subjects] for g in GRADES[stage]], dtype=object)


def _require_loads(policy: Policy, stage: Stage, subjects: list[Subject]) -> None:
    loads = getattr(policy.curriculum, f"load_{stage.value}")
    missing = [s for s in subjects if s not in loads]
    if missing:
        raise PolicyError(policy.id, [("no_load", {"stage": stage.value, "subject": s.value}) for s in missing])


def _teachers_per_class(policy: Policy, stage: Stage, subjects: list[Subject]) -> tuple[Integers, int]:
    """Shape (grades, subjects): teachers that one class needs, as integers over the denominator returned."""
    shares = [[_share(policy, stage, s, grade) for s in subjects] for grade in GRADES[stage]]
    unit = lcm(*(x.denominator for row in shares for x in row))
    return np.array([[int(x * unit) for x in row] for row in shares], dtype=object), unit


def _share(policy: Policy, stage: Stage, subject: Subject, grade: int) -> Fraction:
    """Teachers of a subject that one class of a grade needs, head-teacher work included."""
    curriculum = policy.curriculum
    loads = getattr(curriculum, f"load_{stage.value}")
    share = Fraction(0)
    if subject in loads:
        share += exact(curriculum.periods[subject][grade - 1]) / exact(loads[subject])
    if subject in curriculum.head_teacher_subjects:
        share += exact(curriculum.head_teacher_load) / len(curriculum.head_teacher_subjects)
    return share
