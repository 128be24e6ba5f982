"""The sections of a district as arrays: pupils, the amounts behind I1-I7, and values per pupil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from allocator.domain.choices import Backbone, Degree, Stage, Subject
from allocator.domain.district import District
from allocator.domain.measures import INDICATORS, MOVABLE
from allocator.domain.plan import Move
from allocator.domain.policy import Policy
from allocator.domain.records import School, Teacher
from allocator.indicators.inequality import Floats

ASSETS: tuple[str, ...] = ("teaching_area_m2", "sports_area_m2", "equipment_yuan", "multimedia_rooms")
"""Columns of the schools behind I4-I7."""
PER_HUNDRED = np.array([100.0 if i in ("I1", "I2", "I3", "I7") else 1.0 for i in INDICATORS])
"""Factor from amount per pupil to the unit of each indicator."""
SPORTS_AND_ARTS = frozenset({Subject.PE, Subject.MUSIC, Subject.ART})
KEY_TEACHERS = frozenset({Backbone.COUNTY, Backbone.CITY, Backbone.PROVINCE})


@dataclass(frozen=True, slots=True)
class Sections:
    """All n sections of a district in its order; unknown numbers are NaN.

    Attributes
    ----------
    keys
        School code and stage of each section.
    pupils
        Shape (n,): pupils.
    teachers
        Shape (n,): teachers of any role.
    amounts
        Shape (n, 7): teachers who count in I1-I3, m2, m2, yuan, rooms.
    """

    keys: tuple[tuple[str, Stage], ...]
    pupils: Floats
    teachers: NDArray[np.int64]
    amounts: Floats

    @property
    def values(self) -> Floats:
        """Shape (n, 7): the indicators in their units; NaN where an input is unknown or there is no pupil."""
        counted = np.where(self.pupils >= 1, self.pupils, np.nan)
        # Multiplied before divided: 21 teachers for 500 pupils are then exactly 4.2, not a little less.
        values: Floats = self.amounts * PER_HUNDRED / counted[:, None]
        return values


def collect(district: District, policy: Policy, moves: Sequence[Move] = ()) -> Sections:
    """Collect the sections of a district after some moves.

    A moved teacher counts at the new school by the subject taught there. Moves of unknown teachers and
    teachers at sections that do not exist are left out.
    """
    keys = district.sections
    counts = (school.pupils(stage) for school in district.schools for stage in school.stages)
    pupils = np.array([_number(count) for count in counts], dtype=float)
    teachers, heads = _count_teachers(district, keys, policy, {m.teacher_id: m for m in moves})
    shared = _split_assets(district, policy, pupils)
    return Sections(keys, pupils, teachers, np.hstack([heads, shared]))


def _number(value: float | Decimal | None) -> float:
    """Turn a cell into a float, NaN where it is blank."""
    return np.nan if value is None else float(value)


def _count_teachers(
    district: District, keys: Sequence[tuple[str, Stage]], policy: Policy, moves: Mapping[str, Move]
) -> tuple[NDArray[np.int64], Floats]:
    """Count teachers, and those in I1-I3 (NaN where there is no table of teachers at all)."""
    teachers = np.zeros(len(keys), dtype=np.int64)
    counts = np.zeros((len(keys), len(MOVABLE)))
    if not district.teachers:
        return teachers, np.full_like(counts, np.nan)
    index = {key: n for n, key in enumerate(keys)}
    rows, flags = [], []
    degrees = better_degrees(policy)
    for teacher in district.teachers:
        move = moves.get(teacher.teacher_id)
        school_id, taught = (
            (teacher.school_id, teacher.subject) if move is None else (move.to_school_id, move.subject)
        )
        row = index.get((school_id, teacher.stage))
        if row is not None:
            rows.append(row)
            flags.append(counts_in(teacher, taught, degrees))
    np.add.at(teachers, rows, 1)
    np.add.at(counts, rows, np.array(flags, dtype=float).reshape(-1, len(MOVABLE)))
    return teachers, counts


def better_degrees(policy: Policy) -> dict[Stage, tuple[Degree, ...]]:
    """Degrees above the required one, by stage."""
    order = tuple(Degree)
    primary = next(n for n, d in enumerate(order) if d == policy.indicators.degree_primary)
    junior = next(n for n, d in enumerate(order) if d == policy.indicators.degree_junior)
    return {Stage.PRIMARY: order[primary:], Stage.JUNIOR: order[junior:]}


def counts_in(
    teacher: Teacher, taught: Subject, degrees: Mapping[Stage, tuple[Degree, ...]]
) -> tuple[bool, bool, bool]:
    """Tell whether a teacher counts in I1, I2, I3; an unknown degree does not count."""
    return (
        teacher.degree in degrees[teacher.stage],
        teacher.backbone in KEY_TEACHERS,
        taught in SPORTS_AND_ARTS,
    )


def _split_assets(district: District, policy: Policy, pupils: Floats) -> Floats:
    """Shape (n, 4): assets of each section; a school of two sections is split by weighted pupils."""
    weight = {Stage.PRIMARY: 1.0, Stage.JUNIOR: policy.indicators.nine_year_junior_weight}
    places: list[int] = []
    shares: list[float] = []
    for place, school in enumerate(district.schools):
        own = pupils[len(shares) : len(shares) + len(school.stages)]
        shares += split_shares(school, own, weight)
        places += [place] * len(own)
    cells = [[_number(getattr(school, name)) for name in ASSETS] for school in district.schools]
    assets = np.array(cells, dtype=float).reshape(-1, len(ASSETS))
    found: Floats = assets[places] * np.array(shares, dtype=float)[:, None]
    return found


def split_shares(school: School, pupils: Floats, weight: Mapping[Stage, float]) -> list[float]:
    """Share of a school's assets that belongs to each of its sections.

    share_s = P_s w_s / sum_t P_t w_t, w = 1 for primary and 1.1 for junior pupils by default; a school of one
    section keeps all. NaN where pupils of a section are unknown or the school has none.
    """
    if len(school.stages) == 1:
        return [1.0]
    weighted = pupils * np.array([weight[stage] for stage in school.stages])
    total = weighted.sum()
    return [float(w / total) if total else float("nan") for w in weighted]
