"""The textbook model: a 0-1 variable for each teacher and school, CP-SAT, the same rules and levels."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from allocator.rotation.facts import Facts
from allocator.rotation.plan import moves_of
from allocator.rotation.problem import build
from allocator.solving.levels import Objective
from allocator.solving.model import Floats, LinearModel
from benchmarks.judging import judged, staffed_facts

SCALE = {"staffing": 1, "balance": 10**7, "burden": 1000}
"""Costs in whole numbers: posts, 1e-7 of CV^2, metres."""

ROW_SCALE = 1000
"""Factor of the rows that have fractions."""


@dataclass(frozen=True)
class Answer:
    """Column values (None without a plan), the level's bound, seconds, and whether the gap was reached."""

    x: Floats | None
    bound: float | None
    seconds: float
    reached: bool


def run(schools: int, seed: int, gap: float, limit_s: float, workers: int = 2) -> dict[str, Any]:
    """Plan a generated district; see `plan`."""
    return plan(staffed_facts(schools, seed), gap, limit_s, workers)


def plan(facts: Facts, gap: float, limit_s: float, workers: int = 2) -> dict[str, Any]:
    """Solve level after level to a relative gap, within a limit for each level.

    Returns
    -------
    dict
        `levels` with value, bound and seconds; `solved` if every level reached the gap; the checker's verdict
        on the plan of the last level that has one.
    """
    began = time.monotonic()
    problem = build(facts, aggregate=False)
    seconds = {"build": time.monotonic() - began, "solve": 0.0}
    levels: list[dict[str, Any]] = []
    best: Floats | None = None
    for name in facts.policy.objective.levels:
        objective = problem.objective(name)
        began = time.monotonic()
        answer = solve_level(problem.model, objective, gap, limit_s, workers)
        seconds["solve"] += answer.seconds
        seconds["build"] += time.monotonic() - began - answer.seconds
        value = None if answer.x is None else objective.value(answer.x)
        levels.append(
            {
                "name": name,
                "seconds": answer.seconds,
                "solved": answer.reached,
                "value": value,
                "bound": answer.bound,
            }
        )
        if answer.x is None or value is None:
            break
        best = answer.x
        problem.limit(objective, value)
    return {
        "teachers": len(facts.section),
        "columns": problem.model.columns,
        "seconds": seconds,
        "levels": levels,
        "solved": [v["solved"] for v in levels] == [True] * len(facts.policy.objective.levels),
        **({} if best is None else judged(facts, moves_of(problem, best))),
    }


def solve_level(model: LinearModel, objective: Objective, gap: float, limit_s: float, workers: int) -> Answer:
    """Solve one level of a model whose columns are all whole, or may be, with CP-SAT.

    Raises
    ------
    ValueError
        If a column must be able to take fractions (the mean of an indicator moves).
    """
    if not (model.integer | model.implied).all():
        raise ValueError("CP-SAT has no columns with fractions")
    program, columns = _program(model)
    scale = SCALE[objective.name]
    used = np.flatnonzero(objective.cost)
    costs = [round(scale * float(c)) for c in objective.cost[used]]
    terms = cp_model.LinearExpr.weighted_sum([columns[j] for j in used], costs)
    program.minimize(terms + round(scale * objective.constant))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.relative_gap_limit = gap
    solver.parameters.max_time_in_seconds = limit_s
    began = time.monotonic()
    status = solver.solve(program)
    seconds = time.monotonic() - began
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(None, None, seconds, reached=False)
    x = np.array([solver.value(column) for column in columns], dtype=float)
    return Answer(x, solver.best_objective_bound / scale, seconds, reached=status == cp_model.OPTIMAL)


def _program(model: LinearModel) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    """Write the model in whole numbers, row by row."""
    program = cp_model.CpModel()
    columns = [program.new_int_var(int(a), int(b), "") for a, b in zip(model.lower, model.upper, strict=True)]
    start = model.matrix.start
    for i in range(model.rows):
        span = slice(start[i], start[i + 1])
        values = model.matrix.value[span]
        factor = 1 if (values == np.round(values)).all() else ROW_SCALE
        terms = cp_model.LinearExpr.weighted_sum(
            [columns[j] for j in model.matrix.index[span]], [round(factor * v) for v in values]
        )
        least, most = factor * model.row_lower[i], factor * model.row_upper[i]
        low = int(np.ceil(least)) if np.isfinite(least) else -(2**60)
        high = int(np.floor(most + 1e-6)) if np.isfinite(most) else 2**60
        program.add_linear_expression_in_domain(terms, cp_model.Domain(low, high))
    return program, columns
