"""Our own model, as it is, through plain solvers: HiGHS and SCIP (MathOpt), CP-SAT, CBC (PuLP).

Every solver gets the same program at every level: the levels before are held to the values that our own run
proved, within the slack. Each level is solved to 1 % and, where that was reached, anew to 0.1 %.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from allocator.rotation.plan import moves_of
from allocator.rotation.problem import Problem, build
from allocator.solving.levels import Objective
from allocator.solving.model import Floats, LinearModel
from benchmarks.judging import judged, staffed_facts
from benchmarks.peers import cbc, textbook

GAPS = {"1%": 1e-2, "0.1%": 1e-3}
THREADS = 2
MATHOPT = {
    "highs": mathopt.SolverType.HIGHS,
    "cp-sat": mathopt.SolverType.CP_SAT,
    "scip": mathopt.SolverType.GSCIP,
}


@dataclass(frozen=True)
class Answer:
    """What a solver says: column values (None without a plan), the level's bound, seconds of solving alone."""

    x: Floats | None
    bound: float | None
    seconds: float


Solve = Callable[[LinearModel, Objective, float, float], Answer]


def missing(solver: str) -> str:
    """Why a solver cannot run here; empty if it can."""
    return cbc.missing() if solver == "cbc" else ""


def run(schools: int, seed: int, solver: str, limit_s: float, before: Mapping[str, Any]) -> dict[str, Any]:
    """Solve all levels of a generated district with one solver."""
    facts = staffed_facts(schools, seed)
    known = {level["name"]: level["value"] for level in before["levels"]}
    began = time.monotonic()
    problem = build(facts)
    built = time.monotonic() - began
    solve = SOLVERS[solver]
    levels: list[dict[str, Any]] = []
    for name in facts.policy.objective.levels:
        objective = problem.objective(name)
        levels.append(_level(problem, objective, solve, limit_s))
        if name not in known or levels[-1]["1%"] is None:
            break
        problem.limit(objective, known[name])
    return {
        "teachers": len(facts.section),
        "columns": problem.model.columns,
        "rows": problem.model.rows,
        "level_limit_s": limit_s,
        "seconds": {"build": built},
        "levels": levels,
    }


def _level(problem: Problem, objective: Objective, solve: Solve, limit_s: float) -> dict[str, Any]:
    """Seconds to each gap (None if not reached), and value, bound and verdict of the last solve."""
    row: dict[str, Any] = {"name": objective.name, "value": None, "bound": None, **dict.fromkeys(GAPS)}
    for name, gap in GAPS.items():
        answer = solve(problem.model, objective, gap, limit_s)
        bound = answer.bound
        row["bound"] = bound if row["bound"] is None or bound is None else max(bound, row["bound"])
        if answer.x is None:
            break
        x = problem.polish(np.where(problem.model.integer, np.round(answer.x), answer.x))
        value = objective.value(x)
        verdict = judged(problem.facts, moves_of(problem, x))
        row |= {"value": value, "broken": verdict["broken"]}
        reached = bound is not None and abs(value - bound) <= 1.001 * gap * max(abs(value), objective.unit)
        if not reached or verdict["broken"]:
            break
        row[name] = answer.seconds
    return row


def _mathopt(kind: mathopt.SolverType) -> Solve:
    def solve(model: LinearModel, objective: Objective, gap: float, limit_s: float) -> Answer:
        program = mathopt.Model.from_model_proto(model_proto(model, objective))
        # MathOpt does not pass threads on to HiGHS, which chooses by itself.
        limits = mathopt.SolveParameters(
            time_limit=datetime.timedelta(seconds=limit_s),
            relative_gap_tolerance=gap,
            threads=None if kind is mathopt.SolverType.HIGHS else THREADS,
        )
        began = time.monotonic()
        result = mathopt.solve(program, kind, params=limits)
        seconds = time.monotonic() - began
        bound = result.termination.objective_bounds.dual_bound
        x = None
        if result.has_primal_feasible_solution():
            x = np.zeros(model.columns)
            for variable, value in result.variable_values().items():
                x[variable.id] = value
        return Answer(x, bound / objective.scale if np.isfinite(bound) else None, seconds)

    return solve


def model_proto(model: LinearModel, objective: Objective) -> model_pb2.ModelProto:
    """Write the model in MathOpt's own form, array by array; the objective times its scale."""
    cost, constant = objective.cost * objective.scale, objective.constant * objective.scale
    proto = model_pb2.ModelProto()
    proto.variables.ids.extend(range(model.columns))
    proto.variables.lower_bounds.extend(model.lower)
    proto.variables.upper_bounds.extend(model.upper)
    proto.variables.integers.extend(model.integer.tolist())
    proto.objective.offset = constant
    used = np.flatnonzero(cost)
    proto.objective.linear_coefficients.ids.extend(used)
    proto.objective.linear_coefficients.values.extend(cost[used])
    proto.linear_constraints.ids.extend(range(model.rows))
    proto.linear_constraints.lower_bounds.extend(model.row_lower)
    proto.linear_constraints.upper_bounds.extend(model.row_upper)
    proto.linear_constraint_matrix.row_ids.extend(model.matrix.row_of_entry())
    proto.linear_constraint_matrix.column_ids.extend(model.matrix.index)
    proto.linear_constraint_matrix.coefficients.extend(model.matrix.value)
    return proto


def _cbc(model: LinearModel, objective: Objective, gap: float, limit_s: float) -> Answer:
    scale = objective.scale
    x, bound, seconds = cbc.solve(
        model, objective.cost * scale, objective.constant * scale, gap, limit_s, THREADS
    )
    return Answer(x, None if bound is None else bound / scale, seconds)


def _cp_sat(model: LinearModel, objective: Objective, gap: float, limit_s: float) -> Answer:
    """In whole numbers, as CP-SAT wants it: better for it than the scaling that MathOpt would do."""
    found = textbook.solve_level(model, objective, gap, limit_s, THREADS)
    return Answer(found.x, found.bound, found.seconds)


SOLVERS: dict[str, Solve] = {
    "highs": _mathopt(mathopt.SolverType.HIGHS),
    "cp-sat": _cp_sat,
    "scip": _mathopt(mathopt.SolverType.GSCIP),
    "cbc": _cbc,
}
