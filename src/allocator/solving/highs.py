"""HiGHS: linear relaxations with warm start, and integer programs.

`highspy` 1.13.1 is the version that gave right answers and lives beside `ortools` in one process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import highspy
import numpy as np

from allocator.domain.run import Limits, StopSignal
from allocator.errors import InternalError
from allocator.solving.model import Bools, Floats, LinearModel, Matrix
from allocator.solving.threads import pool_of

MipReport = Callable[[float | None, float | None], None]
"""Called with the best value and bound of a running integer solve."""


class Outcome(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    STOPPED = "stopped"


@dataclass(frozen=True)
class LinearResult:
    """End of a linear solve: values and duals if optimal."""

    outcome: Outcome
    x: Floats
    duals: Floats


@dataclass(frozen=True)
class IntegerResult:
    """End of an integer solve: best values (None if none were found) and proven bound (None if none)."""

    outcome: Outcome
    x: Floats | None
    bound: float | None


class Highs:
    """One HiGHS instance over a growing model, keeping its basis between linear solves."""

    def __init__(self, model: LinearModel, limits: Limits, stop: StopSignal) -> None:
        self.model = model
        self.stop = stop
        self.workers = limits.workers
        self._columns = 0
        self._rows = 0
        self._heard = False
        self._highs = highspy.Highs()
        self._set(output_flag=False, random_seed=limits.seed % 2**31, threads=limits.workers)
        self._set(mip_rel_gap=0.0, parallel="on" if limits.workers > 1 else "off")
        self._highs.cbSimplexInterrupt += self._interrupt
        self._highs.cbMipInterrupt += self._interrupt
        self._highs.cbIpmInterrupt += self._interrupt

    def _set(self, **options: Any) -> None:
        for name, value in options.items():
            if self._highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
                raise InternalError("solver_option", option=name, value=value)

    def _done(self, status: highspy.HighsStatus, step: str) -> None:
        """Stop at a refusal: a model of which HiGHS left out a part would give wrong answers."""
        if status == highspy.HighsStatus.kError:
            raise InternalError("solver_failed", status=step)

    def _interrupt(self, event: Any) -> None:
        if self.stop.requested:
            event.interrupt()

    def _sync(self) -> None:
        """Pass on what the model gained since the last solve, and all bounds of columns and rows."""
        h, m = self._highs, self.model
        new = m.columns - self._columns
        if new:
            self._done(h.addVars(new, m.lower[self._columns :], m.upper[self._columns :]), "addVars")
            self._columns = m.columns
        if m.rows > self._rows:
            block = _tail(m.matrix, self._rows)
            status = h.addRows(
                m.rows - self._rows,
                m.row_lower[self._rows :],
                m.row_upper[self._rows :],
                len(block.index),
                block.start[:-1].astype(np.int32),
                block.index.astype(np.int32),
                block.value,
            )
            self._done(status, "addRows")
            self._rows = m.rows
        every = np.arange(m.columns, dtype=np.int32)
        self._done(h.changeColsBounds(m.columns, every, m.lower, m.upper), "changeColsBounds")
        rows = np.arange(m.rows, dtype=np.int32)
        self._done(h.changeRowsBounds(m.rows, rows, m.row_lower, m.row_upper), "changeRowsBounds")

    def _cost(self, cost: Floats) -> None:
        columns = np.arange(len(cost), dtype=np.int32)
        self._done(self._highs.changeColsCost(len(cost), columns, cost), "changeColsCost")

    def _run(self) -> Outcome:
        self._heard = False
        if self.stop.now:
            return Outcome.STOPPED
        outcome = self._once()
        if outcome is None:
            if self.stop.now:
                return Outcome.STOPPED
            # A basis that went wrong is no verdict on the model: once more from scratch.
            self._done(self._highs.clearSolver(), "clearSolver")
            outcome = self._once()
        if outcome is None:
            # Nor is a presolve that went wrong.
            self._done(self._highs.clearSolver(), "clearSolver")
            self._set(presolve="off")
            outcome = self._once()
            self._set(presolve="choose")
        if outcome is None:
            status = self._highs.getModelStatus()
            raise InternalError("solver_failed", status=self._highs.modelStatusToString(status))
        self._heard = True
        return outcome

    def _once(self) -> Outcome | None:
        """Run, and say how it ended; None if HiGHS does not know."""
        # HiGHS counts its clock over all runs of an instance.
        elapsed = self._highs.getRunTime()
        pool_of(self.workers)
        self._set(time_limit=min(1e9, elapsed + self.stop.remaining))
        self._highs.run()
        status = self._highs.getModelStatus()
        kinds = highspy.HighsModelStatus
        if status in (kinds.kOptimal, kinds.kModelEmpty):
            return Outcome.OPTIMAL
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return Outcome.INFEASIBLE
        if status in (kinds.kTimeLimit, kinds.kInterrupt, kinds.kHighsInterrupt, kinds.kSolutionLimit):
            return Outcome.STOPPED
        return None

    def relax(self, cost: Floats) -> LinearResult:
        """Minimise `cost @ x` without integrality, starting from the last basis."""
        self._sync()
        self._cost(cost)
        outcome = self._run()
        solution = self._highs.getSolution()
        return LinearResult(outcome, np.array(solution.col_value), np.array(solution.row_dual))

    def basis(self) -> highspy.HighsBasis:
        """The basis of the last relaxation, to return to."""
        return self._highs.getBasis()

    def restart(self, basis: highspy.HighsBasis) -> None:
        """Begin the next relaxation at a basis; rows that came to the model after it are basic."""
        self._sync()
        start, rows = highspy.HighsBasis(), list(basis.row_status)
        start.col_status = list(basis.col_status)
        start.row_status = rows + [highspy.HighsBasisStatus.kBasic] * (self._rows - len(rows))
        start.valid = True
        self._done(self._highs.setBasis(start), "setBasis")

    def basis_positions(self) -> dict[int, int]:
        """Column number -> its place in the basis of the last relaxation."""
        _, basic = self._highs.getBasicVariables()
        return {int(column): place for place, column in enumerate(basic) if column >= 0}

    def basis_inverse_row(self, place: int) -> Floats:
        """Row of the inverse of the basis matrix, shape (rows,)."""
        _, row = self._highs.getBasisInverseRow(place)
        return np.asarray(row, dtype=np.float64)

    def integers(
        self,
        cost: Floats,
        report: MipReport | None = None,
        gap: float = 0.0,
        nodes: int | None = None,
        *,
        presolve: bool = True,
        tolerance: float = 1e-6,
    ) -> IntegerResult:
        """Minimise `cost @ x` with integrality, up to an absolute gap.

        `nodes` ends the search after so many nodes of branch and bound; without `presolve` it goes another way;
        `tolerance` is what counts as whole and as feasible; keep it far from the room for rounding in rows of
        fractions (1e-9 in `rotation.repair`): where both were the same, presolve lost the best plan. No plan is
        ever given to begin from: with one, HiGHS 1.13.1 has called a value optimal, with a bound to match, that
        was not.
        """
        self._set(presolve="choose" if presolve else "off", mip_feasibility_tolerance=tolerance)
        self._set(mip_abs_gap=max(gap, 1e-9), mip_max_nodes=2**31 - 1 if nodes is None else nodes)
        self._sync()
        self._cost(cost)
        columns = np.flatnonzero(self.model.integer).astype(np.int32)
        kinds = np.full(len(columns), int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        self._highs.changeColsIntegrality(len(columns), columns, kinds)
        if report is not None:
            self._highs.cbMipLogging += lambda event: report(
                _known(event.data_out.mip_primal_bound), _known(event.data_out.mip_dual_bound)
            )
        outcome = self._run()
        if not self._heard:
            # Before its first run HiGHS names 0 as the bound, which is none; nor does a failed run prove one.
            return IntegerResult(Outcome.STOPPED, None, None)
        info = self._highs.getInfo()
        found = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
        x = np.array(self._highs.getSolution().col_value) if found else None
        return IntegerResult(outcome, x, _known(info.mip_dual_bound) if columns.size else None)


def _known(value: float) -> float | None:
    return float(value) if abs(value) < 1e29 else None


def _tail(matrix: Matrix, first: int) -> Matrix:
    """Rows from `first` on."""
    begin = matrix.start[first]
    return Matrix(matrix.start[first:] - begin, matrix.index[begin:], matrix.value[begin:], matrix.columns)


def restricted(model: LinearModel, free: Bools, fixed: Floats) -> tuple[LinearModel, Floats]:
    """Copy of a model without the columns that are not `free`; those keep their value in `fixed`.

    Returns the smaller model and the row activity of what was fixed. Rows without a free column stay (they
    are then constants, which HiGHS's presolve removes, or finds infeasible).
    """
    number = np.cumsum(free) - 1
    keep = free[model.matrix.index]
    rows = model.matrix.row_of_entry()[keep]
    start = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=model.rows))))
    activity = model.matrix.times(np.where(free, 0.0, fixed))
    matrix = Matrix(start, number[model.matrix.index[keep]], model.matrix.value[keep], int(free.sum()))
    small = LinearModel(
        model.lower[free],
        model.upper[free],
        model.integer[free],
        model.implied[free],
        model.row_lower - activity,
        model.row_upper - activity,
        matrix,
    )
    return small, activity
