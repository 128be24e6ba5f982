"""The split nearest to an aim: least sum of (x_i - a_i)^2 / P_i within bounds, sum and CV limits.

Without a binding limit it is x_i = middle of (floor_i, a_i + lambda P_i, cap_i), solved exactly; only where a
stage then exceeds its limit is a cone program solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from allocator.domain.run import StopSignal
from allocator.funding.answer import Continuous
from allocator.funding.bounding import cone_terms, least_quadratic
from allocator.funding.bounds import Bounds
from allocator.funding.cone import Assembly, Scaled
from allocator.funding.formula import Filled, Slopes, fill
from allocator.funding.purse import Purse
from allocator.funding.target import Floats
from allocator.solving.cones import solve_cones
from allocator.solving.highs import Outcome

WITHIN = 1e-9
"""A CV above its limit by less than this share is the rounding of sums."""


def equal_aims(purse: Purse) -> list[Fraction]:
    """The same amount for every pupil, in units."""
    everyone = sum(purse.pupils) or 1
    return [Fraction(purse.units * count, everyone) for count in purse.pupils]


def nearest_exact(purse: Purse, bounds: Bounds, aims: Sequence[Fraction]) -> Filled | None:
    """The nearest split without CV limits; exact."""
    return fill(purse.units, bounds.floors, bounds.caps, Slopes(purse.pupils, aims))


def distance(purse: Purse, units: Floats, aims: Floats) -> float:
    """Sum of (x_i - a_i)^2 / P_i over the schools with pupils, in yuan^2 per pupil."""
    counted = purse.counts > 0
    apart = (units - aims)[counted] * float(purse.unit)
    return float(np.sum(apart**2 / purse.counts[counted]))


def within(purse: Purse, units: Floats, limits: Sequence[float]) -> bool:
    """Whether every stage's CV is within its limit."""
    totals = purse.target.totals(units)
    found = [stage.cv(totals) for stage in purse.target.stages]
    return all(cv is None or cv <= limit * (1 + WITHIN) for cv, limit in zip(found, limits, strict=True))


def from_exact(purse: Purse, split: Filled, aims: Floats) -> Continuous:
    """The exact split as an answer: its value is its bound, and lambda is the dual of the sum."""
    value = distance(purse, split.amounts, aims)
    unit = float(purse.unit)
    return Continuous(
        split.amounts,
        value,
        value,
        per_unit=2 * float(split.scale) * unit**2,
        limits=(0.0,) * len(purse.target.stages),
    )


def _only(
    purse: Purse, units: Floats, aims: Floats, limits: Sequence[float]
) -> tuple[Outcome, Continuous | None]:
    """The one split there is, where no school has room between floor and cap."""
    if not within(purse, units, limits):
        return Outcome.INFEASIBLE, None
    value = distance(purse, units, aims)
    return Outcome.OPTIMAL, Continuous(units, value, value)


def nearest_within(
    purse: Purse, bounds: Bounds, aims: Floats, limits: Sequence[float], stop: StopSignal
) -> tuple[Outcome, Continuous | None]:
    """The nearest split with every stage's CV within its limit, by a cone program."""
    scaled = Scaled.of(purse, bounds)
    if not len(scaled.free):
        return _only(purse, scaled.fixed, aims, limits)
    wanted = scaled.scaled(aims)
    counts = purse.counts[scaled.free]
    curve = 2 * counts / counts.sum()
    assembly = Assembly.of(scaled, curve, -curve * wanted)
    assembly.equalities(float(purse.units))
    assembly.boxes()
    assembly.spread(limits)
    found = solve_cones(assembly.program, stop)
    if found.outcome is not Outcome.OPTIMAL:
        return found.outcome, None
    y = found.x[: len(counts)]
    duals = [found.duals[block] for block in assembly.seconds]
    constant, slope, weights = cone_terms(len(y), assembly.cones, limits, duals)
    least = least_quadratic(scaled, curve, -curve * wanted - slope, float(purse.units)) - constant
    least += float(curve @ wanted**2) / 2
    # Scaled values are yuan^2 per pupil over size^2 and all pupils; schools without room add a constant.
    factor = (scaled.size * float(purse.unit)) ** 2 * counts.sum()
    units = scaled.units(y)
    value = distance(purse, units, aims)
    rest = value - factor * float(curve @ (np.clip(y, scaled.low, scaled.high) - wanted) ** 2) / 2
    means = [cone.mean(y) for cone in assembly.cones]
    total_dual = -float(found.duals[0]) / (scaled.size * max(1.0, float(purse.counts.sum())))
    return found.outcome, Continuous(
        units,
        value,
        float(rest + factor * least),
        per_unit=float(factor * total_dual),
        limits=tuple(float(-factor * w * mean) for w, mean in zip(weights, means, strict=True)),
    )
