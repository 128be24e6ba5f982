"""Five lexicographic stages on the five-stage model's own rules: as written down, and as we would solve it.

Stages: least shortage, least weighted shortage, fewest transfers, most welfare, least distance; each with the
optima of those before held. `dense` writes every rule of every pair of teacher and school as a row of a full
matrix, anew for every stage, and solves each with HiGHS; `ours` has columns for the allowed pairs only, in one
sparse model that grows by a row a stage, in our level solver.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import highspy
import numpy as np

from allocator.domain.run import Limits, StopSignal
from allocator.solving.levels import LevelSolver, Objective
from allocator.solving.model import INFINITY, Entries, Floats, LinearModel
from benchmarks.peers.five_stage_data import Instance, draw

STAGES = ("shortage", "weighted", "transfers", "welfare", "distance")
TRIES = 30
"""Seeds that are tried until a district has a plan."""


class NoPlanError(Exception):
    """A drawn district has no plan."""


def run(
    method: str, teachers: int, schools: int, seed: int, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Solve the five stages of the first district from `seed` on (or of the record before) that has a plan."""
    solve = {"ours": ours, "dense": dense}[method]
    first = seed if before is None else int(before["seed"])
    for attempt in range(first, first + TRIES):
        instance = draw(teachers, schools, attempt)
        began = time.monotonic()
        try:
            optima = solve(instance)
        except NoPlanError:
            continue
        # The solvers minimise; welfare is what is gained.
        optima["welfare"] = -optima["welfare"]
        record = {"teachers": teachers, "schools": schools, "seed": attempt, "optima": optima}
        return {**record, "seconds": {"plan": time.monotonic() - began}}
    raise NoPlanError(f"no plan with seeds {first} to {first + TRIES - 1}")


def costs(instance: Instance) -> dict[str, tuple[Floats, Floats]]:
    """What each stage minimises: per pair (teachers, schools) and per cell (schools, kinds)."""
    nothing, no_pair = np.zeros(instance.least.shape), np.zeros(instance.moves.shape)
    weight = np.broadcast_to(instance.weight[:, None], nothing.shape).astype(float)
    return {
        "shortage": (no_pair, nothing + 1.0),
        "weighted": (no_pair, weight),
        "transfers": (instance.moves.astype(float), nothing),
        "welfare": (-instance.welfare.astype(float), nothing),
        "distance": (instance.burden.astype(float), nothing),
    }


def ours(instance: Instance) -> dict[str, int]:
    """Solve with columns for the allowed pairs and our level solver.

    Raises
    ------
    NoPlanError
        If there is no plan.
    """
    teacher, school = np.nonzero(instance.allowed)
    cell = school * instance.least.shape[1] + instance.kind[teacher]
    model = LinearModel()
    pairs = model.add_columns(0.0, np.ones(len(teacher)), integer=True)
    need = instance.least.reshape(-1).astype(float)
    short = model.add_columns(0.0, need, implied=True)
    _rows(model, teacher, np.ones(len(instance.kind)), np.ones(len(instance.kind)))
    _rows(model, cell, np.full(len(need), -INFINITY), instance.most.reshape(-1).astype(float))
    _rows(model, cell, need, np.full(len(need), INFINITY), short)

    def polish(x: Floats) -> Floats:
        whole = x.copy()
        whole[short] = np.maximum(0.0, need - np.bincount(cell, x[pairs], len(need)))
        return whole

    limits = Limits(gap=0.0)
    solver = LevelSolver(model, limits, StopSignal(limits), polish)
    optima: dict[str, int] = {}
    x: Floats | None = None
    for name, (pair, shortage) in costs(instance).items():
        cost = np.concatenate((pair[teacher, school], shortage.reshape(-1)))
        objective = Objective(name, cost, 0.0, 1.0, 1.0, whole=True)
        solved = solver.solve(objective, x)
        if solved.x is None:
            raise NoPlanError
        x = solved.x
        if solved.bound is None or solved.bound < objective.value(x) - 0.5:
            raise RuntimeError(f"stage {name} is not proven optimal")
        optima[name] = round(objective.value(x))
        used = np.flatnonzero(cost)
        model.add_row(-INFINITY, float(optima[name]), used, cost[used])
    return optima


def _rows(model: LinearModel, row: Any, least: Floats, most: Floats, extra: Any = ()) -> None:
    """Add a row for each group of pairs, with one more column each where `extra` has any."""
    entries = Entries()
    entries.add(row, np.arange(len(row)), 1.0)
    entries.add(np.arange(len(extra)), extra, 1.0)
    model.add_rows(least, most, entries)


def dense(instance: Instance) -> dict[str, int]:
    """Solve with a full matrix, written anew for every stage.

    Raises
    ------
    NoPlanError
        If there is no plan.
    """
    optima: dict[str, int] = {}
    held: list[tuple[Floats, float]] = []
    for name, (pair, shortage) in costs(instance).items():
        cost = np.concatenate((pair.reshape(-1), shortage.reshape(-1)))
        value = _solve(cost, *_matrix(instance, held))
        if value is None:
            raise NoPlanError
        optima[name] = round(value)
        held.append((cost, float(optima[name])))
    return optima


def _matrix(instance: Instance, held: list[tuple[Floats, float]]) -> tuple[Floats, Floats, Floats, int]:
    """All rows as a full matrix with lower and upper limits, and how many columns are 0-1."""
    teachers, schools = instance.moves.shape
    cells, pairs = instance.least.size, teachers * schools
    # A row for each teacher, three for each pair, one for each teacher's present school, two for each cell.
    count = teachers + 3 * pairs + teachers + 2 * cells + len(held)
    matrix = np.zeros((count, pairs + cells))
    lower, upper = np.full(count, -INFINITY), np.full(count, INFINITY)
    row = 0
    for i in range(teachers):
        matrix[row, i * schools : (i + 1) * schools] = 1
        lower[row] = upper[row] = 1
        row += 1
    for k in range(pairs):
        for allowed in (instance.approved, instance.bearable, instance.compatible):
            matrix[row, k] = 1
            upper[row] = float(allowed.reshape(-1)[k])
            row += 1
    for i in range(teachers):
        matrix[row, i * schools + instance.current[i]] = 1
        upper[row] = 1.0 - float(instance.compulsory[i])
        row += 1
    for j in range(schools):
        for kind in range(instance.least.shape[1]):
            columns = np.flatnonzero(instance.kind == kind) * schools + j
            matrix[row, columns] = matrix[row + 1, columns] = 1
            matrix[row, pairs + j * instance.least.shape[1] + kind] = 1
            lower[row] = instance.least[j, kind]
            upper[row + 1] = instance.most[j, kind]
            row += 2
    for cost, value in held:
        matrix[row] = cost
        lower[row] = upper[row] = value
        row += 1
    return matrix, lower, upper, pairs


def _solve(cost: Floats, matrix: Floats, lower: Floats, upper: Floats, binary: int) -> float | None:
    """Minimise with HiGHS to optimality; None if there is no plan."""
    row, column = np.nonzero(matrix)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_ = cost
    lp.col_lower_ = np.zeros(len(cost))
    lp.col_upper_ = np.where(np.arange(len(cost)) < binary, 1.0, INFINITY)
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(lower)))))
    lp.a_matrix_.index_, lp.a_matrix_.value_ = column, matrix[row, column]
    kinds = [highspy.HighsVarType.kInteger] * binary + [highspy.HighsVarType.kContinuous] * (len(cost) - binary)
    lp.integrality_ = kinds
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.passModel(lp)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return float(highs.getInfo().objective_function_value)
