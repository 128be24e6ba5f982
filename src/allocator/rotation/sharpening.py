"""What the price of breaches decides beforehand, so that relaxations come out whole.

A quota that gives way by a fraction (0.6 of a backbone teacher) is cheaper in the relaxation than in any plan,
and a row that holds the total price ties all schools together. Both are eased by deciding, with proofs, what
no cheapest plan can do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.domain.run import Limits, StopSignal
from allocator.rotation.elastic import QUOTAS
from allocator.rotation.repair import ROOM, ElasticProblem
from allocator.solving.highs import Highs, Outcome
from allocator.solving.levels import INTEGRAL, Objective, Solved
from allocator.solving.model import INFINITY, Floats, Ints, dual_bound


def _quota_slacks(problem: ElasticProblem) -> Ints:
    found = [block.columns for block in problem.blocks if block.rule in QUOTAS]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def cheapest(problem: ElasticProblem, limits: Limits, stop: StopSignal) -> Solved | None:
    """Find the least price of breaches by deciding only what the quotas give way; None if that is not enough.

    Where the relaxation lets a quota give way by a fraction, it is solved again with the whole numbers on both
    sides of it. Together they bound the price; often one gives a plan at once.
    """
    objective = problem.objective("breaches")
    highs = Highs(problem.model, limits, stop)
    for column in _quota_slacks(problem):
        relaxed = highs.relax(objective.cost * objective.scale)
        if relaxed.outcome is not Outcome.OPTIMAL:
            return None
        up = float(np.ceil(relaxed.x[column] - INTEGRAL))
        if up - relaxed.x[column] <= INTEGRAL:
            continue
        above = _side(problem, objective, highs, problem.model.lower, int(column), up)
        below = _side(problem, objective, highs, problem.model.upper, int(column), up - 1)
        bound = min(above.bound, below.bound)
        if above.plan is None:
            _costs_at_least(problem, objective, bound)
            continue
        price = objective.value(above.plan)
        if price - bound <= limits.gap * max(1.0, price):
            return Solved(above.plan, min(bound, price), integral=False)
        if below.bound > price + 10 * ROOM:
            problem.model.lower[column] = up
    return None


def _costs_at_least(problem: ElasticProblem, objective: Objective, bound: float) -> None:
    """Tell the model what is proven of the price, so that the relaxation knows."""
    if np.isfinite(bound):
        columns = np.flatnonzero(objective.cost)
        scale = objective.scale
        problem.model.add_row((bound - ROOM) * scale, INFINITY, columns, objective.cost[columns] * scale)


@dataclass(frozen=True)
class _Side:
    """The relaxation on one side of a whole number: its bound, and a plan if it came out whole.

    The bound is infinite where nothing is possible on that side.
    """

    bound: float
    plan: Floats | None = None


def _side(
    problem: ElasticProblem, objective: Objective, highs: Highs, bounds: Floats, column: int, limit: float
) -> _Side:
    model, before = problem.model, bounds[column]
    cost = objective.cost * objective.scale
    bounds[column] = limit
    solved = highs.relax(cost)
    side = _Side(float("inf") if solved.outcome is Outcome.INFEASIBLE else -float("inf"))
    if solved.outcome is Outcome.OPTIMAL:
        bound, _ = dual_bound(model, cost, solved.duals)
        side = _Side(bound / objective.scale, _whole_plan(problem, solved.x))
    bounds[column] = before
    return side


def _whole_plan(problem: ElasticProblem, x: Floats) -> Floats | None:
    near = np.where(problem.model.integer, np.round(x), x)
    if np.abs(near - x).max(initial=0.0) > INTEGRAL:
        return None
    plan = problem.polish(near)
    return plan if problem.model.breach(plan) <= INTEGRAL else None


def settle(problem: ElasticProblem, plan: Floats, limits: Limits, stop: StopSignal) -> None:
    """After the least price is known and held: fix what no plan of that price can do otherwise.

    Columns whose reduced cost exceeds what is left of the price, and what each quota gives way.
    """
    objective = problem.objective("breaches")
    cost = objective.cost * objective.scale
    model, highs = problem.model, Highs(problem.model, limits, stop)
    relaxed = highs.relax(cost)
    if relaxed.outcome is not Outcome.OPTIMAL:
        return
    bound, reduced = dual_bound(model, cost, relaxed.duals)
    left = (objective.value(plan) + ROOM) * objective.scale - bound
    stuck = (model.integer | model.implied) & (np.abs(reduced) > left * (1 + 1e-9) + 1e-9)
    model.upper = np.where(stuck & (reduced > 0), model.lower, model.upper)
    model.lower = np.where(stuck & (reduced < 0), model.upper, model.lower)
    for column in _quota_slacks(problem):
        _settle_quota(problem, cost, highs, int(column), float(np.round(plan[column])))


def _settle_quota(problem: ElasticProblem, cost: Floats, highs: Highs, column: int, value: float) -> None:
    """Fix what a quota gives way if no plan of the price can do with less, or use more."""
    model = problem.model
    for bounds, limit in ((model.upper, value - 1), (model.lower, value + 1)):
        other = model.lower if bounds is model.upper else model.upper
        if not model.lower[column] <= limit <= model.upper[column]:
            continue
        before = bounds[column]
        bounds[column] = limit
        impossible = highs.relax(cost).outcome is Outcome.INFEASIBLE
        bounds[column] = before
        if impossible:
            other[column] = value
