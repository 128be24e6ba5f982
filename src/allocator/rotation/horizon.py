"""Several years at once: what the demands of one year can attain, and what no roll-out can exceed.

The bounds of a horizon of Y years come from one relaxed year. If nobody can be moved twice, the place of
every teacher after the last year is the present one or one that a single legal move leads to. So every
roll-out is a solution of the one-year model in which whoever is eligible in some year may move, R4's
tolerance and R5's limits are those of Y years together, shares of all moves (R7, R9) hold for the sum of
the years, and the other rules on one year's moves (R6, R10, R12, R14-R16) are left out. The dual bounds of
its linear relaxation hold for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor

import numpy as np

from allocator.domain.policy import Mode, Policy, exact
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.domain.several import HorizonBounds
from allocator.rotation.demands import Demand
from allocator.rotation.facts import Facts
from allocator.rotation.problem import Problem, build
from allocator.rotation.rules import demanded
from allocator.rotation.several import relaxed_bound
from allocator.solving.highs import Highs
from allocator.solving.levels import LevelSolver, Objective
from allocator.solving.model import INFINITY, Entries, Floats

SINGLE_YEAR = ("R5", "R6", "R10", "R12", "R14", "R15", "R16")
ROUNDING = 1e-6


@dataclass(frozen=True)
class Attained:
    """Demands as far as they can be met together; by how much they were eased in all, and the bound on it.

    `demands` is None if no plan obeys the rules, or none was found in time.
    """

    demands: tuple[Demand, ...] | None
    missing: int = 0
    bound: int | None = None


def attainable(
    facts: Facts,
    demands: Sequence[Demand],
    limits: Limits,
    stop: StopSignal,
    progress: ProgressSink | None = None,
) -> Attained:
    """Ease demands by as few teachers as possible, all counted alike, so that a plan can meet them."""
    soft = replace(facts, demands=tuple(Demand(d.teachers) for d in demands))
    problem = build(soft)
    model = problem.model
    inside = [np.flatnonzero(demanded(soft, problem.groups, d)[problem.moves.cls]) for d in demands]
    room = np.array([float(max(d.least, len(d.teachers))) for d in demands])
    short, over = (model.add_columns(0.0, room, implied=True) for _ in range(2))
    for k, demand in enumerate(demands):
        model.add_row(float(demand.least), INFINITY, np.append(inside[k], short[k]), 1.0)
        if demand.most is not None:
            signs = np.append(np.ones(len(inside[k])), -1.0)
            model.add_row(-INFINITY, float(demand.most), np.append(inside[k], over[k]), signs)

    def polish(x: Floats) -> Floats:
        whole = problem.polish(x)
        for k, demand in enumerate(demands):
            moved = float(whole[inside[k]].sum())
            whole[short[k]] = max(0.0, demand.least - moved)
            whole[over[k]] = 0.0 if demand.most is None else max(0.0, moved - demand.most)
        return whole

    cost = np.zeros(model.columns)
    cost[short] = cost[over] = 1.0
    objective = Objective("demands", cost, 0.0, 1.0, 1.0, whole=True)
    solved = LevelSolver(model, limits, stop, polish, progress).solve(objective)
    if solved.x is None:
        return Attained(None)
    few, many = (np.round(solved.x[columns]).astype(int) for columns in (short, over))
    eased = tuple(
        Demand(d.teachers, d.least - int(few[k]), None if d.most is None else d.most + int(many[k]))
        for k, d in enumerate(demands)
    )
    return Attained(eased, int(few.sum() + many.sum()), None if solved.bound is None else round(solved.bound))


def horizon_bounds(
    facts: Facts, ever: frozenset[str], cohort: frozenset[str], years: int, limits: Limits, stop: StopSignal
) -> HorizonBounds:
    """Bound the reach, the unfilled posts and the balance of every roll-out over some years.

    Parameters
    ----------
    facts
        The district at the start.
    ever
        Teachers who are eligible in some year if they have not moved before.
    cohort
        Teachers whose moves count for the target.
    """
    teachers = facts.district.teachers
    relaxed = replace(
        facts,
        policy=_relaxed(facts.policy, years),
        eligible=np.array([t.teacher_id in ever for t in teachers], dtype=bool),
        demands=(Demand(cohort),),
    )
    problem = build(relaxed)
    _outflow(problem, facts, years)
    solver = Highs(problem.model, limits, stop)
    staffing = relaxed_bound(problem, solver, problem.objective("staffing"))
    reach = relaxed_bound(problem, solver, _reach(problem))
    balance = relaxed_bound(problem, solver, problem.objective("balance"))
    return HorizonBounds(
        reach=None if reach is None else floor(-reach + ROUNDING),
        staffing=None if staffing is None else float(np.ceil(staffing - ROUNDING)),
        balance=None if balance is None else max(0.0, balance),
    )


def _relaxed(policy: Policy, years: int) -> Policy:
    """Rules that the moves of all years together obey."""
    tolerance = policy.rotation.staffing_tolerance * years
    off = dict.fromkeys(SINGLE_YEAR, Mode.OFF)
    if policy.rotation.backbone_base != "moved":
        off["R7"] = Mode.OFF
    return policy.model_copy(
        update={
            "rotation": policy.rotation.model_copy(
                update={"staffing_tolerance": tolerance, "mechanism": "levels"}
            ),
            "rules": policy.rules.model_copy(update=off),
        }
    )


def _outflow(problem: Problem, facts: Facts, years: int) -> None:
    """R5 of all years together: later years count the most teachers that R4 lets a section have then."""
    policy = facts.policy
    if not (policy.active("R5") and (policy.active("R4") or years == 1)):
        return
    share, tolerance = exact(policy.rotation.max_outflow_share), policy.rotation.staffing_tolerance
    now = facts.heads.sum(axis=1)
    takes = (facts.posts > 0) | (not policy.active("R3"))
    limit = np.zeros(facts.sections)
    for year in range(years):
        crowded = np.where(takes, np.maximum(facts.heads, facts.posts) + tolerance * year, facts.heads)
        most = now if year == 0 else crowded.sum(axis=1)
        limit += [max(1, floor(share * int(n))) for n in most]
    entries = Entries()
    entries.add(problem.moves.origin, np.arange(len(problem.moves)), 1.0)
    problem.model.add_rows(np.full(len(limit), -INFINITY), limit, entries)


def _reach(problem: Problem) -> Objective:
    """Minus the number of the cohort who move."""
    cost = np.zeros(problem.model.columns)
    inside = demanded(problem.facts, problem.groups, problem.facts.demands[0])
    cost[: len(problem.moves)] = -1.0 * inside[problem.moves.cls]
    return Objective("reach", cost, 0.0, 1.0, 1.0, whole=True)
