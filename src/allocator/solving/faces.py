"""Linear levels one after another, each on the optimal face of those before it.

By complementary slackness a plan is optimal if and only if every column with a reduced cost stands at its bound
and every row with a dual at its side. Fixing those keeps a level exactly and, unlike a row for the value of the
level, leaves the structure of a network as it is, so that relaxations stay whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from allocator.domain.run import Limits, StopSignal
from allocator.solving.highs import Highs, Outcome
from allocator.solving.model import Floats, LinearModel, dual_bound

WHOLE = 1e-6
"""Distance from a whole number at which a value counts as whole."""


@dataclass(frozen=True)
class FaceLevel:
    """One level: its value at the last plan, its proven bound, both whole, and the seconds it took."""

    value: float
    bound: float
    seconds: float


def lexicographic(
    model: LinearModel, costs: Iterable[tuple[Floats, float]], limits: Limits, stop: StopSignal
) -> tuple[Floats, list[FaceLevel]] | None:
    """Minimise whole-numbered costs level after level.

    Parameters
    ----------
    model
        Its bounds and sides are narrowed to the last level's face.
    costs
        Each level's cost, shape (columns,), whole numbers, and the factor that suits it to the solver.

    Returns
    -------
    tuple or None
        Whole values of the columns, and the levels; None unless every relaxation is solved and whole and every
        level is proven at the last plan: then another way must be gone.
    """
    solver = Highs(model, limits, stop)
    bounds: list[tuple[Floats, float, float]] = []
    x = np.zeros(model.columns)
    for cost, scale in costs:
        began = stop.seconds
        found = solver.relax(cost * scale)
        x = np.round(found.x)
        if found.outcome is not Outcome.OPTIMAL or np.abs(found.x - x).max(initial=0.0) > WHOLE:
            return None
        bound, reduced = dual_bound(model, cost * scale, found.duals)
        bounds.append((cost, float(np.ceil(bound / scale - 1e-3)), stop.seconds - began))
        _narrow(model, reduced, found.duals, scale / 2)
    levels = [FaceLevel(float(cost @ x), bound, seconds) for cost, bound, seconds in bounds]
    if model.breach(x) > WHOLE or any(level.value > level.bound for level in levels):
        return None
    return x, levels


def _narrow(model: LinearModel, reduced: Floats, duals: Floats, least: float) -> None:
    """Fix the columns and rows that the optimal face fixes.

    The duals of a network with whole costs are whole, so half a unit tells them from rounding.
    """
    up, down = reduced < -least, reduced > least
    model.lower = np.where(up, model.upper, model.lower)
    model.upper = np.where(down, model.lower, model.upper)
    low, high = duals > least, duals < -least
    lower, upper = model.row_lower, model.row_upper
    model.row_upper = np.where(low & np.isfinite(lower), lower, upper)
    model.row_lower = np.where(high & np.isfinite(upper), upper, lower)
