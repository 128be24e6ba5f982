"""The levels of the joint question, one after another, and the planes that stand for the CV limits of money."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from allocator.domain.plan import Moves
from allocator.domain.reaching import Apart
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.reaching.apart import decided_apart
from allocator.reaching.model import LEVELS, ReachModel
from allocator.reaching.purses import Money, floors_of, total
from allocator.reaching.verdicts import by_verdicts
from allocator.rotation.plan import moves_of
from allocator.solving.highs import Outcome
from allocator.solving.levels import LevelSolver, Solved
from allocator.solving.model import Floats, Ints
from allocator.solving.second_opinion import proves_infeasible

ROUNDS = 60
"""Rounds of cuts before the last bound is taken as it is."""


@dataclass(frozen=True)
class Reached:
    """What was found: value and bound of each level (bound None: nothing proven), the plan of the last.

    `amounts` holds whole yuan of each school for I4-I7; `met` which thresholds were reached for, shape (n, 7).
    """

    levels: dict[str, tuple[float, float | None]]
    moves: Moves | None = None
    amounts: list[Ints] = field(default_factory=list)
    met: Ints = field(default_factory=lambda: np.zeros((0, 7), dtype=np.int64))
    infeasible: bool = False
    apart: tuple[Apart, ...] = ()


@dataclass(frozen=True)
class Cheapest:
    """A plan of least cost: columns, whole yuan of each school for I4-I7, cost and bound."""

    x: Floats
    amounts: list[Ints]
    value: float
    bound: float | None


class ReachSolver:
    """Solves one joint model; `monies` are the purses of I4-I7."""

    def __init__(
        self,
        joint: ReachModel,
        monies: tuple[Money, ...],
        limits: Limits,
        stop: StopSignal,
        progress: ProgressSink | None,
    ) -> None:
        self.joint, self.monies, self.limits, self.stop = joint, monies, limits, stop
        self.progress = progress
        self.solver = LevelSolver(joint.problem.model, limits, stop, joint.polish, progress)

    def solve(self, rules_rows: int, rules_columns: int) -> Reached:
        """Fewest teachers missing, then the least excess of CVs, then the least cost.

        The first `rules_rows`, `rules_columns` of the model are those of the rotation's rules alone.
        """
        found: dict[str, tuple[float, float | None]] = {}
        plan: Floats | None = None
        for level in LEVELS[:-1]:
            goal = self.joint.objective(level)
            solved = self.solver.solve(goal, plan)
            plan = plan if solved.x is None else solved.x
            if plan is None:
                none = solved.infeasible and self._no_rotation(rules_rows, rules_columns)
                return Reached({}, infeasible=none)
            value = goal.value(plan)
            found[level] = value, solved.bound
            self.joint.hold(level, value)
        if plan is None:
            return Reached(found)
        best = self.cheapest(plan)
        if best is None:
            return Reached(found)
        found["cost"] = best.value, best.bound
        moves = moves_of(self.joint.problem, best.x)
        apart = () if self.stop.now or not self.joint.needs.linked.any() else decided_apart(self, best.x)
        return Reached(found, moves, best.amounts, self.joint.choice(best.x), apart=apart)

    def again(self, limits: Limits) -> ReachSolver:
        """Another solver of the same model, with time of its own.

        It shares no cuts: they may hold under its bounds alone.
        """
        time_s = self.stop.remaining if limits.time_s is None else min(limits.time_s, self.stop.remaining)
        stop = self.stop.further(time_s if time_s < inf else None)
        other = ReachSolver(self.joint, self.monies, limits, stop, self.progress)
        other.solver.relaxation.restart(self.solver.relaxation.basis())
        return other

    def _no_rotation(self, rows: int, columns: int) -> bool:
        """Whether it is proven twice that the rules of rotation allow no plan at all."""
        from allocator.rotation.problem import build  # noqa: PLC0415  only where there is no plan

        rules = build(self.joint.facts).model
        return (rules.rows, rules.columns) == (rows, columns) and proves_infeasible(
            rules, self.limits, self.stop
        )

    def cheapest(self, plan: Floats) -> Cheapest | None:
        """Least cost: solve, price the choice exactly, add the planes that it breaks or touches, again."""
        best, amounts, value = self.priced(plan)
        bound: float | None = None
        self._relax()
        for _ in range(ROUNDS):
            start = None if best is None else self._held(best, amounts)
            solved = self._solve(start)
            if solved.bound is not None:
                bound = solved.bound if bound is None else max(bound, solved.bound)
            if solved.x is None:
                break
            priced, money, cost = self.priced(solved.x)
            if priced is not None and (value is None or (cost is not None and cost < value)):
                best, amounts, value = priced, money, cost
            if self._closed(value, bound) or self.stop.now or not self._cut(solved.x, money):
                break
        if best is None or value is None:
            return None
        return Cheapest(best, amounts, value, None if bound is None else min(bound, value))

    def _solve(self, start: Floats | None) -> Solved:
        """By way of the verdicts; everything at once where that leaves a gap."""
        goal = self.joint.objective("cost")
        first = by_verdicts(self.joint, self.solver, self.limits, self.stop, start)
        value = None if first.x is None else goal.value(first.x)
        if self.stop.now or self._closed(value, first.bound):
            return first
        solved = self.solver.solve(goal, first.x)
        known = [bound for bound in (first.bound, solved.bound) if bound is not None]
        return replace(solved, bound=max(known, default=None))

    def _relax(self) -> None:
        """Add planes that linear relaxations break, for they are cheap."""
        goal = self.joint.objective("cost")
        for _ in range(ROUNDS):
            relaxed = self.solver.relaxation.relax(goal.cost * goal.scale)
            if relaxed.outcome is not Outcome.OPTIMAL or not self._cut(relaxed.x, []):
                break

    def _closed(self, value: float | None, bound: float | None) -> bool:
        if value is None or bound is None:
            return False
        return abs(value - bound) <= self.limits.gap * max(abs(value), 1.0)

    def priced(self, x: Floats) -> tuple[Floats | None, list[Ints], float | None]:
        """The same moves and choice with the least whole yuan; their cost. None if no amounts were found."""
        joint = self.joint
        schools = len(joint.facts.district.schools)
        floors = floors_of(joint.needs, joint.choice(x), joint.facts.section_school, schools)
        amounts = []
        for money, floor in zip(self.monies, floors, strict=True):
            each, _ = money.least(floor, self.stop)
            if each is None:
                return None, [], None
            amounts.append(each)
        moved = float(np.round(x[: len(joint.problem.moves)]).sum())
        return x, amounts, joint.move_yuan * moved + total(amounts)

    def _held(self, x: Floats, amounts: list[Ints]) -> Floats | None:
        """A solution with its exact money as a start; None if it breaks the model by rounding."""
        start = self.joint.polish(self.joint.with_money(x, amounts))
        return start if self.joint.problem.model.breach(start) <= 1e-6 else None

    def _cut(self, x: Floats, amounts: list[Ints]) -> bool:
        """Add planes where a solution breaks a CV limit, there and at its exact price; tell if so."""
        needed = False
        yuan = self.joint.yuan(x)
        for k, money in enumerate(self.monies):
            for stage, limit in money.broken(yuan[:, k]):
                points = [yuan[:, k], *([amounts[k].astype(float)] if amounts else [])]
                for point in points:
                    cut = money.cut(stage, limit, point)
                    if cut is not None:
                        self.joint.add_cut(k, cut)
                        needed = True
        return needed
