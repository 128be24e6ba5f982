"""One objective level solved with a proven bound, and levels one after another.

Linear relaxation first. Where it comes out integral, it is the optimum. Where not, cuts make it tighter, often
integral; then the neighbourhood of what is still fractional is decided by small integer programs. Where the gap
is not yet closed, columns that reduced costs exclude (a better plan cannot use them) are removed for good, and
what is left is solved exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.solving.cuts import Pool, cuts
from allocator.solving.highs import Highs, IntegerResult, LinearResult, Outcome, restricted
from allocator.solving.model import Bools, Floats, LinearModel, dual_bound
from allocator.solving.neighbourhood import neighbourhood

INTEGRAL = 1e-6
"""Distance from a whole number at which a relaxed value counts as whole."""

FREEDOM = (500, 2000, 8000, 30_000)
"""Integer columns left free around the fractions of a relaxation when it is completed, one after another."""

WORTH = 5
"""Times the columns of the last try that may be left for the exact end to be worth beginning."""

NODES = 1000
"""Nodes of branch and bound in each completion: a larger neighbourhood is worth more than a long search."""

CUT_ROUNDS = 25


@dataclass(frozen=True)
class Objective:
    """What one level minimises: `cost @ x + constant`.

    Attributes
    ----------
    scale
        Factor that brings the costs to around 1..1e4 for the solver.
    tie
        Cost that breaks ties in the first linear solves (same shape), or None; never part of a value or bound.
    ladder
        Multiples of `tie` to go through, largest first. A heavy tie-breaker makes an easy problem whose basis
        is a good start for the next lighter one: far fewer iterations than beginning with the last.
    whole
        Whether the value is always a whole number, so that bounds can be rounded up.
    unit
        Denominator floor of the relative gap.
    """

    name: str
    cost: Floats
    constant: float
    scale: float
    unit: float
    whole: bool = False
    tie: Floats | None = None
    ladder: tuple[float, ...] = (1.0,)

    def value(self, x: Floats) -> float:
        """Value of the level at `x`."""
        return float(self.cost @ x) + self.constant


@dataclass(frozen=True)
class Solved:
    """What is known of a level after solving.

    `x` is None if no plan was found; `bound` None if nothing is proven. `infeasible` is only set with a proof.
    """

    x: Floats | None
    bound: float | None
    integral: bool
    infeasible: bool = False


class LevelSolver:
    """Solves level after level over one growing model, keeping the basis of the relaxation.

    `polish` sets the continuous columns to what follows from the integer ones.
    """

    def __init__(
        self,
        model: LinearModel,
        limits: Limits,
        stop: StopSignal,
        polish: Callable[[Floats], Floats],
        progress: ProgressSink | None = None,
    ) -> None:
        self.model = model
        self.polish = polish
        self.limits = limits
        self.stop = stop
        self.progress = progress
        self.relaxation = Highs(model, limits, stop)
        self.pool = Pool(model)

    def solve(self, objective: Objective, start: Floats | None = None) -> Solved:
        """Minimise one level.

        Parameters
        ----------
        objective
            The level.
        start
            Values of a plan that is feasible in the present model, if one is known.
        """
        self._tell(objective, start, None)
        if self.model.columns == 0:
            return self._empty(objective)
        self.pool.arm()
        try:
            return self._solve(objective, start)
        finally:
            self.pool.rest()

    def prepare(self, objective: Objective) -> None:
        """Solve the relaxation of a level, with its cuts, for the sake of its basis."""
        self.pool.arm()
        try:
            self._guide(objective)
            relaxed = self.relaxation.relax(objective.cost * objective.scale)
            if relaxed.outcome is Outcome.OPTIMAL and not objective.whole:
                self._cut(objective, relaxed, *self._proven(objective, relaxed))
        finally:
            self.pool.rest()

    def glance(self, objective: Objective, basis: Any, worse: float) -> Solved:
        """Bound a level by its relaxation alone, begun at a basis of the same relaxation.

        Where the bound is above `worse`, one small integer program around the vertex looks for a plan.
        """
        self.pool.arm()
        try:
            self.relaxation.restart(basis)
            relaxed = self.relaxation.relax(objective.cost * objective.scale)
            if relaxed.outcome is not Outcome.OPTIMAL:
                return Solved(None, None, integral=False, infeasible=relaxed.outcome is Outcome.INFEASIBLE)
            bound, reduced = self._proven(objective, relaxed)
            if bound <= worse:
                return Solved(None, bound, integral=False)
            free = neighbourhood(self.model, relaxed.x, reduced, FREEDOM[0])
            found = self._integers(objective, free, np.round(relaxed.x), bound, nodes=NODES)
            return Solved(found.x, bound, integral=False)
        finally:
            self.pool.rest()

    def search(self, objective: Objective, start: Floats | None = None) -> Solved:
        """Minimise one level by branch and bound over all columns at once.

        For levels whose choices share something scarce, as in a knapsack: what their relaxation says clearly is
        no guide, and cuts over everything close the gap. Parameters as for `solve`.
        """
        self._tell(objective, start, None)
        self.pool.arm()
        try:
            relaxed = self.relaxation.relax(objective.cost * objective.scale)
            if relaxed.outcome is Outcome.INFEASIBLE:
                return Solved(None, None, integral=False, infeasible=True)
            if relaxed.outcome is Outcome.STOPPED:
                return Solved(start, None, integral=False)
            bound, _ = self._proven(objective, relaxed)
            whole = self.snapped(relaxed.x)
            if whole is not None and self._gap(objective, whole, bound) <= self.limits.gap:
                return Solved(whole, bound, integral=True)
            return self._search(objective, bound, start)
        finally:
            self.pool.rest()

    def _solve(self, objective: Objective, start: Floats | None) -> Solved:
        guide = self._guide(objective)
        relaxed = self.relaxation.relax(objective.cost * objective.scale)
        if relaxed.outcome is Outcome.INFEASIBLE:
            return Solved(None, None, integral=False, infeasible=True)
        if relaxed.outcome is Outcome.STOPPED:
            return Solved(start, None, integral=False)
        bound, reduced = self._proven(objective, relaxed)
        for candidate in (relaxed, guide):
            whole = None if candidate is None else self.snapped(candidate.x)
            if whole is not None and self._gap(objective, whole, bound) <= self.limits.gap:
                self._tell(objective, whole, bound)
                return Solved(whole, bound, integral=True)
        if not objective.whole:
            relaxed, bound, reduced = self._cut(objective, relaxed, bound, reduced)
            whole = self.snapped(relaxed.x)
            if whole is not None and self._gap(objective, whole, bound) <= self.limits.gap:
                self._tell(objective, whole, bound)
                return Solved(whole, bound, integral=False)
        vertex, clear = relaxed.x, reduced
        if objective.whole and guide is not None:
            vertex = guide.x
            clear = dual_bound(self.model, self._guided(objective, objective.ladder[-1]), guide.duals)[1]
        best = self._complete(objective, vertex, clear, start, bound)
        if best is None:
            return self._search(objective, bound)
        if self._gap(objective, best, bound) <= self.limits.gap:
            return Solved(best, bound, integral=False)
        return self._reduce(objective, best, bound, reduced)

    def _guide(self, objective: Objective) -> LinearResult | None:
        """Go through the tie-breakers, heaviest first; the last relaxation."""
        guide = None
        if objective.tie is not None:
            for weight in objective.ladder:
                guide = self.relaxation.relax(self._guided(objective, weight))
        return guide

    def _guided(self, objective: Objective, weight: float) -> Floats:
        tie = np.zeros_like(objective.cost) if objective.tie is None else objective.tie
        return objective.cost * objective.scale + weight * tie

    def _proven(self, objective: Objective, relaxed: LinearResult) -> tuple[float, Floats]:
        """Bound of the level that the duals prove, and reduced costs."""
        bound, reduced = dual_bound(self.model, objective.cost * objective.scale, relaxed.duals)
        return self._rounded(objective, bound / objective.scale + objective.constant), reduced

    def _cut(
        self, objective: Objective, relaxed: LinearResult, bound: float, reduced: Floats
    ) -> tuple[LinearResult, float, Floats]:
        """Cut off fractional vertices, as long as that finds cuts and the vertex is not whole."""
        for _ in range(CUT_ROUNDS):
            found = cuts(self.model, self.relaxation, relaxed.x)
            if not found:
                break
            self.pool.add(found)
            after = self.relaxation.relax(objective.cost * objective.scale)
            if after.outcome is not Outcome.OPTIMAL:
                break
            relaxed = after
            proven, reduced = self._proven(objective, relaxed)
            bound = max(bound, proven)
            self._tell(objective, None, bound)
        return relaxed, bound, reduced

    def _empty(self, objective: Objective) -> Solved:
        """A model without columns: its only plan is the empty one, if that obeys the rows."""
        if self.model.breach(np.zeros(0)) > 0:
            return Solved(None, None, integral=True, infeasible=True)
        return Solved(np.zeros(0), objective.constant, integral=True)

    def _rounded(self, objective: Objective, bound: float) -> float:
        return float(np.ceil(bound - INTEGRAL)) + 0.0 if objective.whole else bound  # never -0.0

    def _gap(self, objective: Objective, x: Floats, bound: float) -> float:
        value = objective.value(x)
        return abs(value - bound) / max(abs(value), objective.unit)

    def _tell(self, objective: Objective, x: Floats | None, bound: float | None) -> None:
        if self.progress is None:
            return
        value = None if x is None else objective.value(x)
        gap = None if x is None or bound is None else self._gap(objective, x, bound)
        self.progress(Progress(objective.name, self.stop.seconds, value, bound, gap))

    def _complete(
        self, objective: Objective, relaxed: Floats, reduced: Floats, start: Floats | None, bound: float
    ) -> Floats | None:
        """Keep what the relaxation says clearly, decide the rest in small integer programs, each larger."""
        best = start
        for freedom in FREEDOM:
            free = neighbourhood(self.model, relaxed, reduced, freedom)
            found = self._integers(objective, free, np.round(relaxed), bound, nodes=NODES)
            if found.x is not None and (best is None or objective.value(found.x) < objective.value(best)):
                best = found.x
                self._tell(objective, best, bound)
            if best is not None and self._enough(objective, best, bound, reduced, freedom):
                break
            if self.stop.now or free.all():
                break
        return best

    def _enough(self, objective: Objective, best: Floats, bound: float, reduced: Floats, freedom: int) -> bool:
        """Whether the gap is closed, or so narrow that reduced costs leave few columns."""
        if self._gap(objective, best, bound) <= self.limits.gap:
            return True
        left = self.model.integer & ~self._stuck(objective, best, bound, reduced)
        return int(left.sum()) <= WORTH * freedom

    def _stuck(self, objective: Objective, best: Floats, bound: float, reduced: Floats) -> Bools:
        """Columns that no plan better than `best` can use: to move them would cost more than the gap."""
        gap = (objective.value(best) - bound) * objective.scale
        whole = self.model.integer | self.model.implied
        return np.asarray(whole & (np.abs(reduced) > gap * (1 + 1e-9) + 1e-9))

    def _reduce(self, objective: Objective, best: Floats, bound: float, reduced: Floats) -> Solved:
        """Remove the columns that no better plan can use, then solve what is left exactly."""
        stuck = self._stuck(objective, best, bound, reduced)
        at_bound = np.where(reduced > 0, self.model.lower, self.model.upper)
        inside = bool((best == at_bound)[stuck].all())
        found = self._integers(objective, ~stuck, at_bound, bound)
        if found.outcome is Outcome.INFEASIBLE:
            # With `best` inside this is wrong; otherwise it must be said again, without presolve.
            found = self._integers(objective, ~stuck, at_bound, bound, presolve=False)
            if found.outcome is Outcome.INFEASIBLE:
                return Solved(best, bound if inside else objective.value(best), integral=False)
        better = found.x is not None and objective.value(found.x) < objective.value(best)
        x = found.x if better and found.x is not None else best
        if found.bound is not None:
            proven = self._rounded(objective, found.bound)
            # Plans outside the reduced model are no better than `best`.
            bound = max(bound, min(proven, objective.value(best)))
        return Solved(x, min(bound, objective.value(x)), integral=False)

    def _search(self, objective: Objective, bound: float, start: Floats | None = None) -> Solved:
        """Search the whole integer program; `start` is what is known if the search finds nothing better.

        The search is not told of it; see `Highs.integers`.
        """
        everything = np.ones(self.model.columns, dtype=bool)
        found = self._integers(objective, everything, np.zeros(self.model.columns), bound)
        if found.outcome is Outcome.INFEASIBLE:
            # Two words against each other prove nothing.
            return Solved(start, None if start is None else bound, integral=False, infeasible=start is None)
        if found.bound is not None:
            bound = max(bound, self._rounded(objective, found.bound))
        better = found.x is not None and (start is None or objective.value(found.x) < objective.value(start))
        return Solved(found.x if better else start, bound, integral=False)

    def _integers(
        self,
        objective: Objective,
        free: Bools,
        fixed: Floats,
        bound: float,
        *,
        nodes: int | None = None,
        presolve: bool = True,
    ) -> IntegerResult:
        """Solve the integer program over the free columns; values and bound are those of the whole model."""
        small, _ = restricted(self.model, free, fixed)
        outside = float(objective.cost[~free] @ fixed[~free]) + objective.constant

        def report(value: float | None, bound: float | None) -> None:
            if self.progress is not None:
                known = [None if v is None else v / objective.scale + outside for v in (value, bound)]
                self.progress(Progress(objective.name, self.stop.seconds, known[0], known[1]))

        solver = Highs(small, self.limits, self.stop)
        found = solver.integers(
            objective.cost[free] * objective.scale,
            report,
            self._near(objective, bound) * objective.scale,
            nodes,
            presolve=presolve,
        )
        x = None
        if found.x is not None:
            x = fixed.copy()
            x[free] = found.x
            x = self.snapped(x)
        proven = None if found.bound is None else found.bound / objective.scale + outside
        return IntegerResult(found.outcome, x, proven)

    def _near(self, objective: Objective, bound: float) -> float:
        """Absolute gap at which an integer program may end: half of what the level's value allows.

        The relative gap of the program will not do: its costs lack the constant and what is fixed.
        """
        near = self.limits.gap / 2 * max(objective.unit, bound)
        return max(near, 0.999) if objective.whole else near

    def snapped(self, x: Floats) -> Floats | None:
        """Round the integer columns and let the others follow; None unless that is a plan."""
        near = np.where(self.model.integer, np.round(x), x)
        if np.abs(x - near).max(initial=0.0) > INTEGRAL:
            return None
        whole = self.polish(near)
        return whole if self.model.breach(whole) <= 1e-6 else None
