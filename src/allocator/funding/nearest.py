"""The split nearest to an aim: least sum of (x_i - a_i)^2 / P_i within bounds, sum and CV limits.

Without a binding limit it is x_i = middle of (floor_i, a_i + lambda P_i, cap_i), solved exactly; only where a
stage then exceeds its limit is a cone program solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from allocator.domain.run import StopSignal
from allocator.funding.answer import Continuous
from allocator.funding.bounding import cone_terms, least_quadratic
from allocator.funding.bounds import Bounds
from allocator.funding.cone import Assembly, Scaled, StageCone
from allocator.funding.descent import at_limits, multipliers
from allocator.funding.duals import duals_of
from allocator.funding.formula import Filled, Slopes, fill
from allocator.funding.path import Slope
from allocator.funding.purse import Purse
from allocator.funding.spread import excluded
from allocator.funding.target import Floats
from allocator.solving.cones import solve_cones
from allocator.solving.highs import Outcome

WITHIN = 1e-9
"""A CV above its limit by less than this share is the rounding of sums."""
PROVEN = 1e-8
"""Relative distance of value and bound up to which a split found along the path is taken."""


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
    """The exact split as an answer: its value is its bound."""
    value = distance(purse, split.amounts, aims)
    return Continuous(split.amounts, value, value)


def _only(
    purse: Purse, units: Floats, aims: Floats, limits: Sequence[float]
) -> tuple[Outcome, Continuous | None]:
    """The one split there is."""
    if not within(purse, units, limits):
        return Outcome.INFEASIBLE, None
    value = distance(purse, units, aims)
    return Outcome.OPTIMAL, Continuous(units, value, value)


def nearest_within(
    purse: Purse, bounds: Bounds, aims: Floats, limits: Sequence[float], stop: StopSignal
) -> tuple[Outcome, Continuous | None]:
    """The nearest split with every stage's CV within its limit, along the path or by a cone program."""
    forced = bounds.forced(purse.units)
    if forced is not None:
        return _only(purse, np.array(forced, dtype=float), aims, limits)
    scaled = Scaled.of(purse, bounds)
    case = _Case.of(scaled, aims, limits)
    return case.descended() or case.solved(stop)


def nearest_priced(
    purse: Purse, bounds: Bounds, aims: Floats, limits: Sequence[float], stop: StopSignal
) -> Continuous | None:
    """The same split with the duals of a cone program; None where there is none, or only one."""
    scaled = Scaled.of(purse, bounds)
    return _Case.of(scaled, aims, limits).solved(stop)[1] if len(scaled.free) else None


@dataclass(frozen=True)
class _Case:
    """What a nearest split is asked of: cones and limits of the stages, aims in units."""

    scaled: Scaled
    cones: tuple[StageCone, ...]
    aims: Floats
    limits: Sequence[float]

    @classmethod
    def of(cls, scaled: Scaled, aims: Floats, limits: Sequence[float]) -> _Case:
        """Collect the cones of a grant."""
        cones = tuple(StageCone.of(scaled, stage) for stage in scaled.purse.target.stages)
        return cls(scaled, cones, aims, limits)

    @property
    def counts(self) -> Floats:
        """Shape (columns,): pupils."""
        return self.scaled.purse.counts[self.scaled.free]

    @property
    def curve(self) -> Floats:
        """Shape (columns,): twice the weight of each column's square."""
        found: Floats = 2 * self.counts / self.counts.sum()
        return found

    def descended(self) -> tuple[Outcome, Continuous | None] | None:
        """The split by the path, or that there is none; None where nothing is found, or it is not proven."""
        slope = Slope.of(self.scaled, self.cones, self.limits, self.aims)
        point = at_limits(slope, slope.nearest())
        if point is None:
            return None
        duals = multipliers(self.cones, point)
        if point.t > 1:
            none = excluded(self.scaled, self.cones, self.limits, duals, point.t) > 1 + PROVEN
            return (Outcome.INFEASIBLE, None) if none else None
        found = self.worth(point.y, [dual / point.theta for dual in duals])
        proven = found.bound is not None and found.value - found.bound <= PROVEN * abs(found.value)
        kept = proven and within(self.scaled.purse, found.amounts, self.limits)
        return (Outcome.OPTIMAL, found) if kept else None

    def solved(self, stop: StopSignal) -> tuple[Outcome, Continuous | None]:
        """The split by a cone program."""
        wanted, curve = self.scaled.scaled(self.aims), self.curve
        assembly = Assembly.of(self.scaled, curve, -curve * wanted)
        assembly.equalities(float(self.scaled.purse.units))
        boxes = assembly.boxes()
        assembly.spread(self.limits)
        found = solve_cones(assembly.program, stop)
        if found.outcome is not Outcome.OPTIMAL:
            return found.outcome, None
        duals = [found.duals[block] for block in assembly.seconds]
        y = found.x[: len(curve)]
        weights = np.array([float(dual[0]) for dual in duals])
        factor = self.factor
        priced = duals_of(assembly, found.duals, (boxes, weights), y, factor)
        return found.outcome, replace(self.worth(y, duals), duals=priced)

    @property
    def factor(self) -> float:
        """What turns a scaled value into yuan^2 a pupil: size^2 and all pupils."""
        return float((self.scaled.size * float(self.scaled.purse.unit)) ** 2 * self.counts.sum())

    def worth(self, y: Floats, duals: Sequence[Floats]) -> Continuous:
        """Value and bound of a split, from any duals of the cones."""
        scaled, purse, curve = self.scaled, self.scaled.purse, self.curve
        wanted, factor = scaled.scaled(self.aims), self.factor
        constant, slope, _ = cone_terms(len(y), self.cones, self.limits, duals)
        least = least_quadratic(scaled, curve, -curve * wanted - slope, float(purse.units)) - constant
        least += float(curve @ wanted**2) / 2
        # Scaled values are yuan^2 per pupil over size^2 and all pupils; schools without room add a constant.
        units = scaled.units(y)
        value = distance(purse, units, self.aims)
        rest = value - factor * float(curve @ (np.clip(y, scaled.low, scaled.high) - wanted) ** 2) / 2
        return Continuous(units, value, float(rest + factor * least))
