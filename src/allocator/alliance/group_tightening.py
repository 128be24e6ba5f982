"""What makes the relaxation of groups tight: members are linked with their lead, and idle columns are fixed."""

from __future__ import annotations

import numpy as np

from allocator.alliance.groups import GroupProgram
from allocator.domain.run import Limits, StopSignal
from allocator.solving.highs import Highs, Outcome
from allocator.solving.levels import Objective
from allocator.solving.model import Entries, Floats, Ints, dual_bound

NEAR = 1e-6
"""By how much a member may be more than its lead in a relaxation, before a row says that it may not."""

ROUNDS = 10


def heads_of(program: GroupProgram) -> Ints:
    """Shape (edges,): column that says whether the lead of an edge leads."""
    return np.array([program.heads[lead] for lead in program.edges.lead.tolist()], dtype=np.int64)


def link_members(program: GroupProgram, edges: Ints) -> None:
    """Who is a member has a lead that leads, edge by edge.

    The rows about sizes say so for whole plans; in a relaxation these rows make a lead count wholly.
    """
    entries, rows = Entries(), np.arange(len(edges))
    entries.add(rows, edges, 1.0)
    entries.add(rows, heads_of(program)[edges], -1.0)
    program.model.add_rows(np.full(len(edges), -np.inf), np.zeros(len(edges)), entries)


def tighten(program: GroupProgram, cost: Floats, limits: Limits, stop: StopSignal) -> None:
    """Link members where the relaxation of a level does not, again and again."""
    relaxation, heads = Highs(program.model, limits, stop), heads_of(program)
    for _ in range(ROUNDS):
        relaxed = relaxation.relax(cost)
        if relaxed.outcome is not Outcome.OPTIMAL:
            return
        loose = np.flatnonzero(relaxed.x[: len(heads)] > relaxed.x[heads] + NEAR)
        if not len(loose):
            return
        link_members(program, loose)


def hold(program: GroupProgram, objective: Objective, most: float, limits: Limits, stop: StopSignal) -> None:
    """Hold a level, and fix the columns that no plan which holds it can move (by their reduced costs)."""
    model, cost = program.model, objective.cost * objective.scale
    relaxed = Highs(model, limits, stop).relax(cost)
    if relaxed.outcome is Outcome.OPTIMAL and len(relaxed.duals) == model.rows:
        bound, reduced = dual_bound(model, cost, relaxed.duals)
        room = most * objective.scale - bound
        stuck = model.integer & (np.abs(reduced) > room * (1 + 1e-9) + 1e-6)
        at = np.where(reduced > 0, model.lower, model.upper)
        model.lower, model.upper = np.where(stuck, at, model.lower), np.where(stuck, at, model.upper)
    used = np.flatnonzero(cost)
    model.add_row(-np.inf, most * objective.scale, used, cost[used])
