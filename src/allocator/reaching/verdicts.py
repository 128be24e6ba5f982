"""Least cost by way of the verdicts: which thresholds are reached for is what makes the question hard.

There are a hundred times more columns for moves than verdicts that are open, and once those are decided, moves
are nearly a flow: their relaxation is whole, or nearly so. Therefore first a program in which only verdicts are
whole, whose bound is one of the joint question, since it allows more; then the plan for its verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from allocator.domain.run import Limits, StopSignal
from allocator.reaching.model import ReachModel
from allocator.solving.highs import Highs
from allocator.solving.levels import LevelSolver, Solved
from allocator.solving.model import Floats, Ints, LinearModel


@contextmanager
def held(model: LinearModel, columns: Ints, values: Floats) -> Iterator[None]:
    """Columns that keep these values for a while."""
    before = model.lower, model.upper
    model.lower, model.upper = before[0].copy(), before[1].copy()
    model.lower[columns] = model.upper[columns] = values
    try:
        yield
    finally:
        model.lower, model.upper = before


def by_verdicts(
    joint: ReachModel, known: LevelSolver, limits: Limits, stop: StopSignal, start: Floats | None
) -> Solved:
    """Least cost: bound of the verdicts' program, and the best of `start` and the plan for its verdicts.

    `known` has solved the relaxation of the cost; what follows begins at its basis.
    """
    goal, model = joint.objective("cost"), joint.problem.model
    columns = joint.met[joint.met >= 0]
    open_only = np.zeros(model.columns, dtype=bool)
    open_only[columns] = True
    relaxed = replace(model, integer=open_only, implied=np.zeros(model.columns, dtype=bool))
    worth = goal.unit if start is None else max(goal.unit, goal.value(start))
    near = limits.gap / 4 * worth * goal.scale
    found = Highs(relaxed, limits, stop).integers(goal.cost * goal.scale, gap=near)
    bound = None if found.bound is None else found.bound / goal.scale
    if found.x is None:
        return Solved(start, bound, integral=False)
    plan = known.snapped(found.x)
    if plan is None:
        plan = _plan(joint, known, limits, stop, found.x)
    better = plan is not None and (start is None or goal.value(plan) < goal.value(start))
    return Solved(plan if better else start, bound, integral=False)


def _plan(joint: ReachModel, known: LevelSolver, limits: Limits, stop: StopSignal, x: Floats) -> Floats | None:
    """The cheapest plan with the verdicts of a solution."""
    model, columns = joint.problem.model, joint.met[joint.met >= 0]
    with held(model, columns, np.round(x[columns])):
        # A solver of its own: cuts found here hold for these verdicts alone.
        solver = LevelSolver(model, limits, stop, joint.polish)
        solver.relaxation.restart(known.relaxation.basis())
        return solver.solve(joint.objective("cost")).x
