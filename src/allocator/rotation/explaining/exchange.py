"""Who could go where a moved teacher goes, and what a mere exchange of the two would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.domain.plan import Move, Moves
from allocator.rotation.explaining.alike import by_service
from allocator.rotation.explaining.replanner import Replanner
from allocator.rotation.facts import SUBJECT_NUMBER, Facts
from allocator.rotation.plan import column_of
from allocator.rotation.solve import level_names
from allocator.solving.model import Bools, Floats

TOLERANCE = 1e-6
"""Breach of a row up to which an exchange counts as legal (rounding of sums)."""


@dataclass(frozen=True)
class Candidate:
    """One kind of teacher who could go.

    Attributes
    ----------
    teacher
        Number of the one who would: the longest serving of those who stay, else of those sent elsewhere.
    alike
        How many of the kind could.
    others
        Alike teachers who go there already and keep going.
    values
        Value of each level after the exchange; None if it breaks a rule.
    """

    teacher: int
    alike: int
    others: int
    values: tuple[float, ...] | None


def candidates_for(replanner: Replanner, plan: Moves, move: Move) -> list[Candidate]:
    """All kinds of teachers who could take over a move, the most promising by exchange first."""
    problem = replanner.problem
    to = problem.facts.section_number[move.to_school_id, move.stage]
    fits = (problem.moves.to == to) & (problem.moves.subject == SUBJECT_NUMBER[move.subject])
    exchange = _Exchange(replanner, plan, move)
    found = [c for column in np.flatnonzero(fits) if (c := exchange.with_column(int(column))) is not None]
    return sorted(found, key=lambda c: (c.values is None, *_rounded(c.values or ()), c.teacher))


def _rounded(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(v, 9) for v in values)


class _Exchange:
    """A plan as column values, in which one mover is exchanged for others."""

    def __init__(self, replanner: Replanner, plan: Moves, move: Move) -> None:
        self.problem = replanner.problem
        self.objectives = [self.problem.objective(n) for n in level_names(self.facts)]
        self.move = move
        self.teacher = self.facts.teacher_number[move.teacher_id]
        self.moved = {self.facts.teacher_number[m.teacher_id]: m for m in plan}
        self.columns = {t: column_of(self.problem, t, m) for t, m in self.moved.items()}
        self.rows = _rule_rows(replanner)

    @property
    def facts(self) -> Facts:
        return self.problem.facts

    def with_column(self, column: int) -> Candidate | None:
        """The candidate of one column's class; None if nobody of it is free to go."""
        members = by_service(self.facts, self.problem.groups, int(self.problem.moves.cls[column]))
        free = [t for t in members if t != self.teacher and not self._goes_there(t)]
        if not free:
            return None
        staying = [t for t in free if t not in self.moved]
        teacher = (staying or free)[0]
        others = sum(t != self.teacher and self._goes_there(t) for t in members)
        return Candidate(teacher, len(free), others, self._values(teacher, column))

    def _goes_there(self, teacher: int) -> bool:
        move = self.moved.get(teacher)
        return move is not None and move.to_school_id == self.move.to_school_id

    def _values(self, teacher: int, column: int) -> tuple[float, ...] | None:
        """Levels if the teacher goes instead of the mover, and by no other way."""
        kept = [c for t, c in self.columns.items() if t not in (self.teacher, teacher)]
        if None in kept:
            return None
        x = np.zeros(self.problem.model.columns)
        np.add.at(x, np.array([*kept, column], dtype=np.int64), 1.0)
        x = self.problem.polish(x)
        return None if self._breach(x) > TOLERANCE else tuple(o.value(x) for o in self.objectives)

    def _breach(self, x: Floats) -> float:
        """Largest breach of a rule; the limits on levels are not rules."""
        model = self.problem.model
        activity = model.matrix.times(x)
        outside = np.maximum(model.row_lower - activity, activity - model.row_upper)[self.rows]
        boxes = np.maximum(model.lower - x, x - model.upper)
        return float(max(outside.max(initial=0.0), boxes.max(initial=0.0)))


def _rule_rows(replanner: Replanner) -> Bools:
    """Which rows are not limits on levels, shape (rows,)."""
    rows = np.ones(replanner.problem.model.rows, dtype=bool)
    rows[replanner.rungs[-1].limit_rows] = False
    return rows
