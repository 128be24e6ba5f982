"""Planning again and again over one district, each time with some decisions taken beforehand.

Every level keeps its own model and basis, so that a plan under a new condition starts where the last one of
the same level ended. A condition is a limit on a class of alike teachers, whose members are interchangeable:
that one of n stays means that at most n - 1 of them move.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from allocator.domain.explanation import GRAIN
from allocator.domain.plan import GAP_UNITS, Move, Moves
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.rotation.candidates import Classes
from allocator.rotation.explaining.alike import by_service
from allocator.rotation.explaining.conflict import conflicting_rule, impossible
from allocator.rotation.facts import Facts
from allocator.rotation.plan import moves_of
from allocator.rotation.problem import Problem
from allocator.rotation.repair import problem_of
from allocator.rotation.solve import LevelOutcome, Outcome, level_names
from allocator.solving.levels import LevelSolver, Solved
from allocator.solving.model import INFINITY, Floats
from allocator.solving.patience import Patience


@dataclass(frozen=True, slots=True)
class Condition:
    """From `least` to `most` of a teacher's class move, to the section `to` (anywhere if None).

    `goes` says what that means for the teacher: to move by it, or to stay. A plan takes at most one condition
    for each class and section.
    """

    teacher: int
    cls: int
    to: int | None
    least: int
    most: int
    goes: bool


class Replanner:
    """Plans under conditions, level by level, quickly one after the other.

    Parameters
    ----------
    facts
        The district, with its posts.
    limits
        Of each plan by itself.
    stop
        Of all plans together.
    """

    def __init__(
        self,
        facts: Facts,
        limits: Limits,
        progress: ProgressSink | None = None,
        stop: StopSignal | None = None,
    ) -> None:
        self.facts = facts
        self.limits = limits
        self.stop = Patience.within(stop or StopSignal(Limits(seed=limits.seed, workers=limits.workers)))
        names = self.names = level_names(facts)
        self.rungs = [_Rung(facts, names[: k + 1], limits, self.stop, progress) for k in range(len(names))]

    @property
    def problem(self) -> Problem:
        """The model of the last level: it has the columns of all."""
        return self.rungs[-1].problem

    @property
    def groups(self) -> Classes:
        """Classes of alike teachers."""
        return self.problem.groups

    def stays(self, teacher: int) -> Condition:
        """A teacher who can move does not."""
        cls = int(self.groups.of_teacher[teacher])
        return Condition(teacher, cls, None, 0, int(self.groups.size[cls]) - 1, goes=False)

    def moves(self, teacher: int) -> Condition:
        """A teacher moves, wherever."""
        cls = int(self.groups.of_teacher[teacher])
        return Condition(teacher, cls, None, 1, int(self.groups.size[cls]), goes=True)

    def goes(self, teacher: int, section: int, others: int = 0) -> Condition:
        """A teacher moves to a section, besides some others of the same class."""
        cls = int(self.groups.of_teacher[teacher])
        return Condition(teacher, cls, section, 1 + others, int(self.groups.size[cls]), goes=True)

    def plan(self, *conditions: Condition, base: Sequence[float] = ()) -> Outcome:
        """Plan anew under conditions; a level's bound holds under them too.

        Where `base` gives the values of another plan, the first level that is proven to be worse than it is the
        last one to be planned: it decides, whatever follows.
        """
        self._begin()
        plan: Floats | None = None
        levels: list[LevelOutcome] = []
        values: list[float] = []
        seconds: dict[str, float] = {}
        for name, rung in zip(self.names, self.rungs, strict=True):
            began = self.stop.seconds
            solved = rung.solve(conditions, values, plan)
            seconds[name] = self.stop.seconds - began
            best = rung.problem.extended(plan) if solved.x is None else solved.x
            if best is None:
                proven = solved.infeasible and impossible(
                    self.facts, _imposed(conditions), self.limits, self.stop
                )
                return Outcome(None, (), proven, seconds)
            plan = best
            values.append(rung.objective.value(plan))
            moves = honoured(rung.problem, moves_of(rung.problem, plan), conditions)
            levels.append(LevelOutcome(name, moves, values[-1], solved.bound, solved.integral, seconds[name]))
            if base and _worse(name, solved.bound, base[len(levels) - 1]):
                break
        return Outcome(levels[-1].moves, tuple(levels), seconds=seconds)

    def _begin(self) -> None:
        """Give the next plan its time."""
        self.stop.until = inf if self.limits.time_s is None else self.stop.seconds + self.limits.time_s

    def conflict(self, *conditions: Condition) -> str:
        """Find a rule that by itself forbids the conditions; `""` if none is proven to."""
        self._begin()
        return conflicting_rule(self.facts, _imposed(conditions), self.limits, self.stop)


def _worse(name: str, bound: float | None, base: float) -> bool:
    """Whether a level is proven to be worse than a value."""
    return bound is not None and bound > base + GRAIN * max(GAP_UNITS[name], abs(base))


class _Rung:
    """One level with a model of its own: the columns and limits that the ordinary road has there."""

    def __init__(
        self,
        facts: Facts,
        names: Sequence[str],
        limits: Limits,
        stop: StopSignal,
        progress: ProgressSink | None,
    ) -> None:
        self.problem = problem_of(facts)
        for name in names:
            # A level may bring columns into the model, which the objectives of all must know.
            self.problem.objective(name)
        *self.before, self.objective = (self.problem.objective(name) for name in names)
        self.solver = LevelSolver(self.problem.model, limits, stop, self.problem.polish, progress)
        self.limit_rows: list[int] = []
        self.condition_rows: dict[tuple[int, int | None], int] = {}

    def solve(self, conditions: Sequence[Condition], values: Sequence[float], plan: Floats | None) -> Solved:
        """Minimise the level with the values of those before it held, under conditions."""
        model = self.problem.model
        self._hold(values)
        rows = [self._row(condition) for condition in conditions]
        for row, condition in zip(rows, conditions, strict=True):
            model.row_lower[row], model.row_upper[row] = condition.least, condition.most
        solved = self.solver.solve(self.objective, self.problem.extended(plan))
        model.row_lower[rows], model.row_upper[rows] = -INFINITY, INFINITY
        return solved

    def _hold(self, values: Sequence[float]) -> None:
        if not self.limit_rows:
            self.limit_rows = [self.problem.limit(o, v) for o, v in zip(self.before, values, strict=True)]
        for row, objective, value in zip(self.limit_rows, self.before, values, strict=True):
            self.problem.model.row_upper[row] = self.problem.ceiling(objective, value)

    def _row(self, condition: Condition) -> int:
        key = (condition.cls, condition.to)
        if key not in self.condition_rows:
            self.condition_rows[key] = _add_row(self.problem, condition)
        return self.condition_rows[key]


def _imposed(conditions: Sequence[Condition]) -> Callable[[Problem], None]:
    """Add the rows of some conditions to a model."""

    def impose(problem: Problem) -> None:
        for condition in conditions:
            _add_row(problem, condition)

    return impose


def _add_row(problem: Problem, condition: Condition) -> int:
    """Count the members of a class who move (to a section), and limit them."""
    columns = problem.moves.cls == condition.cls
    if condition.to is not None:
        columns &= problem.moves.to == condition.to
    return problem.model.add_row(condition.least, condition.most, np.flatnonzero(columns), 1.0)


def honoured(problem: Problem, moves: Moves, conditions: Sequence[Condition]) -> Moves:
    """Let the very teachers whom conditions name stay and go, by exchange with members of their class."""
    rows = list(moves)
    for cls in {condition.cls for condition in conditions}:
        rows = _reassigned(problem, rows, [c for c in conditions if c.cls == cls])
    return Moves(tuple(sorted(rows, key=lambda m: m.teacher_id)))


def _reassigned(problem: Problem, rows: list[Move], conditions: Sequence[Condition]) -> list[Move]:
    """Deal out the moves of one class again: first to those who must go, then by service."""
    facts, number = problem.facts, problem.facts.teacher_number
    members = by_service(facts, problem.groups, conditions[0].cls)
    mine = sorted(
        (m for m in rows if number[m.teacher_id] in set(members)),
        key=lambda m: members.index(number[m.teacher_id]),
    )
    others = [m for m in rows if m not in mine]
    dealt = []
    for condition in conditions:
        members.remove(condition.teacher)
        if condition.goes:
            chosen = next(m for m in mine if condition.to is None or _section(facts, m) == condition.to)
            mine.remove(chosen)
            dealt.append((condition.teacher, chosen))
    dealt += zip(members, mine, strict=False)
    return others + [dataclasses.replace(m, teacher_id=facts.district.teachers[t].teacher_id) for t, m in dealt]


def _section(facts: Facts, move: Move) -> int:
    return facts.section_number[move.to_school_id, move.stage]
