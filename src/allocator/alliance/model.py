"""The integer program over possible alliances: one 0-1 column an edge, one row a rule, levels in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import floor

import numpy as np

from allocator.alliance.edges import BENEFIT_UNIT, METRES, Edges
from allocator.domain.policy import exact
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.solving.levels import LevelSolver, Objective, Solved
from allocator.solving.model import Entries, Floats, Ints, LinearModel
from allocator.solving.second_opinion import proves_infeasible

UNITS = {"breaches": 1.0, "coverage": -1.0, "benefit": -BENEFIT_UNIT, "distance": 1 / METRES}
"""What one whole unit of each minimised level is worth; coverage and benefit are maximised."""
SCALES = {"breaches": 1.0, "coverage": 1.0, "benefit": 1e-3, "distance": 1e-2}
"""Factor that brings the costs of each level to a size that suits a solver."""


@dataclass(frozen=True)
class Level:
    """One level after solving, in its natural unit: value, proven bound (None if none), seconds."""

    name: str
    value: float
    bound: float | None
    seconds: float


@dataclass(frozen=True)
class Choice:
    """The edges chosen, ascending, and the levels; `chosen` is None if there is no plan.

    `infeasible` says that it is proven that there is none: by two solvers, or because a pair that must be
    together cannot be.
    """

    chosen: Ints | None
    levels: tuple[Level, ...] = ()
    infeasible: bool = False

    def proven(self, name: str) -> bool:
        """Whether a level has reached its bound."""
        return any(level.name == name and level.bound == level.value for level in self.levels)


@dataclass
class Program:
    """The rules as rows over the columns of the edges; further columns follow those.

    Attributes
    ----------
    covered
        Column and first edge column of each school that counts in the coverage; None where every edge counts by
        itself (a school is a member once at most).
    breach
        Column of the breach of A8; None without one.
    covering
        Whether coverage is a level (A7).
    """

    edges: Edges
    model: LinearModel = field(default_factory=LinearModel)
    covered: Ints | None = None
    breach: int | None = None
    covering: bool = True
    price: float = 1.0

    def __post_init__(self) -> None:
        self.model.add_columns(0.0, np.ones(len(self.edges)), integer=True)

    def binaries(self, count: int) -> Ints:
        """Add 0-1 columns."""
        return self.model.add_columns(0.0, np.ones(count), integer=True)

    def at_most(self, groups: Iterable[Sequence[int]], most: float) -> None:
        """Of each group of columns at most so many are chosen."""
        entries, rows = Entries(), 0
        for group in groups:
            entries.add(np.full(len(group), rows), np.asarray(group), 1.0)
            rows += 1
        if rows:
            self.model.add_rows(np.full(rows, -np.inf), np.full(rows, most), entries)

    def at_least_one(self, groups: Sequence[Sequence[int]]) -> None:
        """Of each group of columns at least one is chosen; an empty group cannot be obeyed."""
        entries = Entries()
        for row, group in enumerate(groups):
            entries.add(np.full(len(group), row), np.asarray(group, dtype=np.int64), 1.0)
        if groups:
            self.model.add_rows(np.ones(len(groups)), np.full(len(groups), np.inf), entries)

    def force(self, columns: Iterable[int]) -> None:
        """Choose some edges whatever else happens."""
        self.model.lower = self.model.lower.copy()
        self.model.lower[list(columns)] = 1.0

    def forbid(self, columns: Iterable[int]) -> None:
        """Leave some edges out whatever else happens."""
        self.model.upper = self.model.upper.copy()
        self.model.upper[list(columns)] = 0.0

    def cover_once(self) -> None:
        """Count a lower school once, however many alliances it is a member of."""
        members: defaultdict[int, list[int]] = defaultdict(list)
        for e in np.flatnonzero(self.edges.covers):
            members[int(self.edges.member[e])].append(int(e))
        self.covered = self.binaries(len(members))
        entries = Entries()
        for row, (column, own) in enumerate(zip(self.covered, members.values(), strict=True)):
            entries.add(np.full(len(own), row), np.array(own), 1.0)
            entries.add(np.array([row]), np.array([column]), -1.0)
        if len(members):
            self.model.add_rows(np.zeros(len(members)), np.full(len(members), np.inf), entries)

    def limit_changes(
        self, conditions: Sequence[tuple[int, Sequence[int]]], most: int, price: float | None
    ) -> None:
        """A8: at most so many schools change.

        Parameters
        ----------
        conditions
            School, and columns of which one must be chosen or the school changes; several a school.
        price
            That of each school beyond the limit; None if none may be.
        """
        schools = sorted({school for school, _ in conditions})
        changed = dict(zip(schools, self.binaries(len(schools)).tolist(), strict=True))
        self.at_least_one([[changed[school], *columns] for school, columns in conditions])
        columns, values = list(changed.values()), [1.0] * len(changed)
        if price is not None:
            self.price = price
            self.breach = int(self.model.add_columns(0.0, np.array([float(len(schools))]), integer=True)[0])
            columns, values = [*columns, self.breach], [*values, -1.0]
        self.model.add_row(-np.inf, float(most), np.array(columns), np.array(values))

    def cost(self, name: str) -> Floats:
        """Cost of one level in whole units, to be minimised."""
        cost = np.zeros(self.model.columns)
        n = len(self.edges)
        if name == "breaches" and self.breach is not None:
            cost[self.breach] = 1.0
        elif name == "coverage" and self.covered is not None:
            cost[self.covered] = -1.0
        elif name == "coverage":
            cost[:n] = -self.edges.covers.astype(float)
        elif name == "benefit":
            cost[:n] = -self.edges.units
        elif name == "distance":
            cost[:n] = self.edges.metres
        return cost

    def unit(self, name: str) -> float:
        """What one unit of the cost is worth in the level's own unit; negative where more is better."""
        return self.price if name == "breaches" else UNITS[name]


def level_names(program: Program) -> tuple[str, ...]:
    """Levels in their order; the price of breaches comes first."""
    first = () if program.breach is None else ("breaches",)
    second = ("coverage",) if program.covering else ()
    return (*first, *second, "benefit", "distance")


def solve(
    program: Program, slack: float, limits: Limits, stop: StopSignal, progress: ProgressSink | None = None
) -> Choice:
    """Optimise level after level; all values are whole units, so that each level is kept exactly.

    Parameters
    ----------
    slack
        Relative slack on the levels before, rounded down to whole units; breaches have none.
    """
    exactly = replace(limits, gap=0.0)
    solver = LevelSolver(program.model, exactly, stop, lambda x: x, None)
    plan: Floats | None = None
    levels: list[Level] = []
    for name in level_names(program):
        began = stop.seconds
        cost, unit = program.cost(name), program.unit(name)
        objective = Objective(name, cost, 0.0, SCALES[name], 1.0, whole=True)
        solved = solver.solve(objective, plan)
        if solved.x is None and plan is None:
            # The first level's rows are the rules alone, in whole numbers.
            proven = solved.infeasible and proves_infeasible(program.model, limits, stop)
            return Choice(None, (), proven)
        plan = _better(objective, plan, solved)
        value = round(objective.value(plan))
        bound = None if solved.bound is None else solved.bound * unit + 0.0
        levels.append(Level(name, value * unit + 0.0, bound, stop.seconds - began))
        if progress is not None:
            progress(Progress(f"alliance.stage_{name}", stop.seconds, levels[-1].value, bound))
        room = 0 if name == "breaches" else floor(exact(slack) * abs(value))
        used = np.flatnonzero(cost)
        # Half a unit more than allowed is still less than the next plan.
        program.model.add_row(-np.inf, (value + room + 0.5) * SCALES[name], used, cost[used] * SCALES[name])
    if plan is None:
        return Choice(None)
    return Choice(np.flatnonzero(np.round(plan[: len(program.edges)]) == 1), tuple(levels))


def _better(objective: Objective, plan: Floats | None, solved: Solved) -> Floats:
    """The better of the plan before and the one found."""
    found = [x for x in (solved.x, plan) if x is not None]
    return min(found, key=objective.value)
