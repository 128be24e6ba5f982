"""Planning again and again over one district, each time with some decisions taken beforehand.

Every level keeps its own model and basis, so that a plan under a new condition starts where the last one of
the same level ended. A condition is a limit on a class of alike teachers, whose members are interchangeable:
that one of n stays means that at most n - 1 of them move.

Every plan that was found is remembered with its levels. One that obeys a new condition and reaches what is
proven for the best plan without any condition answers the question at once: no plan under it can be better.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from math import inf

from allocator.domain.explanation import GRAIN
from allocator.domain.plan import GAP_UNITS, Level, Move, Moves
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.rotation.candidates import Classes
from allocator.rotation.explaining.alike import by_service
from allocator.rotation.explaining.conflict import conflicting_rule, impossible
from allocator.rotation.explaining.rungs import Condition, Known, Rung, add_row, better, obeys
from allocator.rotation.facts import Facts
from allocator.rotation.plan import moves_of, values_of
from allocator.rotation.problem import Problem
from allocator.rotation.solve import LevelOutcome, Outcome, level_names
from allocator.solving.levels import Solved
from allocator.solving.model import Floats
from allocator.solving.patience import Patience

EXACT = 1e-6
"""Breach of a row that is only rounding."""


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
        self.rungs = [Rung(facts, names[: k + 1], limits, self.stop, progress) for k in range(len(names))]
        self.known: list[Known] = []
        self.best: tuple[LevelOutcome, ...] = ()

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

    def adopt(self, plan: Moves, levels: Sequence[Level]) -> bool:
        """Take a plan for the best, as its own run has proven it; returns whether the model has such a plan."""
        x = values_of(self.problem, plan)
        known = [level.name for level in levels if level.bound is not None]
        if x is None or known != list(self.names) or self.problem.model.breach(x) > EXACT:
            return False
        self._remember(x)
        self.best = tuple(LevelOutcome(k.name, plan, k.value, k.bound, k.integral, 0.0) for k in levels)
        return True

    def plan(self, *conditions: Condition, base: Sequence[float] = ()) -> Outcome:
        """Plan anew under conditions; a level's bound holds under them too.

        Where `base` gives the values of another plan, the first level that is proven to be worse than it is the
        last one to be planned: it decides, whatever follows.
        """
        self._begin()
        if base and (quick := self._glanced(conditions)) is not None:
            return quick
        plan: Floats | None = None
        levels: list[LevelOutcome] = []
        values: list[float] = []
        seconds: dict[str, float] = {}
        for name, rung in zip(self.names, self.rungs, strict=True):
            began = self.stop.seconds
            plan = self._start(rung, conditions, values, plan)
            solved = self._settled(rung, values, plan) or rung.solve(conditions, values, plan)
            seconds[name] = self.stop.seconds - began
            best = rung.problem.extended(plan) if solved.x is None else solved.x
            if best is None:
                proven = solved.infeasible and impossible(
                    self.facts, _imposed(conditions), self.limits, self.stop
                )
                return Outcome(None, (), proven, seconds)
            plan = best
            value = rung.objective.value(plan)
            values.append(self._held(rung, len(levels), value))
            moves = honoured(rung.problem, moves_of(rung.problem, plan), conditions)
            levels.append(LevelOutcome(name, moves, value, solved.bound, solved.integral, seconds[name]))
            if base and _worse(name, solved.bound, base[len(levels) - 1]):
                break
        self._remember(plan)
        if not conditions and len(levels) == len(self.names):
            self.best = tuple(levels)
            for rung in self.rungs:
                rung.mark()
        return Outcome(levels[-1].moves, tuple(levels), seconds=seconds)

    def _glanced(self, conditions: Sequence[Condition]) -> Outcome | None:
        """Plan by relaxations near those of the best plan, up to the level that decides; None where that fails.

        A level is passed over while nothing proves it to be worse than the best; the plan found in the end
        holds the best values of the levels before, and so proves that they were no worse.
        """
        began = self.stop.seconds
        values = [level.value for level in self.best]
        plans: list[Floats | None] = []
        bounds: list[float] = []
        for k, (rung, level) in enumerate(zip(self.rungs, self.best, strict=True)):
            start = self._start(rung, conditions, values[:k], None)
            limit = _limit(level.name, level.value)
            last = k == len(values) - 1
            # Where slack leaves a level no room, the plan found in the end holds its best value.
            more = level.value + 1.0 if rung.objective.whole else limit
            exact = not rung.within(rung.objective, more, level.value)
            found = self._settled(rung, values[:k], start) or rung.glance(
                conditions, values[:k], limit if exact and not last else -inf
            )
            if found.bound is None or level.bound is None:
                return None
            plan = better(rung.objective, found.x, start)
            # Levels before are held to the best values, so what is proven without conditions holds here too.
            bound = max(found.bound, level.bound)
            decides = last or bound > limit
            if decides and not (plan is not None and self._close(rung, plan, bound)):
                found = rung.solve(conditions, values[:k], plan)
                plan, bound = better(rung.objective, found.x, plan), max(bound, found.bound or -inf)
            plans.append(plan)
            bounds.append(bound)
            if decides:
                return self._outcome(conditions, plans, bounds, self.stop.seconds - began)
        return None

    def _close(self, rung: Rung, plan: Floats, bound: float) -> bool:
        """Whether a plan is proven to be the best of a level, up to the gap."""
        value = rung.objective.value(plan)
        return value - bound <= self.limits.gap * max(abs(value), rung.objective.unit)

    def _outcome(
        self,
        conditions: Sequence[Condition],
        plans: Sequence[Floats | None],
        bounds: Sequence[float],
        seconds: float,
    ) -> Outcome | None:
        """Levels up to the one that decides; None without a plan for that one."""
        end = plans[-1]
        if end is None:
            return None
        levels = []
        for rung, level, x, bound in zip(self.rungs, self.best, plans, bounds, strict=False):
            self._remember(x)
            columns = rung.problem.model.columns
            # The plan of the last level holds the best values of all levels before.
            plan = min((y[:columns] for y in (end, x) if y is not None), key=rung.objective.value)
            moves = honoured(rung.problem, moves_of(rung.problem, plan), conditions)
            value = rung.objective.value(plan)
            levels.append(LevelOutcome(level.name, moves, value, bound, integral=False, seconds=0.0))
        return Outcome(levels[-1].moves, tuple(levels), seconds={levels[-1].name: seconds})

    def _remember(self, plan: Floats | None) -> None:
        """Keep a plan, with all columns and the value of every level."""
        x = self.rungs[-1].problem.extended(plan)
        if x is not None:
            self.known.append(Known(x, self.rungs[-1].values(x)))

    def _start(
        self, rung: Rung, conditions: Sequence[Condition], values: Sequence[float], plan: Floats | None
    ) -> Floats | None:
        """The best plan known at a level, of those that obey the conditions and hold the levels before."""
        k = len(values)
        fitting = [
            known
            for known in self.known
            if rung.holds(known, values) and all(obeys(self.problem, known.x, c) for c in conditions)
        ]
        best = min(fitting, key=lambda known: known.values[k], default=None)
        present = rung.problem.extended(plan)
        if best is None or (present is not None and rung.objective.value(present) <= best.values[k]):
            return present
        return best.x[: rung.problem.model.columns]

    def _settled(self, rung: Rung, values: Sequence[float], plan: Floats | None) -> Solved | None:
        """A plan that reaches what is proven without any condition, where the levels before are no looser."""
        k = len(values)
        if plan is None or not self.best or any(v > b.value for v, b in zip(values, self.best, strict=False)):
            return None
        bound = self.best[k].bound
        closed = bound is not None and self._close(rung, plan, bound)
        return Solved(plan, bound, integral=False) if closed else None

    def _held(self, rung: Rung, k: int, value: float) -> float:
        """To what a level is held for later ones: the best plan's value, where the slack on it allows."""
        if k < len(self.best) and rung.within(rung.objective, value, self.best[k].value):
            return min(value, self.best[k].value)
        return value

    def _begin(self) -> None:
        """Give the next plan its time."""
        self.stop.until = inf if self.limits.time_s is None else self.stop.seconds + self.limits.time_s

    def conflict(self, *conditions: Condition) -> str:
        """Find a rule that by itself forbids the conditions; `""` if none is proven to."""
        self._begin()
        return conflicting_rule(self.facts, _imposed(conditions), self.limits, self.stop)


def _worse(name: str, bound: float | None, base: float) -> bool:
    """Whether a level is proven to be worse than a value."""
    return bound is not None and bound > _limit(name, base)


def _limit(name: str, base: float) -> float:
    """A level above this is worse than one of the value `base`, not only rounded otherwise."""
    return base + GRAIN * max(GAP_UNITS[name], abs(base))


def _imposed(conditions: Sequence[Condition]) -> Callable[[Problem], None]:
    """Add the rows of some conditions to a model."""

    def impose(problem: Problem) -> None:
        for condition in conditions:
            add_row(problem, condition)

    return impose


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
