"""Read an approved plan to replan from: the district may have changed since, so its codes may be gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from allocator.domain.choices import Stage, Subject
from allocator.domain.district import District
from allocator.domain.moverow import MoveRow
from allocator.domain.plan import Move, Moves
from allocator.errors import Fault, InputError
from allocator.io.faultlist import arrange
from allocator.io.plans import move_of, read_move_rows


def approved_plan(source: str | Path | Iterable[Move], district: District) -> Moves:
    """Read the approved plan.

    Teachers and schools that the district does not have any more are kept: they are facts of replanning. What
    is blank is taken from the district as it is now.

    Parameters
    ----------
    source
        A result folder, a `moves.csv`, a `result.json`, a workbook, or the moves themselves.
    district
        The district as it is now.

    Returns
    -------
    moves
        Ordered by teacher code, at most one a teacher.

    Raises
    ------
    InputError
        If rows cannot be read, or a teacher has more than one.
    UsageError
        If there is no such file, or no list of moves in it.
    """
    moves = _read(source, district) if isinstance(source, (str, Path)) else tuple(source)
    many = [t for t, count in Counter(m.teacher_id for m in moves).items() if count > 1]
    if many:
        raise InputError([Fault("replan.approved_twice", table="moves", value=t) for t in many])
    return Moves(tuple(sorted(moves, key=lambda move: move.teacher_id)))


def _read(path: str | Path, district: District) -> tuple[Move, ...]:
    view, faults = read_move_rows(path)
    found = arrange(faults)
    if any(fault.severity == "error" for fault in found):
        raise InputError(found)
    known = district.teacher_by_id
    return tuple(
        move_of(row, known[row.teacher_id]) if row.teacher_id in known else _of_nobody(row)
        for row in view.records
    )


def _of_nobody(row: MoveRow) -> Move:
    """Move of a teacher who is gone; stage and subject matter to nothing, so any stand for blank ones."""
    return Move(
        teacher_id=row.teacher_id,
        stage=row.stage or Stage.PRIMARY,
        subject=row.subject or Subject.OTHER,
        from_school_id=row.from_school_id or "",
        to_school_id=row.to_school_id,
    )
