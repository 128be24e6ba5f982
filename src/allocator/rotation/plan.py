"""From column values to people and back: who of a class goes where, and the facts of each move."""

from __future__ import annotations

import numpy as np

from allocator.domain.choices import LockAction
from allocator.domain.fields import Month
from allocator.domain.plan import Move, Moves
from allocator.rotation.counts import flags
from allocator.rotation.facts import SUBJECT_NUMBER, SUBJECTS, Facts
from allocator.rotation.problem import Problem
from allocator.solving.model import Bools, Floats, Ints

NEVER = Month.of(2200, 12)


def moves_of(problem: Problem, x: Floats) -> Moves:
    """Turn a solution into moves, ordered by teacher code.

    Of teachers who are alike, those longest at the school move first (unknown last, then by code), the longest
    serving to the nearest school.
    """
    facts, columns = problem.facts, problem.moves
    used = np.flatnonzero(np.round(x[: len(columns)]) > 0)
    count = np.round(x[used]).astype(int)
    members = _members(problem, columns.cls[used])
    rows: list[tuple[int, int]] = []
    order = np.lexsort((columns.to[used], columns.km[used], columns.cls[used]))
    for column, times in zip(used[order], count[order], strict=True):
        queue = members[int(columns.cls[column])]
        rows.extend((queue.pop(), int(column)) for _ in range(times))
    reasons = _reasons(problem, [c for _, c in rows])
    people = _Personal(facts)
    moves = [
        _move(problem, teacher, column, people.reasons(teacher, int(columns.to[column])) + why)
        for (teacher, column), why in zip(rows, reasons, strict=True)
    ]
    return Moves(tuple(sorted(moves, key=lambda m: m.teacher_id)))


def column_of(problem: Problem, teacher: int, move: Move) -> int | None:
    """Column of a move of a teacher (by number); None if the model has none."""
    moves = problem.moves
    found = np.flatnonzero(
        (moves.cls == problem.groups.of_teacher[teacher])
        & (moves.to == problem.facts.section_number.get((move.to_school_id, move.stage), -1))
        & (moves.subject == SUBJECT_NUMBER[move.subject])
    )
    return int(found[0]) if len(found) else None


def values_of(problem: Problem, plan: Moves) -> Floats | None:
    """Column values of a plan, shape (columns,); None if the model lacks one of its moves."""
    number = problem.facts.teacher_number
    columns = [column_of(problem, number[move.teacher_id], move) for move in plan]
    if None in columns:
        return None
    x = np.zeros(problem.model.columns)
    np.add.at(x, np.array(columns, dtype=np.int64), 1.0)
    return problem.polish(x)


def _members(problem: Problem, used: Ints) -> dict[int, list[int]]:
    """Members of the classes in use, the longest serving last (to be popped first)."""
    teachers = problem.facts.district.teachers
    members: dict[int, list[int]] = {int(c): [] for c in np.unique(used)}
    for i in np.flatnonzero(np.isin(problem.groups.of_teacher, list(members))):
        members[int(problem.groups.of_teacher[i])].append(int(i))
    for queue in members.values():
        queue.sort(key=lambda i: (teachers[i].since or NEVER, teachers[i].teacher_id), reverse=True)
    return members


def _move(problem: Problem, teacher: int, column: int, why: list[str]) -> Move:
    facts, columns = problem.facts, problem.moves
    origin, to = int(columns.origin[column]), int(columns.to[column])
    a, b = int(facts.section_school[origin]), int(facts.section_school[to])
    km, minutes = float(facts.places.km[a, b]), float(facts.places.minutes[a, b])
    person = facts.district.teachers[teacher]
    return Move(
        teacher_id=person.teacher_id,
        stage=person.stage,
        subject=SUBJECTS[int(columns.subject[column])],
        from_school_id=person.school_id,
        to_school_id=facts.district.schools[b].school_id,
        distance_km=None if np.isnan(km) else km,
        minutes=None if np.isnan(minutes) else minutes,
        reason=tuple(why) or ("quota",),
    )


class _Personal:
    """Reasons that lie in the person: a lock, a wish, volunteering."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        district = facts.district
        self.locked = {k.teacher_id for k in district.locks if k.action in (LockAction.MOVE, LockAction.TO)}
        self.rank = {(w.teacher_id, w.school_id): w.rank for w in district.wishes}

    def reasons(self, teacher: int, section: int) -> list[str]:
        """Codes for one teacher who goes to one section."""
        person = self.facts.district.teachers[teacher]
        school = self.facts.district.schools[int(self.facts.section_school[section])].school_id
        rank = self.rank.get((person.teacher_id, school))
        found = ["lock"] if person.teacher_id in self.locked else []
        if rank is not None:
            found.append(f"wish_{rank}" if rank <= 3 else "wish")
        return found + (["volunteer"] if person.volunteer else [])


def _reasons(problem: Problem, used: list[int]) -> list[list[str]]:
    """Facts of each used column: what the plan's start looked like at both ends."""
    facts, columns = problem.facts, problem.moves
    column = np.array(used, dtype=np.int64)
    origin, to = columns.origin[column], columns.to[column]
    missing = facts.posts - facts.heads
    codes: list[tuple[str, Bools]] = [
        ("fills_post", missing[to, columns.subject[column]] > 0),
        (
            "replaces",
            _leaving(problem, column)[to, columns.subject[column]]
            & (missing[to, columns.subject[column]] <= 0),
        ),
        ("leaves_surplus", missing[origin, problem.groups.subject[columns.cls[column]]] < 0),
    ]
    codes += _raised(problem, column, to)
    return [[code for code, holds in codes if holds[i]] for i in range(len(column))]


def _leaving(problem: Problem, column: Ints) -> Bools:
    """Where the plan takes a teacher away, shape (sections, subjects)."""
    left = np.zeros(problem.facts.heads.shape, dtype=bool)
    left[problem.moves.origin[column], problem.groups.subject[problem.moves.cls[column]]] = True
    return left


def _raised(problem: Problem, column: Ints, to: Ints) -> list[tuple[str, Bools]]:
    """Indicators in which the new section lay below its county's mean and gains by the move."""
    facts = problem.facts
    raised = {name: np.zeros(len(column), dtype=bool) for name in ("raises_I1", "raises_I2", "raises_I3")}
    for k, flag in enumerate(flags(facts, problem.groups, problem.moves)):
        pupils = facts.pupils[flag.counted].sum()
        if not pupils:
            continue
        below = flag.counted & (flag.now * pupils < flag.total * facts.pupils)
        name = ("raises_I1", "raises_I2", "raises_I3")[k % 3]
        raised[name] |= below[to] & flag.enters[column]
    return list(raised.items())
