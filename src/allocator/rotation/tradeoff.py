"""The exact front between moves, balance and kilometres, point by point.

A point is found in one of two ways, and neither leaves room for a plan that is as good on every axis and better
on one:

- as the lexicographic optimum of all axes under upper limits on some of them (epsilon constraints): whatever
  beat it would keep the limits and come first;
- between two points of balance and kilometres, as the optimum of the sum weighted by the slope between
  them: whatever beat it would have a smaller sum. The relaxation of that is nearly always integral, which
  limits on kilometres spoil; so this comes first, and epsilon constraints where no corner of the front's
  hull is left.

Staffing is held at its best value throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor, hypot

import numpy as np

from allocator.domain.plan import Moves
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.domain.several import AXIS_UNITS, AxisChoice, End, relative_gap
from allocator.rotation.facts import Facts
from allocator.rotation.plan import moves_of
from allocator.rotation.problem import Problem
from allocator.rotation.repair import problem_of
from allocator.rotation.several import Cap, improve
from allocator.solving.highs import Highs
from allocator.solving.levels import LevelSolver, Objective, Solved
from allocator.solving.model import Floats

STEP: Mapping[str, float] = {"moves": 1.0, "km": 0.001}
"""Smallest difference between two values: distances are rounded to the metre."""


@dataclass(frozen=True)
class Spot:
    """A plan of the front with its value and proven bound on each axis."""

    values: Mapping[str, float]
    bounds: Mapping[str, float | None]
    x: Floats = field(repr=False)


class Scale:
    """Solves for single points of the front; each axis can be limited from above.

    Parameters
    ----------
    held
        Level -> largest value allowed on the whole front.
    """

    def __init__(
        self,
        facts: Facts,
        held: Mapping[str, float],
        limits: Limits,
        stop: StopSignal,
        progress: ProgressSink | None = None,
    ) -> None:
        self.problem = problem_of(facts)
        for name, most in held.items():
            Cap(self.problem, self.problem.objective(name)).set(most)
        balance = self.problem.objective("balance")
        self.objectives = {
            "balance": balance,
            "moves": _of_moves(self.problem, "moves", np.ones(len(self.problem.moves))),
            "km": _of_moves(self.problem, "km", self.problem.moves.km),
        }
        self.caps = {axis: Cap(self.problem, objective) for axis, objective in self.objectives.items()}
        self.solver = LevelSolver(self.problem.model, limits, stop, self.problem.polish, progress)
        self.relaxation = Highs(self.problem.model, limits, stop)
        self.known: list[Spot] = []

    def best(self, order: Sequence[str], most: Mapping[str, float]) -> Spot | None:
        """Lexicographic optimum of the axes in an order, under upper limits; None at the time limit."""
        values: dict[str, float] = {}
        bounds: dict[str, float | None] = {}
        for axis, value in most.items():
            self.caps[axis].set(value)
        x = self._known_within(most, order[0])
        for axis in order:
            solved = self._solve(axis, x)
            if solved.x is None or solved.bound is None:
                x = None
                break
            x = solved.x
            values[axis], bounds[axis] = self.objectives[axis].value(x), solved.bound
            self.caps[axis].set(values[axis])
        for cap in self.caps.values():
            cap.lift()
        if x is None:
            return None
        values = {axis: self.objectives[axis].value(x) for axis in values}
        spot = Spot(values, bounds, x)
        self.known.append(spot)
        return spot

    def between(self, low: Spot, high: Spot, rest: Sequence[str], most: Mapping[str, float]) -> Spot | None:
        """Optimum of balance and km, weighted by the slope between two points; None at the time limit."""
        rise = low.values["balance"] - high.values["balance"]
        weight = rise / (high.values["km"] - low.values["km"])
        balance, km = self.objectives["balance"], self.objectives["km"]
        both = replace(balance, cost=balance.cost + weight * km.cost, tie=None)
        for axis, value in most.items():
            self.caps[axis].set(value)
        solved = self.solver.solve(both, min((low.x, high.x), key=both.value))
        x, bounds = solved.x, dict[str, float | None]()
        if x is not None and solved.bound is not None:
            wide = max(0.0, both.value(x) - solved.bound)
            bounds = {"balance": balance.value(x) - wide, "km": km.value(x) - wide / weight}
            for axis in ("balance", "km"):
                self.caps[axis].set(self.objectives[axis].value(x))
            x = self._tighten(x, bounds)
            for axis in rest:
                further = self._solve(axis, x)
                x, bounds[axis] = further.x, further.bound
        for cap in self.caps.values():
            cap.lift()
        if x is None or not bounds or None in bounds.values():
            return None
        spot = Spot({axis: self.objectives[axis].value(x) for axis in bounds}, bounds, x)
        self.known.append(spot)
        return spot

    def _tighten(self, x: Floats, bounds: dict[str, float | None]) -> Floats:
        """Close the gaps that a small gap of the weighted sum leaves on a single axis."""
        for axis, bound in bounds.items():
            value, unit = self.objectives[axis].value(x), AXIS_UNITS[axis]
            if (relative_gap(value, bound, unit) or 0.0) > self.solver.limits.gap:
                further = self._solve(axis, x)
                x = x if further.x is None else further.x
                bounds[axis] = max(v for v in (bound, further.bound, -np.inf) if v is not None)
        return x

    def _solve(self, axis: str, x: Floats | None) -> Solved:
        """Minimise one axis, from a plan within the limits if one is known."""
        objective = self.objectives[axis]
        if x is None:
            return self.solver.solve(objective)
        return improve(self.problem, self.relaxation, objective, x, self.solver.limits, self.solver.stop)

    def _known_within(self, most: Mapping[str, float], axis: str) -> Floats | None:
        """Best known plan that keeps the limits."""
        fitting = [
            spot.x
            for spot in self.known
            if all(self.objectives[a].value(spot.x) <= value for a, value in most.items())
        ]
        return min(fitting, key=self.objectives[axis].value, default=None)

    def moves(self, spot: Spot) -> Moves:
        """The plan of a point."""
        return moves_of(self.problem, spot.x)


def _of_moves(problem: Problem, name: str, weight: Floats) -> Objective:
    cost = np.zeros(problem.model.columns)
    cost[: len(problem.moves)] = weight
    return Objective(name, cost, 0.0, 1.0, 1.0, whole=name == "moves")


@dataclass
class Gap:
    """Values of the second axis, strictly between two points, that are not yet searched.

    `settled` says that the upper half was found empty once; then the neighbour of `high` is asked for. `hull`
    says that no corner of the hull lies between.
    """

    low: Spot
    high: Spot
    floor: float
    ceiling: float
    settled: bool = False
    hull: bool = False


@dataclass
class Front:
    """The front of balance against a second axis, below limits on others: points are put into its widest gap.

    Parameters
    ----------
    scale
        Finds single points.
    second
        `moves` or `km`: the axis that the epsilon limits are put on.
    rest
        Axes after these two, to be as small as possible.
    most
        Upper limits on the rest.
    """

    scale: Scale
    second: str
    rest: tuple[str, ...] = ()
    most: Mapping[str, float] = field(default_factory=dict)
    spots: list[Spot] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    end: End = "enough"

    @property
    def complete(self) -> bool:
        """Whether no point is missing."""
        return bool(self.spots) and not self.gaps and self.end != "limit"

    def search(self, points: int) -> list[Spot]:
        """Find up to so many points, the two ends first; more of them when asked again."""
        if not self.spots and not self._ends():
            self.end = "limit"
            return self.spots
        while self.gaps and len(self.spots) < points:
            if not self._split(max(self.gaps, key=self._width)):
                self.end = "limit"
                return self.spots
        self.end = "enough" if self.gaps else "none"
        return self.spots

    def _ends(self) -> bool:
        """Best balance, and least of the second axis."""
        step = STEP[self.second]
        high = self.scale.best(("balance", self.second, *self.rest), self.most)
        low = None if high is None else self.scale.best((self.second, "balance", *self.rest), self.most)
        if high is None or low is None:
            return False
        self.spots = [high]
        if high.values[self.second] - low.values[self.second] > step / 2:
            self.spots.append(low)
            self._open(Gap(low, high, low.values[self.second], high.values[self.second]))
        return True

    def _open(self, gap: Gap) -> None:
        """Note a gap, unless no value lies inside."""
        if gap.ceiling - gap.floor >= 1.5 * STEP[self.second]:
            self.gaps.append(gap)

    def _width(self, gap: Gap) -> float:
        """Size of a gap relative to the whole front."""
        ends = self.spots[:2]
        second = [s.values[self.second] for s in ends]
        balance = [s.values["balance"] for s in ends]
        wide = (gap.ceiling - gap.floor) / max(STEP[self.second], abs(second[0] - second[1]))
        tall = (gap.low.values["balance"] - gap.high.values["balance"]) / max(
            1e-9, abs(balance[0] - balance[1])
        )
        return hypot(wide, tall)

    def _split(self, gap: Gap) -> bool:
        """Search one gap for a point; False if the time limit came first."""
        return self._corner(gap) if self.second == "km" and not gap.hull else self._inside(gap)

    def _corner(self, gap: Gap) -> bool:
        """Look for a corner of the hull between the two points of a gap."""
        low, high = gap.low, gap.high
        spot = self.scale.between(low, high, self.rest, self.most)
        if spot is None:
            return False
        value, half = spot.values[self.second], STEP[self.second] / 2
        if not low.values[self.second] + half < value < high.values[self.second] - half:
            gap.hull = True
            return True
        self.gaps.remove(gap)
        self.spots.append(spot)
        self._open(Gap(low, spot, gap.floor, value))
        self._open(Gap(spot, high, value, gap.ceiling))
        return True

    def _inside(self, gap: Gap) -> bool:
        """Search a gap at its middle, or just below its upper end."""
        step = STEP[self.second]
        limit = gap.ceiling - step
        if not gap.settled:
            middle = (gap.floor + gap.ceiling) / 2
            limit = min(limit, gap.floor + step * floor((middle - gap.floor) / step + 1e-6))
        limits = {**self.most, self.second: limit + step / 4}
        spot = self.scale.best(("balance", self.second, *self.rest), limits)
        if spot is None:
            return False
        self.gaps.remove(gap)
        value = spot.values[self.second]
        if value <= gap.low.values[self.second] + step / 2:
            self._open(Gap(gap.low, gap.high, limit, gap.ceiling, settled=True, hull=True))
            return True
        self.spots.append(spot)
        self._open(Gap(gap.low, spot, gap.floor, value, hull=True))
        self._open(Gap(spot, gap.high, limit, gap.ceiling, settled=gap.settled, hull=True))
        return True


def front(scale: Scale, axes: AxisChoice, points: int) -> tuple[list[Spot], bool, End]:
    """Find points of the front: spots without repetition, whether that is the whole front, and why it ended."""
    if len(axes) == 2:
        second = next(axis for axis in axes if axis != "balance")
        line = Front(scale, second)
        return line.search(max(2, points)), line.complete, line.end
    return _slices(scale, points)


def _slices(scale: Scale, points: int) -> tuple[list[Spot], bool, End]:
    """Three axes: fronts of balance against km, each below another number of moves."""
    free = Front(scale, "km", ("moves",))
    each = max(2, round(points**0.5))
    found = free.search(each)
    least = scale.best(("moves", "balance", "km"), {}) if found else None
    if least is None:
        return found, False, "limit"
    found = _distinct([*found, least])
    fewest, most = least.values["moves"], max(s.values["moves"] for s in scale.known)
    levels = _spread(fewest, most, -(-points // each))
    left = [float(m) for m in np.arange(fewest, most) if m not in levels]
    lines = [free, *(Front(scale, "km", ("moves",), {"moves": moves}) for moves in (*levels, *left))]
    room = {id(line): each for line in lines}
    while len(found) < points and (open_lines := [line for line in lines if not line.complete]):
        for line in open_lines:
            found = _distinct([*found, *line.search(room[id(line)])])
            room[id(line)] = len(line.spots) + 1
            if line.end == "limit":
                return found[:points], False, "limit"
            if len(found) >= points:
                break
    whole = len(found) <= points and all(line.complete for line in lines)
    return found[:points], whole, "none" if whole else "enough"


def _spread(least: float, most: float, count: int) -> list[float]:
    """Whole numbers from least to below most, evenly spread, at most so many."""
    return [float(v) for v in np.unique(np.floor(np.linspace(least, most, max(2, count) + 1)[:-1])) if v < most]


def _distinct(spots: Sequence[Spot]) -> list[Spot]:
    """Spots without those whose values another has."""
    seen: dict[tuple[float, ...], Spot] = {}
    for spot in spots:
        key = (round(spot.values["balance"], 7), round(spot.values["km"], 3), round(spot.values["moves"]))
        seen.setdefault(key, spot)
    return list(seen.values())
