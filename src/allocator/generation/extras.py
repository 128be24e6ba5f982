"""What surrounds schools and teachers: wishes, couples, second subjects, travel times."""

from __future__ import annotations

import numpy as np

from allocator.domain.records import Travel, Wish
from allocator.generation.geography import Ints
from allocator.generation.options import Options
from allocator.generation.schools import SchoolArrays
from allocator.generation.staff import STAGES, StaffArrays

WISH_KM = 20.0
COUPLE_SHARE = 0.02
SECOND_SHARE = 0.08
ROAD_FACTOR = 1.3
"""Road kilometres for one straight kilometre, a usual figure for towns and plains (unverified)."""
TRAVEL_KM = 30.0


def wishes(
    schools: SchoolArrays,
    staff: StaffArrays,
    school_ids: list[str],
    teacher_ids: list[str],
    options: Options,
    rng: np.random.Generator,
) -> tuple[Wish, ...]:
    """Up to three ranked wishes of volunteers and some others: near and strong schools of the same stage."""
    asked = staff.volunteer | (~staff.exempt & (rng.random(len(staff)) < options.wish_share))
    appeal = schools.strength + 0.5 * (schools.setting == 0)
    rows = []
    for i in np.flatnonzero(asked).tolist():
        home = int(staff.school[i])
        stage = STAGES[staff.stage[i]]
        km = np.sqrt(((schools.xy - schools.xy[home]) ** 2).sum(axis=1))
        posts = schools.posts[stage][:, staff.subject[i]]
        open_to = np.flatnonzero((km <= WISH_KM) & (posts > 0) & (np.arange(len(schools)) != home))
        score = appeal[open_to] - km[open_to] / 10 + rng.gumbel(0, 1, len(open_to))
        best = open_to[np.argsort(-score, kind="stable")][: rng.integers(1, 4)]
        rows += [
            Wish(teacher_id=teacher_ids[i], rank=rank, school_id=school_ids[to])
            for rank, to in enumerate(best.tolist(), start=1)
        ]
    return tuple(rows)


def partners(staff: StaffArrays, rng: np.random.Generator) -> Ints:
    """Row of each teacher's partner or -1; half of the couples teach at the same school."""
    out = np.full(len(staff), -1, dtype=np.int64)
    men, women = (rng.permutation(np.flatnonzero(staff.gender == code)).tolist() for code in (0, 1))
    at_school: dict[int, list[int]] = {}
    for j in women:
        at_school.setdefault(int(staff.school[j]), []).append(j)
    for number, i in enumerate(men[: round(COUPLE_SHARE * len(staff) / 2)]):
        pool = at_school.get(int(staff.school[i]), []) if number % 2 == 0 else women
        near_age = [j for j in pool[:40] if out[j] < 0 and abs(int(staff.age[j] - staff.age[i])) < 96]
        if near_age:
            out[i], out[near_age[0]] = near_age[0], i
    return out


def second_subjects(schools: SchoolArrays, staff: StaffArrays, rng: np.random.Generator) -> Ints:
    """Column of each teacher's second subject or -1; it is one that the stage teaches."""
    out = np.full(len(staff), -1, dtype=np.int64)
    for code, stage in enumerate(STAGES):
        taught = np.flatnonzero(schools.posts[stage].any(axis=0))
        chosen = np.flatnonzero((staff.stage == code) & (rng.random(len(staff)) < SECOND_SHARE))
        if len(taught):
            drawn = rng.choice(taught, len(chosen))
            out[chosen] = np.where(drawn == staff.subject[chosen], -1, drawn)
    return out


def travel(schools: SchoolArrays, ids: list[str], rng: np.random.Generator) -> tuple[Travel, ...]:
    """Road kilometres and minutes of all pairs within 30 km as the crow flies, one direction a row."""
    rows = []
    for a in range(len(schools)):
        straight = np.sqrt(((schools.xy[a + 1 :] - schools.xy[a]) ** 2).sum(axis=1))
        near = np.flatnonzero(straight <= TRAVEL_KM)
        km = straight[near] * ROAD_FACTOR * rng.uniform(0.9, 1.15, len(near)) + 0.2
        minutes = 4 + km / rng.uniform(0.55, 0.8, len(near))
        rows += [
            Travel(from_school_id=ids[a], to_school_id=ids[a + 1 + b], km=round(d, 1), minutes=round(t))
            for b, d, t in zip(near.tolist(), km.tolist(), minutes.tolist(), strict=True)
        ]
    return tuple(rows)
