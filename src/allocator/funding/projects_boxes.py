"""Where a better choice can lie: boxes of the amounts N of all spreads, cut in two until a relaxation is close.

Over a box, N^2 is under one chord, and the linear relaxation of the packages is tight but for a few schools. So
relaxations alone exclude most boxes, and what is left is small enough for an integer program.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import heappop, heappush

import pulp

from allocator.funding.projects_model import ProjectsModel
from allocator.funding.projects_search import Search, model_of
from allocator.solving.highs import Outcome
from allocator.solving.readable import LinearEnd, OpenRelaxation

Ranges = tuple[tuple[float, float], ...]
SLACK = 1e-6
"""Tolerance of a solver, over N_0 and over T."""
NEAR = 0.3
"""A relaxation is close if its chord allows no more than this part of what is still to be gained."""
EDGE = 0.2
"""A box is cut no nearer to its ends than this part of its width."""


@dataclass(frozen=True, order=True)
class Box:
    """Ranges of N, one for each spread, in units of its knots; no choice inside has a T under `bound`."""

    bound: float
    ranges: Ranges


@dataclass(frozen=True)
class _Relaxed:
    """Bound of a box, what chords allow too much, in T, and where it should be cut."""

    bound: float
    excess: float
    spread: int
    at: float


def spread_model(
    search: Search, target: float, lifted: int, ranges: Ranges, error: float | None
) -> ProjectsModel:
    """Least v <= 0 with P Q - (1 + T limit^2) N^2 <= v limit^2 N_1^2 in every spread, so many lifted.

    N_1 is the least N of the range, so no choice with N in the ranges has a T under `target` + v.

    Parameters
    ----------
    target
        T: choices that are not better are left out.
    error
        What chords may allow too much, in T, as far as `MOST_KNOTS` lets them; None for one chord a spread.
    """
    inside = {}
    for number, (low, high) in enumerate(ranges):
        most = None if error is None else error * _worth(search, number, low, target)
        inside[number] = search.knots[number].inside(low, high, most)
    model = model_of(search, inside)
    problem = model.problem
    problem += model.lifted >= lifted, "lifted"
    worst = problem.add_variable("worst", -target, 0)
    for number, (spread, knots) in enumerate(zip(search.projects.spreads, inside.values(), strict=True)):
        square, squares = model.spread(number, knots)
        limit = float(spread.limit**2)
        room = limit * _least(ranges[number][0]) ** 2 * worst
        if search.knots[number].at[0] == 0:
            # Without any amount there is no CV, and the row must not speak.
            some = problem.add_variable(f"some_{number}", 0, 1)
            for code in sorted({code for part in spread.parts for code in part.adds}):
                problem += some >= model.take[code], f"some_{number}_{model.projects.names[code]}"
            room += limit * target * (1 - some)
        problem += squares - (1 + target * limit) * square - room <= 0, f"spread_{number}"
    problem.sense = pulp.LpMinimize
    problem.setObjective(worst + 0)
    return model


def _least(low: float) -> float:
    """N_1; without stock an amount is either nothing or at least one unit."""
    return max(low, 1.0)


def _worth(search: Search, number: int, low: float, target: float) -> float:
    """What one of T is worth in N^2, for one spread."""
    limit = float(search.projects.spreads[number].limit ** 2)
    return limit * _least(low) ** 2 / (1 + target * limit)


class Boxes:
    """Boxes that are still open, the one with the least bound first."""

    def __init__(self, search: Search, lifted: int) -> None:
        self._search = search
        self._lifted = lifted
        self._open = [Box(0.0, tuple(knots.ends for knots in search.knots.values()))]
        self._known: tuple[int, int] | None = None

    @property
    def bound(self) -> float | None:
        """No choice in an open box has a smaller T; None if none is open."""
        return self._open[0].bound if self._open else None

    def push(self, box: Box) -> None:
        """Open a box (again)."""
        heappush(self._open, box)

    def next(self, target: float, fine: float) -> Box | None:
        """Take the box with the least bound, cut in two until a relaxation is close.

        None if no box can hold a choice with a T under `target`, or if time is over.
        """
        while self._open and not self._search.stop.now:
            box = heappop(self._open)
            found = self._relaxed(box, target)
            if found is None:
                continue
            box = replace(box, bound=max(box.bound, found.bound))
            if box.bound >= target:
                continue
            low, high = box.ranges[found.spread]
            if found.excess <= max(fine, NEAR * (target - box.bound)) or high - low < SLACK:
                return box
            for half in _halves(box, found):
                self.push(half)
        return None

    def narrowed(self, box: Box, target: float) -> Box | None:
        """Narrow a box to what choices with a T under `target` can have; None if there are none."""
        for number, (low, high) in enumerate(box.ranges):
            ends = []
            for sign in (1, -1):
                self._set(box, target)
                amount = self._variables[f"amount_{self._search.projects.spreads[number].name}"]
                found = self._linear.least(amount, sign)
                if found.outcome is Outcome.INFEASIBLE:
                    return None
                if found.outcome is Outcome.STOPPED:
                    return box
                ends.append(found.value(amount))
            first, last = max(low, ends[0] - SLACK), min(high, ends[1] + SLACK)
            if first < last:
                ranges = list(box.ranges)
                ranges[number] = (first, last)
                box = replace(box, ranges=tuple(ranges))
        return box

    def _relaxed(self, box: Box, target: float) -> _Relaxed | None:
        """Solve the relaxation of a box; None if it holds nothing better than `target`."""
        self._set(box, target)
        found = self._linear.least(self._variables["worst"])
        if found.outcome is Outcome.INFEASIBLE:
            return None
        if found.outcome is Outcome.STOPPED:
            return _Relaxed(box.bound, 0.0, 0, 0.0)
        worst = found.value(self._variables["worst"])
        true = [self._true(found, number, box, target) for number in range(len(box.ranges))]
        value, number, at = max(true)
        return _Relaxed(target + worst - SLACK * target, value - worst, number, at)

    def _true(self, found: LinearEnd, number: int, box: Box, target: float) -> tuple[float, int, float]:
        """What v would have to be in one spread if its chord were exact."""
        spread = self._search.projects.spreads[number]
        amount, squares = (found.value(self._variables[f"{x}_{spread.name}"]) for x in ("amount", "squares"))
        limit = float(spread.limit**2)
        over = squares - (1 + target * limit) * amount**2
        return over / (limit * _least(box.ranges[number][0]) ** 2), number, amount

    def _set(self, box: Box, target: float) -> None:
        """Give the open relaxation the chords of a box."""
        search = self._search
        known = len(search.cuts), sum(len(t) for k in search.knots.values() for t in k.tangents.values())
        if known != self._known:
            # Rows were added: a new model, with one chord for each spread.
            model = spread_model(search, target, self._lifted, box.ranges, None)
            self._variables = model.problem.variablesDict()
            self._linear = OpenRelaxation(model.problem, search.limits, search.stop)
            self._known = known
        variables, linear = self._variables, self._linear
        worst = variables["worst"]
        linear.bound(worst, -target, 0)
        for number, (spread, (low, high)) in enumerate(zip(search.projects.spreads, box.ranges, strict=True)):
            amount, square = (variables[f"{x}_{spread.name}"] for x in ("amount", "square"))
            linear.bound(amount, low, high)
            linear.bound(square, 0, high**2)
            linear.row(f"chord_{spread.name}", {amount: -(low + high)}, -low * high)
            limit = float(spread.limit**2)
            terms = {square: -(1 + target * limit), worst: -limit * _least(low) ** 2}
            if some := variables.get(f"some_{number}"):
                terms[some] = limit * target
            linear.row(f"spread_{number}", terms, limit * target if some else 0.0)


def _halves(box: Box, found: _Relaxed) -> tuple[Box, Box]:
    """Cut where the relaxation lies, but not too near to an end."""
    low, high = box.ranges[found.spread]
    at = min(max(found.at, low + EDGE * (high - low)), high - EDGE * (high - low))
    first, last = list(box.ranges), list(box.ranges)
    first[found.spread], last[found.spread] = (low, at), (at, high)
    return Box(box.bound, tuple(first)), Box(box.bound, tuple(last))
