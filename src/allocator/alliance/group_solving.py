"""Groups solved: a quick plan to begin with, then level after level, without what no better plan uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from math import floor

import numpy as np

from allocator.alliance.group_evenness import Evenness
from allocator.alliance.group_holding import Held
from allocator.alliance.group_tightening import hold, link_members, tighten
from allocator.alliance.group_windows import Finder
from allocator.alliance.groups import GroupProgram
from allocator.alliance.links import Pair, ordered
from allocator.alliance.model import SCALES, Choice, Level, level_names
from allocator.domain.policy import exact
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.solving.levels import LevelSolver, Objective, Solved
from allocator.solving.model import Bools, Floats, Ints
from allocator.solving.second_opinion import proves_infeasible

NEAR = 1e-7
"""Breach up to which a plan keeps the rows: rounding."""


MOST_LINKS = 20_000
"""Members that are linked with their lead at once; where more are free, only those that relaxations ask for."""

PATIENCE_S = 60.0
"""Seconds that evenness and distance have each where nobody sets a limit: where benefits are all alike, nothing
but evenness tells plans apart, and thirty schools can take hours."""


def solve_groups(
    program: GroupProgram, slack: float, limits: Limits, stop: StopSignal, progress: ProgressSink | None = None
) -> Choice:
    """Optimise coverage, benefit, evenness, distance; each level has an equal part of the time left.

    Without a limit the last two end after `PATIENCE_S` seconds each, proven or not.

    Parameters
    ----------
    slack
        Relative slack on the levels before, rounded down to whole units; breaches have none.
    """
    return _Levels(program, slack, replace(limits, gap=0.0), stop, progress).solve()


@dataclass
class _Levels:
    """The levels one after another, and the best plan so far."""

    program: GroupProgram
    slack: float
    limits: Limits
    stop: StopSignal
    progress: ProgressSink | None
    levels: list[Level] = field(default_factory=list)

    def solve(self) -> Choice:
        """Solve all levels."""
        *first, last = level_names(self.program)
        plan = first_plan(self.program)
        for left, name in zip(range(len(first) + 1, 1, -1), first, strict=True):
            solved = self._whole(name, plan, left)
            if solved.x is None:
                # The first level's rows are the rules alone, in whole numbers.
                proven = solved.infeasible and proves_infeasible(self.program.model, self.limits, self.stop)
                return Choice(None, (), proven)
            plan = solved.x
        if plan is None:
            return Choice(None)
        plan = self._distance(last, self._evenness(first[-1], plan))
        return Choice(np.flatnonzero(np.round(plan[: len(self.program.edges)]) == 1), tuple(self.levels))

    def _whole(self, name: str, plan: Floats | None, left: int) -> Solved:
        """Optimise one level of whole units and hold it; `left` levels come besides."""
        began, part, program = self.stop.seconds, self.stop.part(left + 1), self.program
        objective = _objective(program, name)
        if name == "benefit":
            tighten(program, objective.cost * objective.scale, self.limits, part)
        solved = LevelSolver(program.model, self.limits, part, lambda x: x, None).solve(objective, plan)
        known = [x for x in (solved.x, plan) if x is not None]
        if not known:
            return solved
        plan = min(known, key=objective.value)
        value = round(objective.value(plan))
        self._tell(name, value, solved.bound, began)
        room = floor(exact(0 if name == "breaches" else self.slack) * abs(value))
        # Half a unit more than allowed is still less than the next plan.
        hold(program, objective, value + room + 0.5, self.limits, part)
        return Solved(plan, solved.bound, integral=False)

    def _evenness(self, before: str, plan: Floats) -> Evenness:
        """Make the groups as even as the levels before allow."""
        began, program = self.stop.seconds, self.program
        free = np.flatnonzero(program.model.upper[: len(program.edges)] > 0)
        link_members(program, free if len(free) <= MOST_LINKS else free[:0])
        objective = _objective(program, before)
        cost = objective.cost * objective.scale
        even = Evenness(Finder(program, cost, self.limits, self._part(2)), plan)
        even.solve()
        self._tell("evenness", even.value, even.bound, began)
        return even

    def _distance(self, name: str, even: Evenness) -> Floats:
        """Make the distance as short as it is with groups as even as they can be."""
        began = self.stop.seconds
        spread = even.value * (1 + float(exact(self.slack)))
        objective = _objective(self.program, name)
        solved = Held(self.program, even, spread, self.limits, self._part(1)).solve(objective)
        plan = even.plan if solved.x is None else solved.x
        self._tell(name, round(objective.value(plan)), solved.bound, began)
        return plan

    def _part(self, parts: int) -> StopSignal:
        """An equal part of the time left; some time even without a limit."""
        return self.stop.further(PATIENCE_S) if self.limits.time_s is None else self.stop.part(parts)

    def _tell(self, name: str, value: float, bound: float | None, began: float) -> None:
        unit = 1.0 if name == "evenness" else self.program.unit(name)
        proven = None if bound is None else min(bound, value) * unit + 0.0
        self.levels.append(Level(name, value * unit + 0.0, proven, self.stop.seconds - began))
        if self.progress is not None:
            self.progress(Progress(f"alliance.stage_{name}", self.stop.seconds, self.levels[-1].value, proven))


def _objective(program: GroupProgram, name: str) -> Objective:
    return Objective(name, program.cost(name), 0.0, SCALES[name], 1.0, whole=True)


def largest_number(program: GroupProgram, limits: Limits, stop: StopSignal) -> int | None:
    """Most groups that the rules allow at once; None where that is not proven."""
    cost = np.zeros(program.model.columns)
    cost[list(program.heads.values())] = -1.0
    return _largest(program, cost, limits, stop)


def largest_coverage(program: GroupProgram, limits: Limits, stop: StopSignal) -> int | None:
    """Most lower schools that the rules allow as members; None where that is not proven."""
    return _largest(program, program.cost("coverage"), limits, stop)


def _largest(program: GroupProgram, cost: Floats, limits: Limits, stop: StopSignal) -> int | None:
    solver = LevelSolver(program.model, replace(limits, gap=0.0), stop, lambda x: x, None)
    solved = solver.solve(Objective("largest", cost, 0.0, 1.0, 1.0, whole=True))
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
