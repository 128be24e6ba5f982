"""Teachers who are alike, and the rule by which one of them is taken."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from allocator.domain.explanation import ReadOff
from allocator.rotation.candidates import Classes
from allocator.rotation.facts import Facts
from allocator.rotation.plan import NEVER


def by_service(facts: Facts, groups: Classes, cls: int) -> list[int]:
    """Members of a class, the longest serving first (unknown last, then by code)."""
    teachers = facts.district.teachers
    members = [int(i) for i in np.flatnonzero(groups.of_teacher == cls)]
    return sorted(members, key=lambda i: (teachers[i].since or NEVER, teachers[i].teacher_id))


def read_off(facts: Facts, groups: Classes, teacher: int, moved: Collection[str]) -> ReadOff:
    """Say who is alike to a teacher, who of them moves, and whether those are the longest serving."""
    person = facts.district.teachers[teacher].teacher_id
    cls = int(groups.of_teacher[teacher])
    if cls < 0:
        here = (person,) if person in moved else ()
        return ReadOff((person,), here, by_service=True)
    alike = tuple(facts.district.teachers[i].teacher_id for i in by_service(facts, groups, cls))
    going = tuple(t for t in alike if t in moved)
    return ReadOff(alike, going, by_service=going == alike[: len(going)])
