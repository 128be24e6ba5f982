"""Decisions of the office before the plan: who stays, who is kept from a school, who is sent to one."""

from __future__ import annotations

import numpy as np

from allocator.domain.choices import LockAction, Role
from allocator.domain.records import Lock
from allocator.generation.geography import Ints
from allocator.generation.schools import SchoolArrays
from allocator.generation.staff import ROLES, STAGES, StaffArrays

SENT_KM = 10.0
TEACHERS_A_STAY = 500
TEACHERS_A_SENT = 1500


def locks(
    schools: SchoolArrays,
    staff: StaffArrays,
    groups: list[Ints],
    school_ids: list[str],
    teacher_ids: list[str],
    rng: np.random.Generator,
) -> tuple[Lock, ...]:
    """Make a few locks: some teachers stay, some are kept from one school, a few are sent to a vacancy."""
    plain = np.flatnonzero(~staff.exempt & ~staff.volunteer & (staff.role <= ROLES.index(Role.HEAD_TEACHER)))
    drawn = rng.permutation(plain)
    few = len(staff) // TEACHERS_A_STAY
    rows = [Lock(teacher_id=teacher_ids[i], action=LockAction.STAY) for i in drawn[:few].tolist()]
    for i in drawn[few : 2 * few].tolist():
        other = (int(staff.school[i]) + int(rng.integers(1, max(len(schools), 2)))) % len(schools)
        if other != staff.school[i]:
            rows.append(Lock(teacher_id=teacher_ids[i], action=LockAction.NOT_TO, school_id=school_ids[other]))
    rows += [
        Lock(teacher_id=teacher_ids[i], action=LockAction.TO, school_id=school_ids[to])
        for i, to in _sent(schools, staff, groups, drawn[2 * few :])
    ]
    return tuple(rows)


def _sent(schools: SchoolArrays, staff: StaffArrays, groups: list[Ints], drawn: Ints) -> list[tuple[int, int]]:
    """Teachers over the posts, each with a vacancy of the subject near by; no school twice.

    Those inside one group and one learning district come first, so that the locks hold under every scope.
    """
    gap = shortage(schools, staff)
    over = gap[staff.school[drawn], staff.stage[drawn], staff.subject[drawn]] < 0
    group = np.full(len(schools), -1)
    for number, members in enumerate(groups):
        group[members] = number
    learning = schools.places.learning[schools.place]
    found: list[tuple[int, int, int]] = []
    for i in drawn[over & (staff.backbone[drawn] == 0)].tolist():
        home = int(staff.school[i])
        km = np.sqrt(((schools.xy - schools.xy[home]) ** 2).sum(axis=1))
        vacant = np.flatnonzero((gap[:, staff.stage[i], staff.subject[i]] > 0) & (km <= SENT_KM))
        outside = (learning[vacant] != learning[home]) + ((group[vacant] != group[home]) | (group[home] < 0))
        if len(vacant):
            best = int(outside.argmin())
            found.append((int(outside[best]), i, int(vacant[best])))
    return _each_school_once(sorted(found, key=lambda row: row[0]), staff, len(staff) // TEACHERS_A_SENT)


def _each_school_once(
    found: list[tuple[int, int, int]], staff: StaffArrays, count: int
) -> list[tuple[int, int]]:
    """The first `count` of the pairs in which no school stands twice."""
    used: set[int] = set()
    out: list[tuple[int, int]] = []
    for _, i, to in found:
        home = int(staff.school[i])
        if len(out) < count and not {home, to} & used:
            out.append((i, to))
            used |= {home, to}
    return out


def shortage(schools: SchoolArrays, staff: StaffArrays) -> Ints:
    """Posts less teachers, shape (schools, 2 stages, subjects); negative where there is a surplus."""
    posts = np.stack([schools.posts[stage] for stage in STAGES], axis=1)
    heads = np.zeros_like(posts)
    np.add.at(heads, (staff.school, staff.stage, staff.subject), 1)
    return posts - heads
