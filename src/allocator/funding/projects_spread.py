"""Second level: the least T = t^2 with CV^2 <= T limit^2 everywhere, so many sections lifted, and its bound.

Boxes of N are looked at by their bounds, the least first. In each, an integer program asks for the least v with
P Q - (1 + T limit^2) N^2 <= v limit^2 N_1^2 in every spread, where T is a little under the best that is known.
Where there is none, the box holds nothing better; a choice found with a smaller T takes its place.
"""

from __future__ import annotations

from dataclasses import replace

from allocator.funding.projects_boxes import Box, Boxes, spread_model
from allocator.funding.projects_search import Codes, Search, add_knots, in_order
from allocator.solving.highs import Outcome
from allocator.solving.readable import solve_readable

ROUGH = 0.1
"""Gap of a solve over the distance that is left."""
TINY = 1e-9
"""Squared t's closer than this are one."""


def smallest_t(search: Search, chosen: Codes, lifted: int) -> tuple[Codes, float]:
    """Find a choice with the smallest T, beginning from one, and a bound on T."""
    projects = search.projects
    if not projects.candidates or not projects.squared_t(chosen):
        return chosen, float(projects.squared_t(chosen))
    hunt = _Hunt(search, chosen, lifted)
    while hunt.target > 0:
        box = hunt.boxes.next(hunt.target, hunt.enough / 8)
        if box is None:
            break
        hunt.look_into(box)
    return hunt.chosen, hunt.bound


class _Hunt:
    """The best choice so far, and the boxes in which a better one can lie."""

    def __init__(self, search: Search, chosen: Codes, lifted: int) -> None:
        self.search = search
        self.lifted = lifted
        self.chosen = chosen
        self.best = search.projects.squared_t(chosen)
        self.boxes = Boxes(search, lifted)
        self._left = float("inf")

    @property
    def enough(self) -> float:
        """Gap of T at which the level counts as solved: t within the gap is T within twice the gap."""
        return max(TINY, 1.5 * self.search.limits.gap * float(self.best))

    @property
    def target(self) -> float:
        """What a choice must be under to matter."""
        return float(self.best) - self.enough

    @property
    def bound(self) -> float:
        """No choice has a smaller T."""
        left = min(self._left, float("inf") if self.boxes.bound is None else self.boxes.bound)
        return max(0.0, min(self.target, left))

    def look_into(self, box: Box) -> None:
        """Solve a box as an integer program; close it, or open it again with what was learnt."""
        narrow = self.boxes.narrowed(box, self.target)
        if narrow is None:
            return
        gap = max(self.enough / 4, ROUGH * (self.target - box.bound))
        model = spread_model(self.search, self.target, self.lifted, narrow.ranges, gap / 2)
        result = solve_readable(model.problem, self.search.limits, self.search.stop, gap=gap)
        if result.outcome is Outcome.INFEASIBLE:
            return
        if result.bound is not None:
            narrow = replace(narrow, bound=max(box.bound, self.target + min(0.0, result.bound) - TINY))
        if result.values is None:
            self.boxes.push(narrow)
            return
        found = model.chosen(result.values)
        if not in_order(self.search, model, found, result.values):
            self.boxes.push(narrow)
            return
        again = add_knots(self.search, found) or gap > self.enough / 4
        value = self.search.projects.squared_t(found)
        if value < self.best:
            self.chosen, self.best = found, value
        if narrow.bound >= self.target:
            return
        if again:
            self.boxes.push(narrow)
        else:
            self._left = min(self._left, narrow.bound)
