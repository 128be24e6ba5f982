"""The level after evenness, with the spread of the means held.

The ends of the spread are known up to what is between the bound and the value of evenness, mostly nothing: then
one window holds it. Else the place of the largest mean is branched on until the best plan of each part is even.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import heappop, heappush

from allocator.alliance.group_evenness import Evenness
from allocator.alliance.group_windows import ends_of, with_window
from allocator.alliance.groups import GroupProgram
from allocator.domain.run import Limits, StopSignal
from allocator.solving.levels import LevelSolver, Objective, Solved
from allocator.solving.model import Floats

ROUNDING = 1e-7
"""Points by which a spread may be larger for the rounding of sums."""


@dataclass
class Held:
    """Minimises a level over the plans whose spread is at most `spread`."""

    program: GroupProgram
    evenness: Evenness
    spread: float
    limits: Limits
    stop: StopSignal

    def solve(self, objective: Objective) -> Solved:
        """Solve part after part, the one with the lowest bound first."""
        best = self.evenness.plan
        parts = [(float("-inf"), self.evenness.top, self.evenness.bottom + self.spread)]
        closed = float("inf")
        searched = False
        while parts:
            known, first, last = heappop(parts)
            if known >= objective.value(best):
                break
            found = self._part(objective, first, last, best)
            bound = known if found.bound is None else max(known, found.bound)
            if found.infeasible:
                continue
            if found.x is not None and self._even(found.x):
                best = min(found.x, best, key=objective.value)
                closed = min(closed, bound)
                continue
            if not searched:
                searched, best = True, self._beside(objective, best)
            if found.x is None or self.stop.now:
                closed = min(closed, bound)
                continue
            low, high = ends_of(self.program, found.x)
            cut = (low + self.spread + high) / 2
            heappush(parts, (bound, first, cut))
            heappush(parts, (bound, cut, last))
        bound = min(closed, objective.value(best))
        return Solved(best, None if bound == float("-inf") else bound, integral=False)

    def _even(self, plan: Floats) -> bool:
        low, high = ends_of(self.program, plan)
        return high - low <= self.spread + ROUNDING

    def _part(self, objective: Objective, first: float, last: float, best: Floats) -> Solved:
        """Minimise where the largest mean is from `first` to `last`, in a window that may be too wide."""
        model = with_window(self.program, first - self.spread - ROUNDING, last + ROUNDING)
        solver = LevelSolver(model, replace(self.limits, gap=0.0), self.stop, lambda x: x, None)
        return solver.solve(objective, best if model.breach(best) <= ROUNDING else None)

    def _beside(self, objective: Objective, best: Floats) -> Floats:
        """The best plan with the ends of a plan at hand."""
        _, high = ends_of(self.program, best)
        found = self._part(objective, high, high, best)
        return best if found.x is None or not self._even(found.x) else min(found.x, best, key=objective.value)
