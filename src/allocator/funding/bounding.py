"""Lower bounds that hold whatever the solver's duals are worth: weak duality, worked out anew.

For z = (a, u) with |u| <= a and a feasible point, a (c mu) + u r >= 0 for every cone. Subtracting it from the
objective leaves a separable problem over bounds and one sum, which is solved outright. A wrong dual weakens
the bound; it cannot falsify it (up to the rounding of sums).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.funding.cone import Scaled, StageCone
from allocator.funding.target import Floats

HALVINGS = 200


def cone_terms(
    columns: int, cones: Sequence[StageCone], limits: Sequence[float], duals: Sequence[Floats]
) -> tuple[float, Floats, Floats]:
    """Constant and slopes of sum over cones of a (c mu) + u r as a function of y, and each cone's a.

    r is centred, so u counts only up to its part along the roots.
    """
    constant, slope, weights = 0.0, np.zeros(columns), []
    for cone, limit, dual in zip(cones, limits, duals, strict=True):
        tail = dual[1:]
        weight = max(float(dual[0]), float(np.linalg.norm(tail)))
        centred = tail - float(tail @ cone.root) * cone.root
        each = weight * limit * cone.root + centred
        constant += float(each @ cone.base)
        inside = cone.column >= 0
        np.add.at(slope, cone.column[inside], (each * cone.coef)[inside])
        weights.append(weight)
    return constant, slope, np.array(weights)


def least_linear(scaled: Scaled, slope: Floats, total: float | None) -> float:
    """Exact least of `slope y` over bounds and sum: the cheapest columns are filled first."""
    low, high = scaled.low, scaled.high
    if total is None:
        return float(np.minimum(slope * low, slope * high).sum())
    left = total - float(scaled.fixed.sum()) - float(scaled.step @ low)
    order = np.argsort(slope / scaled.step, kind="stable")
    room = (scaled.step * (high - low))[order]
    taken = np.clip(left - (np.cumsum(room) - room), 0.0, room)
    return float(slope @ low + (slope / scaled.step)[order] @ taken)


def least_quadratic(scaled: Scaled, curve: Floats, slope: Floats, total: float) -> float:
    """Least of sum(curve y^2) / 2 + slope y over bounds and sum, curve > 0: its dual at the best multiplier."""
    low, high, step = scaled.low, scaled.high, scaled.step
    wanted = total - float(scaled.fixed.sum())

    def columns(multiplier: float) -> Floats:
        return np.clip((multiplier * step - slope) / curve, low, high)

    ends = np.concatenate(((low * curve + slope) / step, (high * curve + slope) / step))
    first, last = float(ends.min()), float(ends.max())
    for _ in range(HALVINGS):
        middle = (first + last) / 2
        if float(step @ columns(middle)) < wanted:
            first = middle
        else:
            last = middle
        if last - first <= 1e-15 * max(abs(first), abs(last)):
            break
    y = columns(last)
    return float(curve @ y**2 / 2 + slope @ y - last * (step @ y - wanted))
