"""Groups whose means lie in a window: linear rows, and plans looked for inside one.

For given ends the mean of a group lies between them if and only if the points of its schools, less an end, add
up to no more (no less) than nothing. No constant frees a row, so that the relaxation is tight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import lcm

import numpy as np

from allocator.alliance.groups import GroupProgram, group_means
from allocator.domain.run import Limits, StopSignal
from allocator.solving.highs import Highs, Outcome, restricted
from allocator.solving.model import Entries, Floats, LinearModel

SCALE = 100.0
"""Factor of the rows: what a solver calls feasible is then far less than any window is made narrower by."""

SLACK = 1e-6
"""What a scaled row gives way for rounding: a plan inside a window is never taken to be outside."""

TOLERANCE = 1e-9
"""What counts as whole: a school that is a member but for so much must not carry a group across the window."""

ANY = 1e9
"""Absolute gap that every plan keeps: the first one found will do."""


def with_window(program: GroupProgram, low: float | None, high: float | None) -> LinearModel:
    """Copy of the model in which every mean lies from `low` to `high`, in points; None for no end."""
    model = replace(program.model)
    leads = np.array(list(program.heads), dtype=np.int64)
    rows = np.concatenate((np.searchsorted(leads, program.edges.lead), np.arange(len(leads))))
    columns = np.concatenate((np.arange(len(program.edges)), list(program.heads.values()))).astype(np.int64)
    points = program.quality[np.concatenate((program.edges.member, leads))]
    for sign, end in ((1.0, high), (-1.0, low)):
        if end is not None:
            entries = Entries()
            entries.add(rows, columns, np.nan_to_num(points - end) * SCALE * sign)
            model.add_rows(np.full(len(leads), -np.inf), np.full(len(leads), SLACK), entries)
    return model


def means_of(program: GroupProgram, plan: Floats) -> Floats:
    """Mean quality of each group of a plan."""
    chosen = np.flatnonzero(np.round(plan[: len(program.edges)]) == 1)
    return group_means(program.edges.take(chosen), program.quality)


def ends_of(program: GroupProgram, plan: Floats) -> tuple[float, float]:
    """Smallest and largest mean of a plan; 0 and 0 where nothing is known of any group."""
    means = means_of(program, plan)
    return (float(means.min()), float(means.max())) if len(means) else (0.0, 0.0)


@dataclass(frozen=True)
class Finder:
    """Looks for plans inside windows; `cost` leads the search to where the level before is held."""

    program: GroupProgram
    cost: Floats
    limits: Limits
    stop: StopSignal

    def within(self, low: float | None, high: float | None) -> tuple[Outcome, Floats | None]:
        """Find a plan inside a window, or prove that there is none, two ways; or run out of time."""
        model = with_window(self.program, low, high)
        outcome = Outcome.STOPPED
        for presolve in (True, False):
            outcome, plan = self._search(model, presolve=presolve)
            if outcome is not Outcome.INFEASIBLE:
                return outcome, plan
        return outcome, None

    def _search(self, model: LinearModel, *, presolve: bool) -> tuple[Outcome, Floats | None]:
        free = model.lower < model.upper
        if not free.any():
            legal = model.breach(model.lower) <= 2 * SLACK
            return (Outcome.OPTIMAL, model.lower) if legal else (Outcome.INFEASIBLE, None)
        small, _ = restricted(model, free, model.lower)
        found = Highs(small, self.limits, self.stop).integers(
            self.cost[free], gap=ANY, presolve=presolve, tolerance=TOLERANCE
        )
        if found.x is None:
            infeasible = found.outcome is Outcome.INFEASIBLE
            return (Outcome.INFEASIBLE if infeasible else Outcome.STOPPED), None
        plan = model.lower.copy()
        plan[free] = found.x
        plan = np.where(model.integer, np.round(plan), plan)
        legal = model.breach(plan) <= 2 * SLACK
        return (Outcome.OPTIMAL, plan) if legal else (Outcome.STOPPED, None)


def resolution(quality: Floats, sizes: Sequence[int]) -> float:
    """Least distance of two different spreads; 0 where the points are not of two decimals at most."""
    known = quality[~np.isnan(quality)]
    for parts in (1, 10, 100):
        if np.abs(known * parts - np.round(known * parts)).max(initial=0.0) < SLACK:
            return 1 / (parts * lcm(*sizes))
    return 0.0
