"""Plans that are nearly as good and as different as possible.

The distance of two plans is the number of teachers whose decision (stay, or a column) differs. Teachers of one
class are interchangeable: with x_m and y_m of class c moving by column m, and X_c, Y_c all its movers,

    d(x, y) = sum over c of max(X_c, Y_c) - sum over m of min(x_m, y_m),

the fewest members who would have to be told otherwise. For a given y it is linear in x but for the classes of
which y moves some and not all; there `min` and `max` are made exact with one binary each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from allocator.domain.plan import Move, Moves
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.rotation.facts import Facts
from allocator.rotation.plan import moves_of
from allocator.rotation.problem import Problem
from allocator.rotation.repair import problem_of
from allocator.rotation.several import Cap, values_of
from allocator.solving.levels import LevelSolver, Objective
from allocator.solving.model import INFINITY, Entries, Floats, Ints, LinearModel

DISTANCE_GAP = 0.2
"""Gap at which a distance counts as large enough, relative to the moves of the first plan; the bound is told in
any case. Finding such a plan takes a fraction of the time of proving that none is further."""

FEW_MOVES = 20
"""Up to so many moves distances are proven to the end."""


def distance(class_of: Mapping[str, int], one: Sequence[Move], other: Sequence[Move]) -> int:
    """Teachers whose decision differs between two plans, teachers of one class being interchangeable."""
    mine, theirs = (_decisions(class_of, plan) for plan in (one, other))
    total = 0
    for group in mine.keys() | theirs.keys():
        a, b = mine[group], theirs[group]
        total += max(a.total(), b.total()) - (a & b).total()
    return total


def _decisions(class_of: Mapping[str, int], plan: Sequence[Move]) -> defaultdict[int, Counter[tuple[str, str]]]:
    found: defaultdict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    for m in plan:
        found[class_of[m.teacher_id]][m.to_school_id, m.subject.value] += 1
    return found


@dataclass(frozen=True)
class Reference:
    """A plan from which others are to differ, as columns and rows of the model.

    Attributes
    ----------
    y
        Shape (move columns,): the plan.
    partial
        Columns m of which y takes some members of a class and not all; `shared` holds min(x_m, y_m), `above`
        says whether x_m >= y_m.
    groups
        Classes of which y moves some and not all; `larger` holds max(X_c, Y_c), `more` says whether X_c >= Y_c.
    """

    y: Floats
    partial: Ints
    shared: Ints
    above: Ints
    groups: Ints
    larger: Ints
    more: Ints

    def complete(self, problem: Problem, x: Floats) -> None:
        """Set the columns that follow from the moves."""
        moved, y = x[: len(self.y)], self.y[self.partial]
        x[self.shared] = np.minimum(moved[self.partial], y)
        x[self.above] = moved[self.partial] >= y
        mine, theirs = (_by_class(problem, v)[self.groups] for v in (moved, self.y))
        x[self.larger] = np.maximum(mine, theirs)
        x[self.more] = mine >= theirs

    def distance(self, problem: Problem, x: Floats) -> float:
        """Distance of the plan with these column values."""
        moved = x[: len(self.y)]
        larger = np.maximum(_by_class(problem, moved), _by_class(problem, self.y)).sum()
        return float(larger - np.minimum(moved, self.y).sum())


def _by_class(problem: Problem, moved: Floats) -> Floats:
    return np.bincount(problem.moves.cls, moved, len(problem.groups.size)).astype(np.float64)


def refer(problem: Problem, y: Floats, nearest: int) -> Reference:
    """Add the columns and rows of `nearest <= d(x, y)`."""
    model, cls = problem.model, problem.moves.cls
    size, moving = problem.groups.size.astype(float), _by_class(problem, y)
    partial = np.flatnonzero((y > 0) & (y < size[cls]))
    groups = np.flatnonzero((moving > 0) & (moving < size))
    shared = model.add_columns(0.0, y[partial], implied=True)
    above = model.add_columns(0.0, np.ones(len(partial)), integer=True)
    larger = model.add_columns(0.0, size[groups], implied=True)
    more = model.add_columns(0.0, np.ones(len(groups)), integer=True)
    reference = Reference(y, partial, shared, above, groups, larger, more)
    _shared_rows(model, reference, size[cls[partial]])
    _larger_rows(problem, reference, size[groups], moving[groups])
    _distance_row(problem, reference, size, moving, nearest)
    return reference


def _shared_rows(model: LinearModel, reference: Reference, size: Floats) -> None:
    """Shared >= x - (n - y) above; shared >= y above: so shared is at least min(x, y)."""
    y, every = reference.y[reference.partial], np.arange(len(reference.partial))
    first, second = Entries(), Entries()
    first.add(every, reference.shared, 1.0)
    first.add(every, reference.partial, -1.0)
    first.add(every, reference.above, size - y)
    second.add(every, reference.shared, 1.0)
    second.add(every, reference.above, -y)
    for entries in (first, second):
        model.add_rows(np.zeros(len(every)), np.full(len(every), INFINITY), entries)


def _larger_rows(problem: Problem, reference: Reference, size: Floats, moving: Floats) -> None:
    """Larger <= X + Y (1 - more); larger <= Y + (n - Y) more: so larger is at most max(X, Y)."""
    every, rows = np.arange(len(size)), len(size)
    number = np.full(len(problem.groups.size), -1)
    number[reference.groups] = every
    columns = np.flatnonzero(number[problem.moves.cls] >= 0)
    first, second = Entries(), Entries()
    first.add(every, reference.larger, 1.0)
    first.add(number[problem.moves.cls[columns]], columns, -1.0)
    first.add(every, reference.more, moving)
    second.add(every, reference.larger, 1.0)
    second.add(every, reference.more, moving - size)
    for entries in (first, second):
        problem.model.add_rows(np.full(rows, -INFINITY), moving, entries)


def _distance_row(problem: Problem, reference: Reference, size: Floats, moving: Floats, nearest: int) -> None:
    """Nearest - (movers of untouched classes + larger - shared - movers by a full column) <= constant."""
    cls, y = problem.moves.cls, reference.y
    untouched = np.flatnonzero(moving[cls] == 0)
    same = np.flatnonzero((y > 0) & (y == size[cls]))
    columns = np.concatenate(([nearest], untouched, reference.larger, reference.shared, same))
    signs = np.repeat(
        [1.0, -1.0, -1.0, 1.0, 1.0],
        [1, len(untouched), len(reference.larger), len(reference.shared), len(same)],
    )
    problem.model.add_row(-INFINITY, float(size[moving == size].sum()), columns, signs)


@dataclass(frozen=True)
class Found:
    """A further plan, its distance from the nearest one before, and the proven bound on that."""

    moves: Moves
    distance: int
    bound: int | None


class AlternativeSearch:
    """Looks for the plan furthest from all plans so far, among those within given limits on the levels.

    Parameters
    ----------
    most
        Level -> largest value allowed.
    first
        The plan to differ from; it must keep the limits.
    """

    def __init__(self, facts: Facts, most: Mapping[str, float], first: Sequence[Move]) -> None:
        self.problem = problem_of(facts)
        for name, value in most.items():
            Cap(self.problem, self.problem.objective(name)).set(value)
        room = np.array([float(self.problem.groups.size.sum())])
        self.nearest = int(self.problem.model.add_columns(0.0, room, integer=True)[0])
        self.references: list[Reference] = []
        self._refer(first)

    @property
    def class_of(self) -> dict[str, int]:
        """Class of every teacher who can move, by code."""
        numbers = self.problem.groups.of_teacher
        return {t: int(numbers[i]) for t, i in self.problem.facts.teacher_number.items() if numbers[i] >= 0}

    def _refer(self, moves: Sequence[Move]) -> None:
        self.references.append(refer(self.problem, values_of(self.problem, moves), self.nearest))

    def polish(self, x: Floats) -> Floats:
        """Set all columns that follow from the moves."""
        whole = self.problem.polish(x)
        for reference in self.references:
            reference.complete(self.problem, whole)
        whole[self.nearest] = min(r.distance(self.problem, whole) for r in self.references)
        return whole

    def next(self, limits: Limits, stop: StopSignal, progress: ProgressSink | None = None) -> Found | None:
        """Find the plan furthest from all before and remember it; None if none was found that differs."""
        model = self.problem.model
        cost = np.zeros(model.columns)
        cost[self.nearest] = -1.0
        moves = max(1.0, float(self.references[0].y.sum()))
        objective = Objective("distance", cost, 0.0, 1.0, moves, whole=True)
        if moves > FEW_MOVES:
            limits = replace(limits, gap=max(limits.gap, DISTANCE_GAP))
        start = np.zeros(model.columns)
        start[: len(self.references[-1].y)] = self.references[-1].y
        solved = LevelSolver(model, limits, stop, self.polish, progress).solve(objective, self.polish(start))
        if solved.x is None:
            return None
        bound = None if solved.bound is None else round(-solved.bound)
        found = Found(moves_of(self.problem, solved.x), round(-objective.value(solved.x)), bound)
        if found.distance:
            self._refer(found.moves)
        return found
