"""Random districts small enough to try every plan, and policies that switch every rule."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

from allocator.domain.alliance_records import Membership
from allocator.domain.choices import Backbone, Degree, Gender, LockAction, Role, SchoolKind, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.policy import Mode, Policy, RotationPolicy, RulesPolicy
from allocator.domain.records import DistrictInfo, Lock, Post, School, Teacher, Travel, Wish
from tests.rotation.enumeration import EveryPlan

AS_OF = Month.of(2026, 8)
SUBJECTS = (Subject.MATH, Subject.ART)


def every_plan(district: District, policy: Policy) -> EveryPlan:
    """Every plan of a small district at the reference month of these tests."""
    return EveryPlan(district, policy, AS_OF)


def small_district(seed: int, teachers_most: int = 14, eligible_most: int = 6) -> District:
    """Three or four schools, ten to fourteen teachers of whom at most six are eligible; or at most so many."""
    draw = random.Random(seed)
    schools = tuple(_school(draw, i) for i in range(draw.choice((3, 3, 4))))
    teachers = tuple(_teacher(draw, i, schools) for i in range(min(teachers_most, draw.randint(10, 14))))
    teachers = _few_eligible(teachers, eligible_most)
    return District(
        info=DistrictInfo(name="小县", year=2026),
        schools=schools,
        teachers=_couple(draw, teachers),
        posts=tuple(_posts(draw, schools, teachers)),
        wishes=tuple(_wishes(draw, schools, teachers)),
        travel=tuple(_travel(draw, schools)),
        locks=tuple(_locks(draw, schools, teachers)),
        memberships=tuple(_memberships(draw, schools)),
    )


def _school(draw: random.Random, i: int) -> School:
    kind = draw.choice((SchoolKind.PRIMARY, SchoolKind.PRIMARY, SchoolKind.NINE_YEAR))
    return School(
        school_id=f"S{i}",
        kind=kind,
        lon=117 + draw.random() * 0.3,
        lat=39 + draw.random() * 0.15,
        pupils_g1=draw.choice((0, 40, 90, 150, 300)),
        pupils_g7=draw.choice((0, 60, 120)) if kind is SchoolKind.NINE_YEAR else None,
        quality=draw.choice((None, 50.0, 60.0, 80.0)),
        learning_district=draw.choice(("东", "东", "西", None)),
    )


def _teacher(draw: random.Random, i: int, schools: Sequence[School]) -> Teacher:
    school = draw.choice(schools)
    role = draw.choice((Role.TEACHER,) * 9 + (Role.PRINCIPAL, Role.VICE_PRINCIPAL))
    subject = draw.choice(SUBJECTS)
    return Teacher(
        teacher_id=f"T{i:02d}",
        school_id=school.school_id,
        stage=draw.choice(school.stages),
        subject=subject,
        second_subject=draw.choice((None, None, *(s for s in SUBJECTS if s is not subject))),
        gender=draw.choice(tuple(Gender)),
        birth=Month.of(draw.randint(1970, 1995), draw.randint(1, 12)),
        since=Month.of(draw.randint(2010, 2022), 9),
        degree=draw.choice((None, *Degree)),
        backbone=draw.choice((Backbone.NONE, Backbone.NONE, Backbone.SCHOOL, Backbone.COUNTY, Backbone.CITY)),
        role=role,
        terms=draw.choice((None, 1, 2, 3)) if role is Role.PRINCIPAL else None,
        exempt=draw.random() < 0.1,
        volunteer=draw.random() < 0.3,
        graduating_class=draw.random() < 0.1,
    )


def _few_eligible(teachers: Sequence[Teacher], most: int) -> tuple[Teacher, ...]:
    """Exempt all but the first few, so that every plan can be tried."""
    return tuple(t if i < most else t.model_copy(update={"exempt": True}) for i, t in enumerate(teachers))


def _couple(draw: random.Random, teachers: tuple[Teacher, ...]) -> tuple[Teacher, ...]:
    """Marry two colleagues now and then."""
    pairs = [
        (i, j)
        for i, j in itertools.combinations(range(len(teachers)), 2)
        if teachers[i].school_id == teachers[j].school_id and i < 6
    ]
    if not pairs or draw.random() < 0.5:
        return teachers
    i, j = draw.choice(pairs)
    out = list(teachers)
    out[i] = out[i].model_copy(update={"partner_id": out[j].teacher_id})
    out[j] = out[j].model_copy(update={"partner_id": out[i].teacher_id})
    return tuple(out)


def _posts(draw: random.Random, schools: Sequence[School], teachers: Sequence[Teacher]) -> Iterator[Post]:
    for school in schools:
        for stage in school.stages:
            for subject in SUBJECTS:
                heads = sum(
                    (t.school_id, t.stage, t.subject) == (school.school_id, stage, subject) for t in teachers
                )
                yield Post(
                    school_id=school.school_id,
                    stage=stage,
                    subject=subject,
                    posts=max(0, heads + draw.choice((-1, 0, 0, 1, 2))),
                )


def _wishes(draw: random.Random, schools: Sequence[School], teachers: Sequence[Teacher]) -> Iterator[Wish]:
    for teacher in teachers[:6]:
        others = [s for s in schools if s.school_id != teacher.school_id and teacher.stage in s.stages]
        if others and draw.random() < 0.5:
            chosen = draw.sample(others, k=draw.randint(1, min(2, len(others))))
            for rank, school in enumerate(chosen, start=1):
                yield Wish(teacher_id=teacher.teacher_id, rank=rank, school_id=school.school_id)


def _travel(draw: random.Random, schools: Sequence[School]) -> Iterator[Travel]:
    for a, b in itertools.permutations(schools, 2):
        if draw.random() < 0.15:
            km = draw.choice((None, round(draw.random() * 30, 2)))
            minutes = draw.choice((None, 20.0, 80.0))
            yield Travel(from_school_id=a.school_id, to_school_id=b.school_id, km=km, minutes=minutes)


def _locks(draw: random.Random, schools: Sequence[School], teachers: Sequence[Teacher]) -> Iterator[Lock]:
    for teacher in teachers[:4]:
        if draw.random() > 0.06:
            continue
        action = draw.choice(tuple(LockAction))
        others = [s for s in schools if s.school_id != teacher.school_id and teacher.stage in s.stages]
        needs_school = action in (LockAction.TO, LockAction.NOT_TO)
        if needs_school and not others:
            continue
        school = draw.choice(others).school_id if needs_school else None
        yield Lock(teacher_id=teacher.teacher_id, action=action, school_id=school)


def _memberships(draw: random.Random, schools: Sequence[School]) -> Iterator[Membership]:
    for i, school in enumerate(schools):
        alliance = draw.choice(("A", "A", "B"))
        role = "lead" if i == 0 else "member"
        yield Membership.model_validate(
            {"alliance_id": alliance, "form": "group", "school_id": school.school_id, "role": role}
        )


def small_policy(seed: int) -> Policy:
    """Rules and numbers drawn at random around the defaults; every switch both ways now and then."""
    draw = random.Random(f"policy {seed}")
    modes = {f"R{n}": Mode.OFF for n in range(2, 15) if draw.random() < 0.12}
    if draw.random() < 0.4:
        modes["R9"] = Mode.HARD
    minimum = draw.choice((0.0, 0.1, 0.1, 0.3))
    rotation = RotationPolicy(
        min_share=minimum,
        max_share=min(1.0, minimum + draw.choice((0.2, 0.4))),
        min_backbone_share=draw.choice((0.0, 0.2, 0.2, 0.5)),
        backbone_base=draw.choice(("moved", "eligible_backbone")),
        max_km=draw.choice((12.0, 20.0, 40.0)),
        max_minutes=draw.choice((None, 60.0)),
        max_outflow_share=draw.choice((0.2, 0.5, 0.5)),
        max_partner_km=draw.choice((5.0, 20.0)),
        min_down_share=draw.choice((0.5, 1.0)),
        scope=draw.choice(("county", "county", "learning_district", "alliance")),
        second_subject=draw.random() < 0.4,
    )
    # Without R2 more people may move than can be tried in a test.
    modes.pop("R2", None)
    return Policy(id=f"small-{seed}", rotation=rotation, rules=RulesPolicy(**modes))
