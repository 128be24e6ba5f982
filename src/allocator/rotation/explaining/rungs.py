"""Levels that are solved anew under conditions, each with a model and a basis of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.rotation.facts import Facts
from allocator.rotation.problem import Problem
from allocator.rotation.repair import problem_of
from allocator.solving.levels import LevelSolver, Objective, Solved
from allocator.solving.model import INFINITY, Bools, Floats

HALF = 0.5
"""Counts of people are whole numbers up to rounding."""


@dataclass(frozen=True, slots=True)
class Condition:
    """From `least` to `most` of a teacher's class move, to the section `to` (anywhere if None).

    `goes` says what that means for the teacher: to move by it, or to stay. A plan takes at most one condition
    for each class and section.
    """

    teacher: int
    cls: int
    to: int | None
    least: int
    most: int
    goes: bool


@dataclass(frozen=True)
class Known:
    """A plan as values of all columns, and its value at every level."""

    x: Floats
    values: tuple[float, ...]


def better(objective: Objective, *plans: Floats | None) -> Floats | None:
    """The best of some plans; None if there is none."""
    return min((x for x in plans if x is not None), key=objective.value, default=None)


def obeys(problem: Problem, x: Floats, condition: Condition) -> bool:
    """Whether a plan keeps to a condition."""
    number = x[: len(problem.moves)][_counted(problem, condition)].sum()
    return bool(condition.least - HALF < number < condition.most + HALF)


class Rung:
    """One level with a model of its own: the columns and limits that the ordinary road has there."""

    def __init__(
        self,
        facts: Facts,
        names: Sequence[str],
        limits: Limits,
        stop: StopSignal,
        progress: ProgressSink | None,
    ) -> None:
        self.problem = problem_of(facts)
        for name in names:
            # A level may bring columns into the model, which the objectives of all must know.
            self.problem.objective(name)
        *self.before, self.objective = (self.problem.objective(name) for name in names)
        self.solver = LevelSolver(self.problem.model, limits, stop, self.problem.polish, progress)
        self.limit_rows: list[int] = []
        self.basis: Any = None
        self.condition_rows: dict[tuple[int, int | None], int] = {}

    def solve(self, conditions: Sequence[Condition], values: Sequence[float], plan: Floats | None) -> Solved:
        """Minimise the level with the values of those before it held, under conditions."""
        self._hold(values)
        with self._under(conditions):
            return self.solver.solve(self.objective, self.problem.extended(plan))

    def mark(self) -> None:
        """Remember the basis of the last relaxation: that of the best plan."""
        self.basis = self.solver.relaxation.basis()

    def glance(self, conditions: Sequence[Condition], values: Sequence[float], worse: float) -> Solved:
        """Bound the level under conditions, from the basis of the best plan; see `LevelSolver.glance`."""
        self._hold(values)
        if self.basis is None:
            self.solver.prepare(self.objective)
            self.mark()
        with self._under(conditions):
            return self.solver.glance(self.objective, self.basis, worse)

    @contextmanager
    def _under(self, conditions: Sequence[Condition]) -> Iterator[None]:
        """Impose conditions for a while."""
        model = self.problem.model
        rows = [self._row(condition) for condition in conditions]
        for row, condition in zip(rows, conditions, strict=True):
            model.row_lower[row], model.row_upper[row] = condition.least, condition.most
        try:
            yield
        finally:
            model.row_lower[rows], model.row_upper[rows] = -INFINITY, INFINITY

    def values(self, x: Floats) -> tuple[float, ...]:
        """What a plan is worth at every level up to this one."""
        return tuple(objective.value(x) for objective in (*self.before, self.objective))

    def within(self, objective: Objective, value: float, best: float) -> bool:
        """Whether a value lies within the slack on a level's best."""
        return (value - objective.constant) * objective.scale <= self.problem.ceiling(objective, best)

    def holds(self, known: Known, values: Sequence[float]) -> bool:
        """Whether a plan keeps the first levels to some values and their slack."""
        objectives = (*self.before, self.objective)
        return all(
            self.within(o, v, best) for o, v, best in zip(objectives, known.values, values, strict=False)
        )

    def _hold(self, values: Sequence[float]) -> None:
        if not self.limit_rows:
            self.limit_rows = [self.problem.limit(o, v) for o, v in zip(self.before, values, strict=True)]
        for row, objective, value in zip(self.limit_rows, self.before, values, strict=True):
            self.problem.model.row_upper[row] = self.problem.ceiling(objective, value)

    def _row(self, condition: Condition) -> int:
        key = (condition.cls, condition.to)
        if key not in self.condition_rows:
            self.condition_rows[key] = add_row(self.problem, condition)
        return self.condition_rows[key]


def add_row(problem: Problem, condition: Condition) -> int:
    """Count the members of a class who move (to a section), and limit them."""
    columns = np.flatnonzero(_counted(problem, condition))
    return problem.model.add_row(condition.least, condition.most, columns, 1.0)


def _counted(problem: Problem, condition: Condition) -> Bools:
    """The move columns that a condition limits together."""
    columns = problem.moves.cls == condition.cls
    if condition.to is not None:
        columns &= problem.moves.to == condition.to
    return np.asarray(columns)
