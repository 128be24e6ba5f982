"""Whether each move is of the right form (rule R1); a move that is not cannot be carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from allocator.domain.choices import Stage, Subject
from allocator.domain.district import District
from allocator.domain.plan import Move, Violation
from allocator.domain.policy import Policy
from allocator.domain.records import Teacher


def canonical(moves: Sequence[Move]) -> tuple[Move, ...]:
    """Put moves into an order of their own, so that a verdict does not depend on the order of the rows."""
    return tuple(
        sorted(
            moves,
            key=lambda m: tuple(map(str, (m.teacher_id, m.to_school_id, m.from_school_id, m.stage, m.subject))),
        )
    )


def faults_of_form(district: District, policy: Policy, moves: Sequence[Move]) -> tuple[Violation, ...]:
    """All faults of form: one violation a fault of a move, one a teacher who is moved more than once."""
    return tuple(
        fault for move in moves for fault in _move_faults(move, district, policy.rotation.second_subject)
    ) + tuple(_repeated(district, moves))


def carried_out(district: District, moves: Sequence[Move], faults: Sequence[Violation]) -> Mapping[str, Move]:
    """Find the moves that can be carried out, by teacher: known teachers, no fault of form."""
    faulty = {fault.subject for fault in faults}
    return {
        m.teacher_id: m for m in moves if m.teacher_id not in faulty and m.teacher_id in district.teacher_by_id
    }


def subjects_allowed(teacher: Teacher, second_subject: bool) -> tuple[Subject, ...]:
    """Subjects a teacher may teach after a move."""
    if second_subject and teacher.second_subject is not None:
        return teacher.subject, teacher.second_subject
    return (teacher.subject,)


def _move_faults(move: Move, district: District, second_subject: bool) -> Iterator[Violation]:
    teacher = district.teacher_by_id.get(move.teacher_id)
    if teacher is None:
        yield _fault(move, "R1_unknown_teacher")
        return
    if move.from_school_id != teacher.school_id:
        yield _fault(move, "R1_origin", given=move.from_school_id, present=teacher.school_id)
    if move.stage != teacher.stage:
        yield _fault(move, "R1_stage", **_given(move.stage), stage=teacher.stage)
    if move.subject not in subjects_allowed(teacher, second_subject):
        yield _fault(move, "R1_subject", **_given(move.subject), taught=teacher.subject)
    yield from _destination_faults(move, teacher, district)


def _destination_faults(move: Move, teacher: Teacher, district: District) -> Iterator[Violation]:
    school = district.school_by_id.get(move.to_school_id)
    if school is None:
        yield _fault(move, "R1_unknown_school", school=move.to_school_id)
    elif move.to_school_id == teacher.school_id:
        yield _fault(move, "R1_same_school", school=move.to_school_id)
    elif teacher.stage not in school.stages:
        yield _fault(move, "R1_no_section", school=move.to_school_id, stage=teacher.stage)


def _given(value: Stage | Subject) -> dict[str, str]:
    """What a plan says, in both languages; a plan from elsewhere may hold what is no choice of ours."""
    known = isinstance(value, Stage | Subject)
    return {"given_zh": value.label("zh") if known else str(value), "given_en": str(value)}


def _fault(move: Move, key: str, **params: object) -> Violation:
    return Violation("R1", str(move.teacher_id), 1, "moves", key, {"teacher": move.teacher_id, **params})


def _repeated(district: District, moves: Sequence[Move]) -> Iterator[Violation]:
    for teacher_id, count in Counter(m.teacher_id for m in moves).items():
        if count > 1 and teacher_id in district.teacher_by_id:
            params = {"teacher": teacher_id, "count": count}
            yield Violation("R1", teacher_id, count - 1, "moves", "R1_repeated", params)
