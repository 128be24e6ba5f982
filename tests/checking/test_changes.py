"""The level `changes` and the causes by hand, on the case of `conftest`: A1 to B, B4 to C, C3 to B."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from allocator.checking import check_rotation, explain_changes
from allocator.domain.change import Change
from allocator.domain.choices import LockAction, Stage, Subject
from allocator.domain.plan import Move
from allocator.domain.records import Lock
from tests.checking.conftest import AS_OF, Case


def changes(case: Case, approved: Sequence[Move]) -> float:
    """The level, from the two plans."""
    return check_rotation(case.district, case.policy, case.moves, AS_OF, approved).levels["changes"]


def explained(case: Case, approved: Sequence[Move]) -> dict[str, Change]:
    """Changes by teacher; each has a sentence in both languages."""
    found = explain_changes(case.district, case.policy, approved, case.moves, AS_OF)
    assert all(change.text("zh") and change.text("en") for change in found)
    return {change.teacher_id: change for change in found}


def test_no_level_without_an_approved_plan(case: Case) -> None:
    """The level exists only when replanning."""
    assert "changes" not in case.check().levels


def test_kinds(case: Case) -> None:
    """A1 other school, B4 stays, C1 moves, A4 to another subject's post: 4; C3 as approved does not count."""
    varied = case.teacher("A4", second_subject=Subject.CHINESE).but("rotation", second_subject=True)
    approved = (*case.moves, case.move("A4", "B"))
    chinese = case.move("A4", "B", subject=Subject.CHINESE)
    now = varied.plan(case.move("A1", "C"), case.moves[2], case.move("C1", "A"), chinese)
    assert changes(now, approved) == 4
    kinds = {t: change.kind for t, change in explained(now, approved).items()}
    assert kinds == {"A1": "other_school", "B4": "stays", "C1": "moves", "A4": "other_subject"}


def test_who_is_there_already_and_who_is_gone(case: Case) -> None:
    """A move that was carried out is kept by staying; a teacher who left is told apart and not counted."""
    gone = Move("X9", Stage.PRIMARY, Subject.MATH, "A", "B")
    there = case.teacher("A1", school_id="B").plan(*case.moves[1:])
    assert changes(there, (*case.moves, gone)) == 0
    found = explained(there, (*case.moves, gone))
    assert set(found) == {"X9"}
    assert (found["X9"].kind, found["X9"].cause, found["X9"].counted) == ("gone", "left", False)


@pytest.mark.parametrize(
    ("cause", "values"),
    [("not_eligible", {"exempt": True}), ("record", {"subject": Subject.CHINESE})],
)
def test_facts_about_the_teacher(case: Case, cause: str, values: dict[str, object]) -> None:
    """A1 stays instead of moving to B: the reason lies in A1's row."""
    now = case.teacher("A1", **values).plan(*case.moves[1:])
    assert explained(now, case.moves)["A1"].cause == cause


def test_facts_about_places(case: Case) -> None:
    """The school closed, lost its posts, or moved out of reach; posts are full; a lock; a place taken over."""
    still = case.plan(*case.moves[1:])
    closed = (case.move("A1", "CLOSED"), *case.moves[1:])
    assert explained(still, closed)["A1"].cause == "school_gone"
    assert explained(still, (case.move("A1", "D"), *case.moves[1:]))["A1"].cause == "section_gone"
    assert explained(still.but("rotation", max_km=1.0), case.moves)["A1"].cause == "reach"
    # B has 3 mathematics teachers and 1 post: at most 3 + 0 after the plan.
    fewer = still.post("B", Stage.PRIMARY, Subject.MATH, 1).but("rotation", staffing_tolerance=0)
    assert explained(fewer, case.moves)["A1"].cause == "full"
    locked = still.add(locks=[Lock(teacher_id="A1", action=LockAction.STAY)])
    assert explained(locked, case.moves)["A1"].cause == "lock"
    taken = case.plan(case.move("A3", "B"), *case.moves[1:])
    found = explained(taken, case.moves)
    assert (found["A3"].cause, found["A3"].params["other"]) == ("replaces", "A1")
    assert found["A1"].cause == "consequence"
