"""Models written out with PuLP, name by name: solved by HiGHS from a start, or by CBC for a second opinion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import highspy
import numpy as np
import pulp

from allocator.domain.run import Limits, StopSignal
from allocator.errors import InternalError
from allocator.solving.highs import Outcome
from allocator.solving.model import Floats
from allocator.solving.threads import pool_of

TOLERANCE = 1e-9
"""By how much a row or a whole number may be missed."""
Values = Mapping[str, float]
"""Values of the variables by name."""


@dataclass(frozen=True)
class ReadableResult:
    """End of a solve: values if any were found, their objective, and the proven bound on it (None if none)."""

    outcome: Outcome
    values: Values | None = field(repr=False)
    bound: float | None


@dataclass(frozen=True)
class LinearEnd:
    """End of a relaxation; values are its optimum where the outcome says so."""

    outcome: Outcome
    _values: Floats = field(repr=False)

    def value(self, variable: pulp.LpVariable) -> float:
        """Value of a variable."""
        return float(self._values[variable.index])


def solve_readable(
    problem: pulp.LpProblem,
    limits: Limits,
    stop: StopSignal,
    gap: float = 0.0,
    whole: bool = True,
) -> ReadableResult:
    """Solve a PuLP model with HiGHS.

    Parameters
    ----------
    gap
        Absolute gap at which to end, in units of the objective.
    whole
        Whether integer variables must be whole; if not, the linear relaxation is solved.
    """
    if stop.now:
        return ReadableResult(Outcome.STOPPED, None, None)
    solver = pulp.HiGHS(
        mip=whole,
        msg=False,
        gapRel=0.0,
        gapAbs=max(gap, 1e-9),
        threads=limits.workers,
        timeLimit=min(stop.remaining, 1e9),
        random_seed=limits.seed % 2**31,
        mip_feasibility_tolerance=TOLERANCE,
        primal_feasibility_tolerance=TOLERANCE,
    )
    solver.createAndConfigureSolver(problem)
    solver.buildSolverModel(problem)
    highs = problem.solverModel
    highs.cbMipInterrupt += lambda event: event.interrupt() if stop.requested else None
    pool_of(limits.workers)
    highs.run()
    return _read(problem, highs, whole)


def _read(problem: pulp.LpProblem, highs: highspy.Highs, whole: bool) -> ReadableResult:
    status, kinds, info = highs.getModelStatus(), highspy.HighsModelStatus, highs.getInfo()
    if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return ReadableResult(Outcome.INFEASIBLE, None, None)
    found = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    values = None
    if found:
        columns = highs.getSolution().col_value
        values = {v.name: float(columns[v.index]) for v in problem.variables()}
    sign = -1 if problem.sense == pulp.LpMaximize else 1
    whole = whole and any(v.cat == pulp.LpInteger for v in problem.variables())
    dual = info.mip_dual_bound if whole else info.objective_function_value
    bound = sign * float(dual) + (problem.objective.constant or 0.0) if abs(dual) < 1e29 else None
    if status in (kinds.kOptimal, kinds.kModelEmpty):
        return ReadableResult(Outcome.OPTIMAL, values or {}, bound)
    if status in (kinds.kTimeLimit, kinds.kInterrupt, kinds.kSolutionLimit):
        return ReadableResult(Outcome.STOPPED, values, bound)
    raise InternalError("solver_failed", status=highs.modelStatusToString(status))


class OpenRelaxation:
    """The linear relaxation of a PuLP model, solved again and again with other numbers, from the last basis."""

    def __init__(self, problem: pulp.LpProblem, limits: Limits, stop: StopSignal) -> None:
        solver = pulp.HiGHS(
            mip=False,
            msg=False,
            threads=limits.workers,
            random_seed=limits.seed % 2**31,
            primal_feasibility_tolerance=TOLERANCE,
            dual_feasibility_tolerance=TOLERANCE,
        )
        solver.createAndConfigureSolver(problem)
        solver.buildSolverModel(problem)
        self._highs: highspy.Highs = problem.solverModel
        self._stop = stop
        self._workers = limits.workers
        self._problem = problem

    def bound(self, variable: pulp.LpVariable, low: float, high: float) -> None:
        """Give a variable other bounds."""
        self._highs.changeColBounds(variable.index, low, high)

    def row(self, name: str, terms: Mapping[pulp.LpVariable, float], most: float) -> None:
        """Give a row, of the form `<=`, other coefficients of some variables and another right side."""
        row = self._problem.get_constraint_by_name(name).index
        for variable, value in terms.items():
            self._highs.changeCoeff(row, variable.index, value)
        self._highs.changeRowBounds(row, -highspy.kHighsInf, most)

    def least(self, variable: pulp.LpVariable, sign: float = 1.0) -> LinearEnd:
        """Minimise `sign` times a variable."""
        count = self._highs.getNumCol()
        cost = np.zeros(count)
        cost[variable.index] = sign
        self._highs.changeColsCost(count, np.arange(count, dtype=np.int32), cost)
        if self._stop.now:
            return LinearEnd(Outcome.STOPPED, cost)
        self._highs.setOptionValue("time_limit", min(self._highs.getRunTime() + self._stop.remaining, 1e9))
        pool_of(self._workers)
        self._highs.run()
        status, kinds = self._highs.getModelStatus(), highspy.HighsModelStatus
        outcome = Outcome.STOPPED
        if status in (kinds.kOptimal, kinds.kModelEmpty):
            outcome = Outcome.OPTIMAL
        elif status == kinds.kInfeasible:
            outcome = Outcome.INFEASIBLE
        return LinearEnd(outcome, np.array(self._highs.getSolution().col_value))


def second_optimum(problem: pulp.LpProblem, seconds: float = 60.0) -> float | None:
    """Optimum of the same model by CBC, another solver; None if it does not prove one in time."""
    status = problem.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=0.0, timeLimit=seconds))
    proven = status == pulp.LpStatusOptimal and problem.sol_status == pulp.LpSolutionOptimal
    return float(pulp.value(problem.objective)) if proven else None
