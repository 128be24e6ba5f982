"""What searches for several plans share: a plan as column values, and limits that can be moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from allocator.domain.plan import Move
from allocator.domain.run import Limits, StopSignal
from allocator.rotation.facts import SUBJECT_NUMBER
from allocator.rotation.problem import Problem
from allocator.solving.highs import Highs, Outcome, restricted
from allocator.solving.levels import INTEGRAL, Objective, Solved
from allocator.solving.model import INFINITY, Bools, Floats, dual_bound

ROOM = 1e-9
"""Rounding of sums must not make a plan that was just found illegal."""


def values_of(problem: Problem, moves: Sequence[Move]) -> Floats:
    """Values of the move columns that stand for a plan, shape (move columns,).

    Raises
    ------
    KeyError
        If the plan has a move that no column stands for.
    """
    facts, columns = problem.facts, problem.moves
    wanted = Counter(
        (
            int(problem.groups.of_teacher[facts.teacher_number[m.teacher_id]]),
            facts.section_number[m.to_school_id, m.stage],
            SUBJECT_NUMBER[m.subject],
        )
        for m in moves
    )
    near = np.flatnonzero(np.isin(columns.cls, np.array([key[0] for key in wanted], dtype=np.int64)))
    place = {(int(columns.cls[i]), int(columns.to[i]), int(columns.subject[i])): i for i in near}
    values = np.zeros(len(columns))
    for key, count in wanted.items():
        values[place[key]] = count
    return values


def relaxed_bound(problem: Problem, solver: Highs, objective: Objective) -> float | None:
    """Dual bound of an objective's linear relaxation, in its units; None if it was not solved in time."""
    cost = objective.cost * objective.scale
    if objective.tie is not None:
        solver.relax(cost + objective.tie)
    relaxed = solver.relax(cost)
    if relaxed.outcome is not Outcome.OPTIMAL:
        return None
    return dual_bound(problem.model, cost, relaxed.duals)[0] / objective.scale + objective.constant


def improve(
    problem: Problem, solver: Highs, objective: Objective, start: Floats, limits: Limits, stop: StopSignal
) -> Solved:
    """Minimise an objective from a plan that is already known.

    The relaxation may prove it good enough. Otherwise columns that no better plan can use (their reduced cost
    exceeds the gap) are fixed, and what is left is searched.
    """
    model, value = problem.model, objective.value(start)
    cost = objective.cost * objective.scale
    relaxed = solver.relax(cost)
    if relaxed.outcome is not Outcome.OPTIMAL:
        return Solved(start, None, integral=False)
    bound, reduced = dual_bound(model, cost, relaxed.duals)
    bound = min(value, _rounded(objective, bound / objective.scale + objective.constant))
    wide = value - bound
    if wide <= limits.gap * max(abs(value), objective.unit):
        return Solved(start, bound, integral=False)
    at_bound = np.where(reduced > 0, model.lower, model.upper)
    whole = (model.integer | model.implied) & (start == at_bound)
    free = ~(whole & (np.abs(reduced) > wide * objective.scale * (1 + 1e-9) + 1e-9))
    small, _ = restricted(model, free, at_bound)
    outside = float(cost[~free] @ at_bound[~free]) / objective.scale + objective.constant
    # As for a level: half of what the value allows, and the best value is not below the bound.
    gap = limits.gap / 2 * max(objective.unit, bound) * objective.scale
    found = Highs(small, limits, stop).integers(cost[free], gap=gap)
    best = _better(problem, objective, start, free, found.x)
    if found.bound is not None:
        proven = _rounded(objective, found.bound / objective.scale + outside)
        bound = max(bound, min(proven, objective.value(best)))
    return Solved(best, min(bound, objective.value(best)), integral=False)


def _rounded(objective: Objective, bound: float) -> float:
    return float(np.ceil(bound - INTEGRAL)) if objective.whole else bound


def _better(problem: Problem, objective: Objective, start: Floats, free: Bools, found: Floats | None) -> Floats:
    """The plan that the search found, in whole numbers, if it is one and better than the start."""
    if found is None:
        return start
    x = start.copy()
    x[free] = found
    x = problem.polish(np.where(problem.model.integer, np.round(x), x))
    legal = problem.model.breach(x) <= INTEGRAL
    return x if legal and objective.value(x) < objective.value(start) else start


class Cap:
    """An upper limit on an objective that can be set, tightened and lifted."""

    def __init__(self, problem: Problem, objective: Objective) -> None:
        self.model = problem.model
        self.objective = objective
        columns = np.flatnonzero(objective.cost)
        weights = objective.cost[columns] * objective.scale
        self.row = problem.model.add_row(-INFINITY, INFINITY, columns, weights)

    def set(self, most: float) -> None:
        """Allow values up to `most`."""
        room = 0.0 if self.objective.whole else ROOM
        side = (most - self.objective.constant + room) * self.objective.scale
        self.model.row_upper[self.row] = side

    def lift(self) -> None:
        """Allow every value."""
        self.model.row_upper[self.row] = INFINITY
