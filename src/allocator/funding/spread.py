"""The smallest t with CV <= t x limit in every stage: a generalised fractional program, by Dinkelbach's steps.

For a fixed t the program min v, |r_s| <= t limit_s mu_s + g_s v, is a cone program; its v is below 0 as long
as t can be improved, and g_s = limit_s mu_s of the last split makes the steps superlinear. Two or three are
usual. They are needed only where the path of `descent.py` does not lead to a split that is proven.

Source: J.-P. Crouzeix, J. A. Ferland and S. Schaible, An algorithm for generalized fractional programs,
Journal of Optimization Theory and Applications 47 (1985).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.domain.run import StopSignal
from allocator.funding.answer import Duals
from allocator.funding.bounding import cone_terms, least_linear
from allocator.funding.bounds import Bounds
from allocator.funding.cone import Assembly, Scaled, StageCone
from allocator.funding.descent import least_ratio, multipliers
from allocator.funding.duals import duals_of
from allocator.funding.path import Slope
from allocator.funding.purse import Purse
from allocator.funding.target import Floats
from allocator.solving.cones import TOLERANCE, solve_cones
from allocator.solving.highs import Outcome

STEPS = 15
CLOSE = (1e-9, 1e-8, 1e-6, 1e-4)
"""Relative distances from the top at which a search for the bound begins."""
PRECISE = 1e-9
"""Relative precision of the bound; it is lower by that at most."""
ROUGH = 1e-7
"""Precision asked of a step; the bound is worked out anew, and the next step mends the rest."""
NOTHING = 1e-7
"""A spread below this is none."""


@dataclass(frozen=True)
class LeastSpread:
    """Units, their spread t, and a proven lower bound on it (None if none)."""

    units: Floats
    value: float
    bound: float | None


def least_spread(
    purse: Purse, bounds: Bounds, limits: Sequence[float], start: Floats, stop: StopSignal, gap: float
) -> LeastSpread:
    """Improve a split until its spread is proven least to the gap (denominator at least 0.01)."""
    scaled = Scaled.of(purse, bounds)
    cones = tuple(StageCone.of(scaled, stage) for stage in purse.target.stages)
    y = scaled.scaled(start)
    best = LeastSpread(start, _ratio(cones, limits, y), 0.0)
    if best.value > max(NOTHING, gap * 0.01):
        best = _descended(scaled, cones, limits, best)
        y = scaled.scaled(best.units)
    for _ in range(STEPS):
        if best.value - (best.bound or 0.0) <= max(NOTHING, gap * max(best.value, 0.01)) or stop.now:
            return best
        step = _step(scaled, limits, best.value, y, stop)
        if step is None:
            return best
        y, proven, _ = step
        units = scaled.units(y)
        value = _ratio(cones, limits, y)
        bound = max(best.bound or 0.0, proven)
        if value >= best.value:
            return LeastSpread(best.units, best.value, bound)
        best = LeastSpread(units, value, bound)
    return best


def _descended(
    scaled: Scaled, cones: Sequence[StageCone], limits: Sequence[float], start: LeastSpread
) -> LeastSpread:
    """The end of the path from a split, with the bound that its multipliers prove, or the split itself."""
    slope = Slope.of(scaled, cones, limits, start.units)
    point = least_ratio(slope, slope.aims)
    if point is None or (value := _ratio(cones, limits, point.y)) >= start.value:
        return start
    duals = multipliers(cones, point)
    bound = excluded(scaled, cones, limits, duals, value)
    return LeastSpread(scaled.units(point.y), value, bound)


def spread_duals(
    purse: Purse, bounds: Bounds, limits: Sequence[float], least: LeastSpread, stop: StopSignal
) -> Duals | None:
    """What more of each right-hand side does to the smallest spread; None if the solver gave up.

    At the smallest t the slack v of a step is 0, and t moves as v does, over the rate at which t lowers v: the
    sum of a_s limit_s mu_s.
    """
    scaled = Scaled.of(purse, bounds)
    step = _step(scaled, limits, least.value, scaled.scaled(least.units), stop, TOLERANCE)
    if step is None:
        return None
    found = step[2]
    rate = -sum(dual * limit for dual, limit in zip(found.limits, limits, strict=True))
    if rate <= 0:
        return None
    # A cone's right-hand side is t limit mu: one more of the limit is t more of the product.
    limited = tuple(least.value * dual / rate for dual in found.limits)
    return Duals(found.total / rate, limited, found.floors / rate)


def _ratio(cones: Sequence[StageCone], limits: Sequence[float], y: Floats) -> float:
    """Largest CV over limit; a stage whose mean is 0 has none."""
    found = [
        float(np.linalg.norm(cone.apart(y))) / (limit * mean)
        for cone, limit in zip(cones, limits, strict=True)
        if (mean := cone.mean(y)) > 0
    ]
    return max(found, default=0.0)


def _step(
    scaled: Scaled, limits: Sequence[float], t: float, y: Floats, stop: StopSignal, tolerance: float = ROUGH
) -> tuple[Floats, float, Duals] | None:
    """One step from t.

    New columns, proven bound on the least t, and what more of each right-hand side does to the slack; None if
    the solver gave up.
    """
    total = float(scaled.purse.units)
    columns = len(scaled.free)
    assembly = Assembly.of(scaled, np.zeros(columns), np.zeros(columns), extra=(1.0,))
    reach = [limit * max(cone.mean(y), 1e-9) for cone, limit in zip(assembly.cones, limits, strict=True)]
    now = [t * limit for limit in limits]
    assembly.equalities(total)
    boxes = assembly.boxes()
    assembly.spread(now, slack=(columns + len(assembly.means), reach))
    found = solve_cones(assembly.program, stop, tolerance)
    if found.outcome is not Outcome.OPTIMAL:
        return None
    duals = [found.duals[block] for block in assembly.seconds]
    proven = excluded(scaled, assembly.cones, limits, duals, t)
    weights = np.array([float(dual[0]) for dual in duals])
    y = found.x[:columns]
    return y, proven, duals_of(assembly, found.duals, (boxes, weights), y, 1.0)


def excluded(
    scaled: Scaled, cones: Sequence[StageCone], limits: Sequence[float], duals: Sequence[Floats], most: float
) -> float:
    """Largest t up to `most` below which these duals allow no split.

    With weights a_s and |u_s| <= a_s a split of spread below t has sum of a_s t limit_s mu_s + u_s r_s above 0;
    where even the largest value of that linear function over bounds and sum is not, there is none.
    """
    total, columns = float(scaled.purse.units), len(scaled.free)
    apart, turns, _ = cone_terms(columns, cones, [0.0] * len(cones), duals)
    both, slopes, _ = cone_terms(columns, cones, limits, duals)

    def none_below(t: float) -> bool:
        slope = turns + t * (slopes - turns)
        return apart + t * (both - apart) - least_linear(scaled, -slope, total) <= 0

    low, high = 0.0, most
    # Good duals exclude nearly all: the search begins close to the top.
    for share in CLOSE:
        if none_below(most * (1 - share)):
            low = most * (1 - share)
            break
        high = most * (1 - share)
    while high - low > PRECISE * most:
        middle = (low + high) / 2
        low, high = (middle, high) if none_below(middle) else (low, middle)
    return low
