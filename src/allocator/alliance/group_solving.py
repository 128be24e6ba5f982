"""Groups solved: a quick plan to begin with, then level after level, without what no better plan uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from heapq import heapify, heappop, heappush
from math import floor

import numpy as np

from allocator.alliance.group_evenness import add_evenness, completed
from allocator.alliance.groups import GroupProgram
from allocator.alliance.links import Pair, ordered
from allocator.alliance.model import SCALES, Choice, Level, level_names
from allocator.domain.policy import exact
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.solving.levels import LevelSolver, Objective
from allocator.solving.model import Bools, Floats, Ints, dual_bound
from allocator.solving.second_opinion import proves_infeasible

NEAR = 1e-7
"""Points by which a later level may worsen the evenness: less than any two plans differ, more than rounding."""


def solve_groups(
    program: GroupProgram, slack: float, limits: Limits, stop: StopSignal, progress: ProgressSink | None = None
) -> Choice:
    """Optimise coverage, benefit, evenness, distance; each level has an equal part of the time left.

    Parameters
    ----------
    slack
        Relative slack on the levels before, rounded down to whole units; breaches have none.
    """
    levels: list[Level] = []
    names = _names(program)
    plan = first_plan(program)
    for k, name in enumerate(names):
        began = stop.seconds
        if name == "evenness":
            add_evenness(program)
            plan = None if plan is None else completed(program, plan)
        exactly = replace(limits, gap=0.0)
        solver = LevelSolver(
            program.model, exactly, stop.part(len(names) - k), lambda x: completed(program, x), None
        )
        cost, unit = program.cost(name), program.unit(name)
        objective = Objective(name, cost, 0.0, SCALES.get(name, 1.0), 1.0, whole=name != "evenness")
        solved = solver.solve(objective, plan)
        if solved.x is None and plan is None:
            # The first level's rows are the rules alone, in whole numbers.
            proven = solved.infeasible and proves_infeasible(program.model, limits, stop)
            return Choice(None, (), proven)
        plan = min([x for x in (solved.x, plan) if x is not None], key=objective.value)
        value = objective.value(plan) if name == "evenness" else round(objective.value(plan))
        bound = None if solved.bound is None else min(solved.bound, value) * unit + 0.0
        levels.append(Level(name, value * unit + 0.0, bound, stop.seconds - began))
        if progress is not None:
            progress(Progress(f"alliance.stage_{name}", stop.seconds, levels[-1].value, bound))
        _keep(solver, program, objective, value + _room(name, slack, value))
    if plan is None:
        return Choice(None)
    return Choice(np.flatnonzero(np.round(plan[: len(program.edges)]) == 1), tuple(levels))


def _names(program: GroupProgram) -> tuple[str, ...]:
    *before, last = level_names(program)
    return (*before, "evenness", last)


def _room(name: str, slack: float, value: float) -> float:
    """How much worse a level may become for the sake of the later ones, less than the next worse plan."""
    share = exact(0 if name == "breaches" else slack) * abs(value)
    return float(share) + NEAR if name == "evenness" else floor(share) + 0.5


def _keep(solver: LevelSolver, program: GroupProgram, objective: Objective, most: float) -> None:
    """Hold a level, and fix the columns that no plan which holds it can move (by their reduced costs)."""
    model, cost = program.model, objective.cost * objective.scale
    relaxed = solver.relaxation.relax(cost) if not solver.stop.now else None
    if relaxed is not None and len(relaxed.duals) == model.rows:
        bound, reduced = dual_bound(model, cost, relaxed.duals)
        room = most * objective.scale - bound
        stuck = model.integer & (np.abs(reduced) > room * (1 + 1e-9) + 1e-6)
        at = np.where(reduced > 0, model.lower, model.upper)
        model.lower, model.upper = np.where(stuck, at, model.lower), np.where(stuck, at, model.upper)
    used = np.flatnonzero(cost)
    model.add_row(-np.inf, most * objective.scale, used, cost[used])


def largest_number(program: GroupProgram, limits: Limits, stop: StopSignal) -> int | None:
    """Most groups that the rules allow at once; None where that is not proven."""
    cost = np.zeros(program.model.columns)
    cost[list(program.heads.values())] = -1.0
    solver = LevelSolver(program.model, replace(limits, gap=0.0), stop, lambda x: x, None)
    solved = solver.solve(Objective("groups", cost, 0.0, 1.0, 1.0, whole=True))
    if solved.x is None or solved.bound is None or solved.bound < cost @ solved.x:
        return None
    return round(-solved.bound)


def first_plan(program: GroupProgram) -> Floats | None:
    """Open the lead with the best free members, again and again; None where the rows want something else."""
    x = np.zeros(program.model.columns)
    free = np.ones(len(program.quality), dtype=bool)
    own = program.own
    queue = [(_worth(program, _best(program, lead, own[lead], free)), lead) for lead in own]
    heapify(queue)
    while queue:
        worth, lead = heappop(queue)
        members = _best(program, lead, own[lead], free)
        if not free[lead] or len(members) < program.least:
            continue
        if _worth(program, members) > worth:
            heappush(queue, (_worth(program, members), lead))
            continue
        x[members] = x[program.heads[lead]] = 1.0
        free[program.edges.member[members]] = free[lead] = False
    return x if program.model.breach(x) <= NEAR else None


def _best(program: GroupProgram, lead: int, own: Ints, free: Bools) -> Ints:
    """Edges of a lead to its best free members, as many as it may have."""
    edges = program.edges
    open_to = own[free[edges.member[own]]]
    order = np.lexsort((-edges.units[open_to], ~edges.covers[open_to]))
    return open_to[order[: program.most[lead]]]


def _worth(program: GroupProgram, members: Ints) -> tuple[int, int]:
    """What members add, negative, so that the best comes first."""
    edges = program.edges
    return -int(edges.covers[members].sum()), -int(edges.units[members].sum())


def filled(program: GroupProgram, chosen: Ints, apart: Collection[Pair]) -> Ints:
    """Add lower schools that a group has room for, where a search that ran out of time left some out (A7)."""
    edges, groups = program.edges, defaultdict[int, list[int]](list)
    for e in chosen.tolist():
        groups[int(edges.lead[e])].append(int(edges.member[e]))
    taken = {*groups, *(school for members in groups.values() for school in members)}
    more = []
    for e in np.flatnonzero(edges.covers).tolist():
        lead, member = int(edges.lead[e]), int(edges.member[e])
        members = groups.get(lead)
        if members is None or member in taken or len(members) >= program.most[lead]:
            continue
        if not any(ordered(member, other) in apart for other in members):
            members.append(member)
            taken.add(member)
            more.append(e)
    return np.sort(np.append(chosen, np.array(more, dtype=np.int64)))
