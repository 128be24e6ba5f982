"""A district as arrays: what the rotation model is built from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.domain.choices import Backbone, Degree, Role, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move
from allocator.domain.policy import Policy
from allocator.rotation.demands import Demand, membership
from allocator.rotation.eligibility import eligible_ids
from allocator.rotation.places import Places, places
from allocator.solving.model import Bools, Floats, Ints

SUBJECTS = tuple(Subject)
SUBJECT_NUMBER = {s: i for i, s in enumerate(SUBJECTS)}
STAGES = tuple(Stage)
ARTS = (Subject.PE, Subject.MUSIC, Subject.ART)
COUNTY_BACKBONE = (Backbone.COUNTY, Backbone.CITY, Backbone.PROVINCE)
DEGREES = tuple(Degree)
SCHOOL, STAGE, SUBJECT = 0, 1, 2


@dataclass(frozen=True)
class Facts:
    """Everything the model needs, as arrays over sections and teachers.

    Sections are numbered as `district.sections`; subjects as the enumeration.

    Attributes
    ----------
    section_school, section_stage
        Shape (sections,): school number, stage number.
    pupils
        Shape (sections,): pupils; 0 where unknown (left out of the CVs either way).
    posts, heads
        Shape (sections, subjects): posts, and teachers now.
    section, subject, second
        Shape (teachers,): section, subject, second subject (-1 for none) of each teacher.
    degree, backbone
        Shape (teachers,): counts in I1, in I2.
    eligible, volunteer, principal
        Shape (teachers,).
    approved
        Moves of the approved plan that this one is replanned from; None for a plan of its own.
    demands
        Least numbers of certain teachers who must move; none in an ordinary plan.
    """

    district: District
    policy: Policy
    as_of: Month
    places: Places
    section_school: Ints
    section_stage: Ints
    pupils: Ints
    posts: Ints
    heads: Ints
    section: Ints
    subject: Ints
    second: Ints
    degree: Bools
    backbone: Bools
    eligible: Bools
    volunteer: Bools
    principal: Bools
    approved: tuple[Move, ...] | None = None
    demands: tuple[Demand, ...] = ()

    @cached_property
    def section_number(self) -> dict[tuple[str, Stage], int]:
        """Section number by school code and stage."""
        return {key: i for i, key in enumerate(self.district.sections)}

    @cached_property
    def teacher_number(self) -> dict[str, int]:
        """Teacher number by code."""
        return {t.teacher_id: i for i, t in enumerate(self.district.teachers)}

    @cached_property
    def school_number(self) -> dict[str, int]:
        """School number by code."""
        return {s.school_id: i for i, s in enumerate(self.district.schools)}

    @cached_property
    def demand_group(self) -> Ints:
        """Shape (teachers,): equal for teachers of whom the same demands speak."""
        return membership([t.teacher_id for t in self.district.teachers], self.demands)

    @property
    def sections(self) -> int:
        """Number of sections."""
        return len(self.section_school)

    @cached_property
    def quality(self) -> Floats:
        """Quality of each school, NaN where unknown."""
        return np.array(
            [np.nan if s.quality is None else s.quality for s in self.district.schools], dtype=float
        )

    @cached_property
    def arts_subject(self) -> Bools:
        """Shape (subjects,): counts in I3."""
        return np.array([s in ARTS for s in SUBJECTS])


def facts(district: District, policy: Policy, as_of: Month, approved: Sequence[Move] | None = None) -> Facts:
    """Turn a district whose `posts` are filled, and the approved plan if there is one, into arrays.

    Raises
    ------
    KeyError
        If the district was not validated: a reference points nowhere.
    """
    school_number = {s.school_id: i for i, s in enumerate(district.schools)}
    sections = {key: i for i, key in enumerate(district.sections)}
    teachers = district.teachers
    section = np.array([sections[t.school_id, t.stage] for t in teachers], dtype=np.int64)
    subject = np.array([SUBJECT_NUMBER[t.subject] for t in teachers], dtype=np.int64)
    heads = np.zeros((len(sections), len(SUBJECTS)), dtype=np.int64)
    np.add.at(heads, (section, subject), 1)
    posts = np.zeros_like(heads)
    for p in district.posts:
        posts[sections[p.school_id, p.stage], SUBJECT_NUMBER[p.subject]] += p.posts
    may_move = eligible_ids(district, policy, as_of)
    stage_of = {stage: k for k, stage in enumerate(STAGES)}
    return Facts(
        district=district,
        policy=policy,
        as_of=as_of,
        places=places(district, policy),
        section_school=np.array([school_number[s] for s, _ in sections], dtype=np.int64),
        section_stage=np.array([stage_of[stage] for _, stage in sections], dtype=np.int64),
        pupils=np.array([district.school_by_id[s].pupils(stage) or 0 for s, stage in sections], dtype=np.int64),
        posts=posts,
        heads=heads,
        section=section,
        subject=subject,
        second=_second_subjects(district, policy),
        degree=_degrees(district, policy),
        backbone=np.array([t.backbone in COUNTY_BACKBONE for t in teachers], dtype=bool),
        eligible=np.array([t.teacher_id in may_move for t in teachers], dtype=bool),
        volunteer=np.array([t.volunteer for t in teachers], dtype=bool),
        principal=np.array([t.role is Role.PRINCIPAL for t in teachers], dtype=bool),
        approved=None if approved is None else tuple(approved),
    )


def _degrees(district: District, policy: Policy) -> Bools:
    """Whether each teacher's degree is above the required one of the stage (I1); unknown is not."""
    order = {d: i for i, d in enumerate(DEGREES)}
    by_code = {d.value: i for d, i in order.items()}
    lowest = {
        Stage.PRIMARY: by_code[policy.indicators.degree_primary],
        Stage.JUNIOR: by_code[policy.indicators.degree_junior],
    }
    return np.array(
        [t.degree is not None and order[t.degree] >= lowest[t.stage] for t in district.teachers], dtype=bool
    )


def _second_subjects(district: District, policy: Policy) -> Ints:
    """Second subjects that the profile lets a teacher move to; -1 elsewhere."""
    usable = policy.rotation.second_subject
    return np.array(
        [
            SUBJECT_NUMBER[t.second_subject]
            if usable and t.second_subject is not None and t.second_subject is not t.subject
            else -1
            for t in district.teachers
        ],
        dtype=np.int64,
    )
