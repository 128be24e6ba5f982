"""A small district and a plan that obeys every rule, both easy to check by hand.

Schools on one meridian, 0.05 degrees = 5.560 km apart (0.05 * pi / 180 * 6371.0088 = 5.55975...):

    A 39.00 primary, 180 pupils    B 39.05 primary, 140 pupils
    C 39.10 nine-year, 80 + 40     D 39.20 junior, 40 pupils

    posts            A math 4, chinese 4   B math 4, chinese 4   C math 2, chinese 2, junior math 2   D math 2
    teachers now     A math 5, chinese 4   B math 3, chinese 4   C math 2, chinese 2, junior math 2   D math 2
    codes            A1-A5, A6-A9          B1-B3, B4-B7          C1-C2, C3-C4, C5-C6                  D1-D2

All 24 are eligible: at least ceil(2.4) = 3 and at most floor(3.6) = 3 move. Backbone: A1 county, A2 city.
Plan: A1 A -> B (math), B4 B -> C (chinese), C3 C -> B (chinese). Wishes: A1's first is B; C3 volunteers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from allocator.checking import check_rotation
from allocator.domain.choices import Backbone, Degree, Gender, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import CheckReport, Move, Violation
from allocator.domain.policy import Policy
from allocator.domain.records import Post, School, Teacher, Wish

AS_OF = Month.of(2025, 8)
P, J = Stage.PRIMARY, Stage.JUNIOR
MATH, CHINESE = Subject.MATH, Subject.CHINESE


@dataclass(frozen=True)
class Case:
    """A district, a policy and a plan that can be varied one thing at a time."""

    district: District
    moves: tuple[Move, ...]
    policy: Policy

    def check(self) -> CheckReport:
        """Judge the case."""
        return check_rotation(self.district, self.policy, self.moves, AS_OF)

    def broken(self) -> set[str]:
        """Rules that are broken."""
        return {a.rule for a in self.check().rules if a.verdict == "broken"}

    def only(self, rule: str) -> Violation:
        """Return the one violation, which must be of this rule; no other rule may be broken."""
        report = self.check()
        assert [v.rule for v in report.violations] == [rule], report.violations
        (violation,) = report.violations
        assert violation.text("zh")
        assert violation.text("en")
        return violation

    def teacher(self, teacher_id: str, **values: Any) -> Case:
        """Change one teacher."""
        rows = [
            t.model_copy(update=values) if t.teacher_id == teacher_id else t for t in self.district.teachers
        ]
        return Case(_fresh(self.district, teachers=tuple(rows)), self.moves, self.policy)

    def school(self, school_id: str, **values: Any) -> Case:
        """Change one school."""
        rows = [s.model_copy(update=values) if s.school_id == school_id else s for s in self.district.schools]
        return Case(_fresh(self.district, schools=tuple(rows)), self.moves, self.policy)

    def post(self, school_id: str, stage: Stage, subject: Subject, posts: int) -> Case:
        """Change the posts of one subject in one section."""
        key = (school_id, stage, subject)
        rows = [p for p in self.district.posts if (p.school_id, p.stage, p.subject) != key]
        rows.append(Post(school_id=school_id, stage=stage, subject=subject, posts=posts))
        return Case(_fresh(self.district, posts=tuple(rows)), self.moves, self.policy)

    def add(self, **rows: Any) -> Case:
        """Append rows to tables of the district."""
        tables = {name: (*getattr(self.district, name), *new) for name, new in rows.items()}
        return Case(_fresh(self.district, **tables), self.moves, self.policy)

    def replace_teachers(self, rows: tuple[Teacher, ...]) -> Case:
        """Take other teachers."""
        return Case(_fresh(self.district, teachers=rows), self.moves, self.policy)

    def replace_wishes(self, rows: tuple[Wish, ...]) -> Case:
        """Take other wishes."""
        return Case(_fresh(self.district, wishes=rows), self.moves, self.policy)

    def plan(self, *moves: Move) -> Case:
        """Take another plan."""
        return Case(self.district, moves, self.policy)

    def but(self, section: str, **values: Any) -> Case:
        """Change fields of one section of the policy."""
        old = getattr(self.policy, section)
        new = type(old).model_validate({**old.model_dump(), **values})
        return Case(self.district, self.moves, self.policy.model_copy(update={section: new}))

    def move(self, teacher_id: str, to: str, **values: Any) -> Move:
        """Make a move of a teacher of the district."""
        t = self.district.teacher_by_id[teacher_id]
        row: Mapping[str, Any] = {"stage": t.stage, "subject": t.subject, "from_school_id": t.school_id}
        return Move(teacher_id=teacher_id, to_school_id=to, **{**row, **values})


def _fresh(district: District, **tables: Any) -> District:
    """Copy without the cached look-ups of the old tables."""
    values = {name: getattr(district, name) for name in District.model_fields}
    return District.model_construct(**{**values, **tables})


def _school(school_id: str, kind: SchoolKind, lat: float, primary: int = 0, junior: int = 0) -> School:
    pupils = {"pupils_g1": primary or None, "pupils_g7": junior or None}
    return School(school_id=school_id, kind=kind, lon=117.0, lat=lat, **pupils)


def _teachers(school_id: str, groups: list[tuple[Stage, Subject, int]]) -> list[Teacher]:
    kinds = [(stage, subject) for stage, subject, count in groups for _ in range(count)]
    return [
        Teacher(
            teacher_id=f"{school_id}{number}",
            school_id=school_id,
            stage=stage,
            subject=subject,
            gender=Gender.M,
            birth=Month.of(1980, 1),
            since=Month.of(2010, 9),
            degree=Degree.BACHELOR,
        )
        for number, (stage, subject) in enumerate(kinds, start=1)
    ]


def _district() -> District:
    return District(
        schools=(
            _school("A", SchoolKind.PRIMARY, 39.00, primary=180),
            _school("B", SchoolKind.PRIMARY, 39.05, primary=140),
            _school("C", SchoolKind.NINE_YEAR, 39.10, primary=80, junior=40),
            _school("D", SchoolKind.JUNIOR, 39.20, junior=40),
        ),
        teachers=(
            *_teachers("A", [(P, MATH, 5), (P, CHINESE, 4)]),
            *_teachers("B", [(P, MATH, 3), (P, CHINESE, 4)]),
            *_teachers("C", [(P, MATH, 2), (P, CHINESE, 2), (J, MATH, 2)]),
            *_teachers("D", [(J, MATH, 2)]),
        ),
        posts=tuple(
            Post(school_id=s, stage=g, subject=k, posts=n)
            for s, g, k, n in (
                ("A", P, MATH, 4),
                ("A", P, CHINESE, 4),
                ("B", P, MATH, 4),
                ("B", P, CHINESE, 4),
                ("C", P, MATH, 2),
                ("C", P, CHINESE, 2),
                ("C", J, MATH, 2),
                ("D", J, MATH, 2),
            )
        ),
        wishes=(Wish(teacher_id="A1", rank=1, school_id="B"),),
    )


@pytest.fixture(scope="session")
def case() -> Case:
    """The valid case."""
    start = Case(_district(), (), Policy(id="test"))
    start = start.teacher("A1", backbone=Backbone.COUNTY).teacher("A2", backbone=Backbone.CITY)
    start = start.teacher("C3", volunteer=True)
    return start.plan(start.move("A1", "B"), start.move("B4", "C"), start.move("C3", "B"))
