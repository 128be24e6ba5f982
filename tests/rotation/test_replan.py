"""Replanning and locks agree with trying every plan; without new facts nothing changes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from allocator.domain.choices import LockAction
from allocator.domain.district import District
from allocator.domain.plan import Move, Moves, Status
from allocator.domain.policy import Policy
from allocator.domain.records import Lock
from allocator.domain.run import Limits
from allocator.engine import rotate
from tests.rotation.enumeration import lexicographic
from tests.rotation.small import AS_OF, every_plan, small_district, small_policy

EXACT = Limits(gap=0.0)


def earlier_plan(district: District, seed: int) -> Moves:
    """Half of the first teachers, and one who is gone, sent anywhere: also where nobody could go today."""
    draw = random.Random(f"earlier {seed}")
    schools = [s.school_id for s in district.schools]
    rows = [
        Move(t.teacher_id, t.stage, t.subject, t.school_id, draw.choice([*schools, *schools, "CLOSED"]))
        for t in district.teachers[:8]
        if draw.random() < 0.5
    ]
    first = district.teachers[0]
    return Moves((*rows, Move("T99", first.stage, first.subject, first.school_id, schools[0])))


def one_lock(district: District, action: LockAction) -> District:
    """Give the first teacher for whom it makes sense a lock, beside those there are."""
    locked = {k.teacher_id for k in district.locks}
    for teacher in district.teachers[:6]:
        others = [
            s.school_id
            for s in district.schools
            if s.school_id != teacher.school_id and teacher.stage in s.stages
        ]
        if teacher.teacher_id not in locked and others:
            goal = others[0] if action in (LockAction.TO, LockAction.NOT_TO) else None
            lock = Lock(teacher_id=teacher.teacher_id, action=action, school_id=goal)
            return district.model_copy(update={"locks": (*district.locks, lock)})
    return district


def changed(district: District, approved: Sequence[Move], moves: Sequence[Move]) -> int:
    """Count by hand: teachers of the table whose school or subject after the plan is not the approved one."""

    def goals(plan: Sequence[Move]) -> dict[str, tuple[str, str]]:
        return {m.teacher_id: (m.to_school_id, m.subject) for m in plan}

    before, after = goals(approved), goals(moves)
    count = 0
    for teacher in district.teachers:
        wanted, got = before.get(teacher.teacher_id), after.get(teacher.teacher_id)
        if wanted is not None and wanted[0] == teacher.school_id:
            wanted = None
        count += wanted != got
    return count


def best_levels(district: District, policy: Policy, approved: Sequence[Move]) -> tuple[float, ...] | None:
    """Fewest changes, then the usual levels, by trying every plan; None if no plan obeys the rules."""
    plans = every_plan(district, policy)
    changes = np.zeros(len(plans))
    for row in np.flatnonzero(plans.legal):
        changes[row] = changed(district, approved, plans.moves(int(row)))
    return lexicographic({"changes": changes, **plans.levels}, plans.legal, policy.objective.slack)


@pytest.mark.parametrize("seed", range(48))
def test_fewest_changes_equal_brute_force(seed: int) -> None:
    """From a random earlier plan and with every kind of lock: a change miscounted by one fails here."""
    action = (*LockAction, None)[seed % 5]
    district, policy = small_district(seed), small_policy(seed)
    if action is not None:
        district = one_lock(district, action)
    approved = earlier_plan(district, seed)
    best = best_levels(district, policy, approved)
    decision = rotate(district, policy, as_of=AS_OF, limits=EXACT, approved=approved)
    if best is None:
        assert decision.status is Status.INFEASIBLE
        assert decision.replan is None
        return
    assert [level.name for level in decision.levels] == ["changes", *policy.objective.levels]
    assert [level.value for level in decision.levels] == pytest.approx(best, rel=1e-7, abs=1e-7)
    assert [level.bound for level in decision.levels] == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert decision.replan is not None
    assert decision.replan.count == decision.levels[0].final == changed(district, approved, decision.moves)
    assert decision.replan.changes[0].teacher_id == "T99"
    assert decision.replan.gone == 1


@pytest.mark.parametrize("seed", range(60, 90))
def test_without_new_facts_nothing_changes(seed: int) -> None:
    """Replanning from the plan itself gives the same plan, subjects, distances and reasons included."""
    district, policy = small_district(seed), small_policy(seed)
    first = rotate(district, policy, as_of=AS_OF, limits=EXACT)
    if first.check is None:
        return
    again = rotate(district, policy, as_of=AS_OF, limits=EXACT, approved=first.moves)
    assert again.moves == first.moves
    assert again.levels[0].value == again.levels[0].bound == 0
    assert again.levels[0].before == len(first.moves)
    assert again.replan is not None
    assert again.replan.changes == ()
