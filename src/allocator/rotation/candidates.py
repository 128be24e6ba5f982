"""Who can go where: classes of teachers who are alike, and their possible destinations.

Teachers of one section who share subject, second subject, quality flags, volunteering and list of wishes, and
have no lock, partner or principal's post of their own, are interchangeable in every rule and every level; when
replanning, only those with the same approved decision; with points (R15) only those without a wish. They form
one class whose moves are one integer flow; that makes the relaxation tighter and far smaller.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from allocator.domain.choices import LockAction
from allocator.rotation.approved import approved_goals
from allocator.rotation.facts import SUBJECTS, Facts
from allocator.rotation.wishes import status_quo_mask
from allocator.solving.model import Bools, Floats, Ints


@dataclass(frozen=True)
class Classes:
    """Classes of teachers who are alike.

    Attributes
    ----------
    section, subject, second
        Shape (classes,).
    degree, backbone, volunteer, principal
        Shape (classes,): flags that all members share.
    size
        Shape (classes,): members.
    of_teacher
        Shape (teachers,): class of each teacher, -1 for those who cannot move.
    """

    section: Ints
    subject: Ints
    second: Ints
    degree: Bools
    backbone: Bools
    volunteer: Bools
    principal: Bools
    size: Ints
    of_teacher: Ints


@dataclass(frozen=True)
class Candidates:
    """Move columns: class `cls` to section `to`, to teach `subject`.

    Attributes
    ----------
    cls, origin, to, subject
        Shape (columns,): class, present section, new section, subject taught there.
    km
        Shape (columns,): kilometres, 0 where unknown.
    burden
        Shape (columns,): kilometres, wishes and unwished moves as the burden level counts them.
    """

    cls: Ints
    origin: Ints
    to: Ints
    subject: Ints
    km: Floats
    burden: Floats

    def __len__(self) -> int:
        return len(self.cls)


def movable(facts: Facts) -> Bools:
    """Teachers who may move under R2 and the locks `stay`, shape (teachers,)."""
    policy = facts.policy
    may = facts.eligible.copy() if policy.active("R2") else np.ones(len(facts.section), dtype=bool)
    if policy.active("R11"):
        for lock in facts.district.locks:
            if lock.action is LockAction.STAY:
                may[facts.teacher_number[lock.teacher_id]] = False
    return may


def partners(facts: Facts) -> list[tuple[int, int]]:
    """Pairs of teachers who name each other (or one the other) and teach at the same school now."""
    number = facts.teacher_number
    pairs = set()
    for i, teacher in enumerate(facts.district.teachers):
        j = number.get(teacher.partner_id) if teacher.partner_id else None
        if j is not None and j != i and facts.district.teachers[j].school_id == teacher.school_id:
            pairs.add((min(i, j), max(i, j)))
    return sorted(pairs)


def _alone(facts: Facts) -> Bools:
    """Teachers with a lock, partner or principal's post of their own, with points a wish; shape (teachers,)."""
    number = facts.teacher_number
    alone = facts.principal.copy()
    alone[[number[lock.teacher_id] for lock in facts.district.locks]] = True
    alone[[i for pair in partners(facts) for i in pair]] = True
    if facts.policy.active("R15"):
        alone |= wish_list(facts) > 0
    return alone


def wish_list(facts: Facts) -> Ints:
    """Number of each teacher's list of wishes, the same for the same list, 0 without one; shape (teachers,)."""
    lists: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for wish in facts.district.wishes:
        lists[facts.teacher_number[wish.teacher_id]].append((wish.rank, wish.school_id))
    numbers: dict[tuple[tuple[int, str], ...], int] = {}
    found = np.zeros(len(facts.section), dtype=np.int64)
    for teacher in sorted(lists):
        found[teacher] = numbers.setdefault(tuple(sorted(lists[teacher])), len(numbers) + 1)
    return found


def classes(facts: Facts, *, aggregate: bool = True) -> Classes:
    """Group the movable teachers into classes of alike ones; without `aggregate`, one class a teacher."""
    who = np.flatnonzero(movable(facts))
    own = np.where(_alone(facts)[who] | (not aggregate), who + 1, 0)
    # Where R2 gives way at a price, the eligible and the others are not alike.
    due = facts.eligible[who] & facts.policy.gives_way("R2")
    keys = np.column_stack(
        (
            facts.section[who],
            facts.subject[who],
            facts.second[who],
            facts.degree[who],
            facts.backbone[who],
            facts.volunteer[who],
            facts.principal[who],
            approved_goals(facts)[who],
            own,
            due,
            facts.demand_group[who],
            wish_list(facts)[who],
        )
    )
    unique, inverse, size = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    of_teacher = np.full(len(facts.section), -1, dtype=np.int64)
    of_teacher[who] = inverse.reshape(-1)
    flags = unique[:, 3:7].astype(bool)
    return Classes(
        unique[:, 0],
        unique[:, 1],
        unique[:, 2],
        flags[:, 0],
        flags[:, 1],
        flags[:, 2],
        flags[:, 3],
        size,
        of_teacher,
    )


def candidates(facts: Facts, groups: Classes) -> Candidates:
    """List all moves that R3, R8, R11 (`to`, `not_to`), R12 (fixed partners), R13 and R16 allow."""
    cls, to, subject = _pairs(facts, groups)
    keep = _lock_mask(facts, groups, cls, to) & _fixed_partner_mask(facts, groups, cls, to)
    keep &= status_quo_mask(facts, groups.of_teacher, cls, to)
    cls, to, subject = cls[keep], to[keep], subject[keep]
    origin = groups.section[cls]
    km = facts.places.km[facts.section_school[origin], facts.section_school[to]]
    km = np.where(np.isnan(km), 0.0, km)
    burden = km + np.where(groups.volunteer[cls], 0.0, facts.policy.objective.unwished_km)
    _count_wishes(facts, groups, cls, to, burden)
    return Candidates(cls, origin, to, subject, km, burden)


def _pairs(facts: Facts, groups: Classes) -> tuple[Ints, Ints, Ints]:
    """All (class, section, subject) of the same stage, with posts, in reach, at another school."""
    needs_posts = facts.policy.active("R3")
    school = facts.section_school
    stage = facts.section_stage
    out: list[tuple[Ints, Ints, Ints]] = []
    for s in np.unique(stage):
        for j in range(len(SUBJECTS)):
            here = stage[groups.section] == s
            who = np.flatnonzero(here & ((groups.subject == j) | (groups.second == j)))
            where = np.flatnonzero((stage == s) & ((facts.posts[:, j] > 0) | (not needs_posts)))
            if not (len(who) and len(where)):
                continue
            home = school[groups.section[who]]
            mask = facts.places.allowed[np.ix_(home, school[where])] & (home[:, None] != school[where][None, :])
            a, b = np.nonzero(mask)
            out.append((who[a], where[b], np.full(len(a), j, dtype=np.int64)))
    if not out:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    cls, to, subject = (np.concatenate(part) for part in zip(*out, strict=True))
    order = np.lexsort((subject, to, cls))
    return cls[order], to[order], subject[order]


def columns_of(cls: Ints, group: int) -> Ints:
    """Columns of one class; `cls`, the class of each column, is sorted."""
    return np.arange(np.searchsorted(cls, group, "left"), np.searchsorted(cls, group, "right"))


def _lock_mask(facts: Facts, groups: Classes, cls: Ints, to: Ints) -> Bools:
    """R11: columns that the locks `to` and `not_to` leave."""
    keep = np.ones(len(cls), dtype=bool)
    if not facts.policy.active("R11"):
        return keep
    for lock in facts.district.locks:
        group = groups.of_teacher[facts.teacher_number[lock.teacher_id]]
        # A school beside `stay` or `move` says nothing.
        if group < 0 or lock.school_id is None or lock.action not in (LockAction.TO, LockAction.NOT_TO):
            continue
        mine = columns_of(cls, int(group))
        there = facts.section_school[to[mine]] == facts.school_number[lock.school_id]
        keep[mine] &= ~there if lock.action is LockAction.NOT_TO else there
    return keep


def apart_km(facts: Facts) -> Floats:
    """Larger of the two directed distances of each pair of schools; infinite where one is unknown."""
    km = facts.places.km
    larger: Floats = np.maximum(km, km.T)
    return np.where(np.isnan(larger), np.inf, larger)


def _fixed_partner_mask(facts: Facts, groups: Classes, cls: Ints, to: Ints) -> Bools:
    """R12 where one partner cannot move: the other stays near."""
    keep = np.ones(len(cls), dtype=bool)
    if not facts.policy.active("R12"):
        return keep
    far = apart_km(facts) > facts.policy.rotation.max_partner_km
    for pair in partners(facts):
        for one, other in (pair, pair[::-1]):
            if groups.of_teacher[one] >= 0 and groups.of_teacher[other] < 0:
                mine = columns_of(cls, int(groups.of_teacher[one]))
                home = facts.section_school[facts.section[other]]
                keep[mine] &= ~far[home, facts.section_school[to[mine]]]
    return keep


def _count_wishes(facts: Facts, groups: Classes, cls: Ints, to: Ints, burden: Floats) -> None:
    """Give wished columns their credit, and take back the price of an unwished move."""
    credit = facts.policy.objective.wish_km
    key = cls * facts.sections + to
    # One member speaks for a class: all have the same wishes.
    speaker = dict(zip(groups.of_teacher.tolist(), range(len(groups.of_teacher)), strict=True))
    for wish in facts.district.wishes:
        i = facts.teacher_number[wish.teacher_id]
        teacher = facts.district.teachers[i]
        section = facts.section_number.get((wish.school_id, teacher.stage))
        if groups.of_teacher[i] < 0 or section is None or speaker[int(groups.of_teacher[i])] != i:
            continue
        wanted = groups.of_teacher[i] * facts.sections + section
        span = slice(np.searchsorted(key, wanted, "left"), np.searchsorted(key, wanted, "right"))
        burden[span] -= credit[wish.rank - 1] if wish.rank <= len(credit) else 0.0
        if not teacher.volunteer:
            burden[span] -= facts.policy.objective.unwished_km
