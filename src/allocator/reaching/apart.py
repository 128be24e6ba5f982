"""What moves and money cost when each is decided by itself: the joint model with its choice restricted.

*Money first*: every threshold of I4-I7 is reached for, and moves deal with what is left of I1-I3. *Moves
first*: as many thresholds of I1-I3 as can be are reached for, and money deals with the rest. Both keep the
fewest missing teachers and the least excess of CVs; both are the cheapest of their kind, so that the joint plan
saves at least the difference to their bounds.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from allocator.domain.reaching import Apart
from allocator.reaching.needs import STAFF
from allocator.reaching.verdicts import held
from allocator.solving.model import Floats

if TYPE_CHECKING:
    from allocator.reaching.solve import ReachSolver

GAP = 1e-3
"""Gap of the comparison: what is compared is told with its bound."""
WIDE = 1e-2
"""Gap above which an order is left out: a plan cut off early would make the joint one look too good."""
PATIENCE_S = 60.0
"""Seconds that each order has at most: the joint plan is what was asked for."""


def decided_apart(solver: ReachSolver, x: Floats) -> tuple[Apart, ...]:
    """Cost of each order, as far as time allows; `x` is the joint plan."""
    limits = replace(solver.limits, gap=max(GAP, solver.limits.gap), time_s=PATIENCE_S)
    found = (_money_first(solver.again(limits), x), _moves_first(solver.again(limits), x))
    return tuple(each for each in found if each is not None)


def _money_first(solver: ReachSolver, x: Floats) -> Apart | None:
    joint = solver.joint
    columns = joint.met[:, STAFF:][joint.met[:, STAFF:] >= 0]
    start = x.copy()
    start[columns] = 1.0
    with held(joint.problem.model, columns, np.ones(len(columns))):
        return None if solver.stop.now else _told(solver, "money", start)


def _moves_first(solver: ReachSolver, x: Floats) -> Apart | None:
    """The last that is asked of a model: the row that it adds stays."""
    goal = solver.joint.objective("below")
    solved = solver.solver.solve(goal, solver.joint.polish(x))
    # Without the proof that no more can be reached, the comparison would be with something else.
    if solved.x is None or solved.bound is None or goal.value(solved.x) > solved.bound + 0.5:
        return None
    solver.joint.hold("below", goal.value(solved.x))
    return None if solver.stop.now else _told(solver, "moves", solved.x)


def _told(solver: ReachSolver, first: str, start: Floats) -> Apart | None:
    best = solver.cheapest(start)
    if best is None or best.bound is None or best.value - best.bound > WIDE * best.value:
        return None
    moves = int(np.round(best.x[: len(solver.joint.problem.moves)]).sum())
    money = sum(int(yuan) for each in best.amounts for yuan in each)
    return Apart(first, moves, Decimal(money), best.value, best.bound)
