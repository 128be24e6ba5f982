"""Clarabel: convex quadratic programs with second-order cones. The only place that imports it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

import clarabel
import numpy as np
from scipy import sparse

from allocator.domain.run import StopSignal
from allocator.solving.highs import Outcome
from allocator.solving.model import Entries, Floats

TOLERANCE = 1e-8
"""Asked of primal and dual residuals and of the gap; the scaled data are around 1."""


@dataclass
class ConeProgram:
    """Minimise sum(curve x^2) / 2 + slope x over rows `b - A x` in a product of cones, block by block.

    Blocks are added in the order: equalities, inequalities (`>= 0`), then cones `(t, r)` with |r| <= t.

    Attributes
    ----------
    curve, slope
        Shape (columns,).
    """

    curve: Floats
    slope: Floats
    entries: Entries = field(default_factory=Entries)
    right: list[Floats] = field(default_factory=list)
    sizes: list[tuple[str, int]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows so far."""
        return sum(size for _, size in self.sizes)

    def add(self, cone: str, right: Floats, entries: Entries) -> slice:
        """Append one block, `cone` being `zero`, `plus` or `second`; its rows count from 0 in `entries`."""
        first = self.rows
        for rows, columns, values in zip(entries.rows, entries.cols, entries.values, strict=True):
            self.entries.add(rows + first, columns, values)
        self.right.append(np.asarray(right, dtype=float))
        self.sizes.append((cone, len(right)))
        return slice(first, first + len(right))


@dataclass(frozen=True)
class ConeResult:
    """End of a solve: values and the duals of every row, if it was solved."""

    outcome: Outcome
    x: Floats
    duals: Floats


_CONES = {
    "zero": clarabel.ZeroConeT,
    "plus": clarabel.NonnegativeConeT,
    "second": clarabel.SecondOrderConeT,
}


def solve_cones(program: ConeProgram, stop: StopSignal, tolerance: float = TOLERANCE) -> ConeResult:
    """Solve a program; `STOPPED` also where the solver gave up, so that nobody takes it for a proof."""
    columns, rows = len(program.slope), program.rows
    i, j, v = program.entries.triples()
    matrix = sparse.csc_matrix((v, (i, j)), shape=(rows, columns))
    curve = sparse.diags_array(program.curve, format="csc")
    cones = [_CONES[name](size) for name, size in program.sizes]
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix(curve),
        program.slope,
        matrix,
        np.concatenate(program.right),
        cones,
        _settings(stop, tolerance),
    )
    found = solver.solve()
    status = clarabel.SolverStatus
    if found.status in (status.Solved, status.AlmostSolved):
        return ConeResult(Outcome.OPTIMAL, np.array(found.x), np.array(found.z))
    if found.status == status.PrimalInfeasible:
        return ConeResult(Outcome.INFEASIBLE, np.zeros(columns), np.array(found.z))
    return ConeResult(Outcome.STOPPED, np.zeros(columns), np.zeros(rows))


def _settings(stop: StopSignal, tolerance: float) -> clarabel.DefaultSettings:
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_feas = settings.tol_gap_abs = settings.tol_gap_rel = tolerance
    if isfinite(stop.remaining):
        settings.time_limit = max(stop.remaining, 1e-3)
    return settings
