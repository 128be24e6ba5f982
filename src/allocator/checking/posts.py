"""How many posts each subject has in each section: the table, or derived from classes and the curriculum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from math import floor

from allocator.domain.choices import Stage, Subject
from allocator.domain.district import District
from allocator.domain.policy import CurriculumPolicy, Policy, exact
from allocator.domain.records import GRADES, School
from allocator.errors import PolicyError

Cell = tuple[str, Stage, Subject]
"""One subject in one section: school code, stage, subject."""


def count_posts(district: District, policy: Policy) -> Mapping[Cell, int]:
    """Count the posts of every cell that has at least one.

    Raises
    ------
    PolicyError
        If posts must be derived and a subject with periods has no teacher load.
    """
    counts: Counter[Cell] = Counter()
    for row in district.posts:
        counts[row.school_id, row.stage, row.subject] += row.posts
    if not district.posts:
        derive = _Derivation(policy)
        for school in district.schools:
            for stage in school.stages:
                counts.update(derive.section(school, stage))
    return {cell: posts for cell, posts in counts.items() if posts > 0}


class _Derivation:
    """Posts from classes: weekly periods over a full load, plus the head teachers' share, rounded half up."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.curriculum: CurriculumPolicy = policy.curriculum
        self.periods = {
            subject: tuple(exact(p) for p in row) for subject, row in self.curriculum.periods.items()
        }

    def section(self, school: School, stage: Stage) -> dict[Cell, int]:
        """Derive the posts of the subjects of one section."""
        classes = [n or 0 for n in school.classes_by_grade(stage)]
        found = {}
        for subject in self.periods:
            periods = self._weekly_periods(subject, stage, classes)
            if periods > 0:
                load = periods / self._load(stage, subject) + self._head_teachers(subject, sum(classes))
                found[school.school_id, stage, subject] = max(1, floor(load + Fraction(1, 2)))
        return found

    def _weekly_periods(self, subject: Subject, stage: Stage, classes: list[int]) -> Fraction:
        row = self.periods[subject]
        return sum((n * row[g - 1] for g, n in zip(GRADES[stage], classes, strict=True) if n), Fraction(0))

    def _load(self, stage: Stage, subject: Subject) -> Fraction:
        loads = self.curriculum.load_primary if stage is Stage.PRIMARY else self.curriculum.load_junior
        if subject not in loads:
            raise PolicyError(self.policy.id, [("no_load", {"stage": stage.value, "subject": subject.value})])
        return exact(loads[subject])

    def _head_teachers(self, subject: Subject, classes: int) -> Fraction:
        sharing = self.curriculum.head_teacher_subjects
        if subject not in sharing:
            return Fraction(0)
        return classes * exact(self.curriculum.head_teacher_load) / len(sharing)
