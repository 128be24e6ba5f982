"""What an approved plan says of each teacher, as one number that teachers who are alike must share."""

from __future__ import annotations

import numpy as np

from allocator.domain.plan import Move
from allocator.rotation.facts import SUBJECT_NUMBER, SUBJECTS, Facts
from allocator.solving.model import Ints

STAYS, LOST = 0, -1


def approved_goals(facts: Facts) -> Ints:
    """Approved decision of each teacher.

    Returns
    -------
    Ints
        Shape (teachers,): `STAYS` (also where the teacher already is at the approved school, or nothing is
        approved), `LOST` for a section that does not exist any more, else `goal(section, subject)`.
    """
    goals = np.full(len(facts.section), STAYS, dtype=np.int64)
    for move in facts.approved or ():
        i = facts.teacher_number.get(move.teacher_id)
        if i is not None and facts.district.teachers[i].school_id != move.to_school_id:
            goals[i] = _goal_of(facts, i, move)
    return goals


def goal(section: Ints, subject: Ints) -> Ints:
    """Number of the decision to move to a section and teach a subject there; shapes alike, all positive."""
    return 1 + section * len(SUBJECTS) + subject


def _goal_of(facts: Facts, teacher: int, move: Move) -> int:
    stage = facts.district.teachers[teacher].stage
    section = facts.section_number.get((move.to_school_id, stage))
    if section is None:
        return LOST
    return int(goal(np.array(section), np.array(SUBJECT_NUMBER[move.subject])))
