"""The textbook model: a 0-1 variable for each teacher and school, CP-SAT, the same rules and levels."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from allocator.rotation.facts import Facts
from allocator.rotation.problem import Problem, build
from allocator.solving.levels import Objective

SCALE = {"staffing": 1, "balance": 10**7, "burden": 1000}


@dataclass(frozen=True)
class LevelTime:
    """One level of the peer: value, bound, and seconds to the wanted gap (None if not reached)."""

    name: str
    value: float | None
    bound: float | None
    seconds: float | None


def solve(facts: Facts, gap: float, limit_s: float, workers: int = 2) -> list[LevelTime]:
    """Solve level after level to a relative gap, within a limit for each level."""
    problem = build(facts, aggregate=False)
    times = []
    for name in facts.policy.objective.levels:
        objective = problem.objective(name)
        times.append(_level(problem, objective, gap, limit_s, workers))
        value = times[-1].value
        if value is None:
            break
        problem.limit(objective, value)
    return times


def _level(problem: Problem, objective: Objective, gap: float, limit_s: float, workers: int) -> LevelTime:
    model = problem.model
    program = cp_model.CpModel()
    columns = [program.new_int_var(int(a), int(b), "") for a, b in zip(model.lower, model.upper, strict=True)]
    start = model.matrix.start
    for i in range(model.rows):
        span = slice(start[i], start[i + 1])
        values = model.matrix.value[span]
        factor = 1 if (values == np.round(values)).all() else 1000
        terms = cp_model.LinearExpr.weighted_sum(
            [columns[j] for j in model.matrix.index[span]], [round(factor * v) for v in values]
        )
        least, most = factor * model.row_lower[i], factor * model.row_upper[i]
        low = int(np.ceil(least)) if np.isfinite(least) else -(2**60)
        high = int(np.floor(most + 1e-6)) if np.isfinite(most) else 2**60
        program.add_linear_expression_in_domain(terms, cp_model.Domain(low, high))
    scale = SCALE[objective.name]
    used = np.flatnonzero(objective.cost)
    program.minimize(
        cp_model.LinearExpr.weighted_sum(
            [columns[j] for j in used], [round(scale * float(c)) for c in objective.cost[used]]
        )
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.relative_gap_limit = gap
    solver.parameters.max_time_in_seconds = limit_s
    began = time.monotonic()
    status = solver.solve(program)
    seconds = time.monotonic() - began
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return LevelTime(objective.name, None, None, None)
    value = solver.objective_value / scale + objective.constant
    bound = solver.best_objective_bound / scale + objective.constant
    return LevelTime(objective.name, value, bound, seconds if status == cp_model.OPTIMAL else None)
