"""What balance and closest share: the limits of F6, the smallest spread, whole units that spread least."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import inf

import numpy as np

from allocator.domain.funding import SplitLevel
from allocator.domain.policy import Mode
from allocator.domain.run import StopSignal
from allocator.funding.answer import Answer, Continuous
from allocator.funding.bounds import Bounds
from allocator.funding.formula import Filled, Slopes, fill
from allocator.funding.nearest import distance, nearest_within
from allocator.funding.purse import Purse
from allocator.funding.rounding import rounded_by_price
from allocator.funding.spread import LeastSpread, least_spread
from allocator.funding.target import Floats

ROOMS = (1e-8, 1e-7, 1e-6)
"""Relative and absolute room that the smallest spread leaves to the level after it: the first with a proof."""
PROVEN = 1e-6
"""Relative distance of value and bound up to which that level counts as proven."""


def f6_limits(purse: Purse) -> tuple[float, ...] | None:
    """CV limits of F6, where the rule is on and the purpose raises an indicator."""
    if purse.policy.rules.F6 == Mode.OFF or purse.target.indicator is None:
        return None
    return purse.target.limits()


def smallest_spread(
    purse: Purse, bounds: Bounds, limits: Sequence[float], exact: Filled, stop: StopSignal, gap: float
) -> LeastSpread:
    """Smallest spread, from the better of two starts: even money, or even totals."""
    if bounds.forced(purse.units) is not None:
        value = spread_of(purse, exact.amounts, limits)
        return LeastSpread(exact.amounts, value, value)
    starts = [exact.amounts]
    if purse.target.indicator is not None and not np.isnan(purse.target.asset).any():
        assets = [Fraction(-float(a)) for a in purse.target.asset]
        level = fill(purse.units, bounds.floors, bounds.caps, Slopes(purse.pupils, assets))
        starts += [] if level is None else [level.amounts]
    best = min(starts, key=lambda x: spread_of(purse, x, limits))
    return least_spread(purse, bounds, limits, best, stop, gap)


def spread_of(purse: Purse, units: Floats, limits: Sequence[float]) -> float:
    """Largest CV over its limit; 0 where no stage has a CV."""
    totals = purse.target.totals(units)
    found = [(stage.cv(totals), limit) for stage, limit in zip(purse.target.stages, limits, strict=True)]
    return max((cv / limit for cv, limit in found if cv is not None), default=0.0)


def nearest_beside(
    purse: Purse, bounds: Bounds, wanted: Floats, reach: Callable[[float], Sequence[float]], stop: StopSignal
) -> Continuous | None:
    """The split nearest to an aim within the limits that the smallest room leaves in which one is proven.

    A cone program has hardly any inside where the spread is held at its least; where the solver finds nothing
    there, it gets more room. Without a proof the closest to one is returned.
    """
    found: list[Continuous] = []
    for room in ROOMS:
        best = nearest_within(purse, bounds, wanted, reach(room), stop)[1]
        if best is not None:
            found.append(best)
            if _off(best) <= PROVEN:
                return best
    return min(found, key=_off, default=None)


def _off(found: Continuous) -> float:
    """Relative distance of a value from its bound."""
    if found.bound is None:
        return inf
    return max(0.0, found.value - found.bound) / max(found.value, 1.0)


def spread_level(purse: Purse, units: Floats, least: LeastSpread, limits: Sequence[float]) -> SplitLevel:
    """The level `spread` of a split before rounding."""
    value = spread_of(purse, units, limits)
    before = spread_of(purse, np.zeros(len(units)), limits) if purse.target.indicator else None
    return SplitLevel("spread", value, least.value, least.bound, before)


def with_value(purse: Purse, level: SplitLevel, units: Sequence[int], limits: Sequence[float]) -> SplitLevel:
    """The same level with the value of the whole units."""
    value = spread_of(purse, np.array(units, float), limits)
    return SplitLevel(level.name, value, level.continuous, level.bound, level.before)


def nearest_answer(purse: Purse, name: str, units: Sequence[int], found: Continuous, wanted: Floats) -> Answer:
    """Whole units with the level of their distance from an aim."""
    value = distance(purse, np.array(units, float), wanted)
    return Answer(tuple(units), found.amounts, (SplitLevel(name, value, found.value, found.bound),))


def whole_units(purse: Purse, bounds: Bounds, found: Continuous, limits: Sequence[float]) -> list[int]:
    """Round so that the spread grows least."""
    price = spread_slope(purse, found.amounts, limits)
    return rounded_by_price(found.amounts, bounds.floors, bounds.caps, purse.units, price)


def spread_slope(purse: Purse, units: Floats, limits: Sequence[float]) -> Floats:
    """Shape (n,): how fast the spread of the stages nearest to their limits grows with each school's units."""
    totals = purse.target.totals(units)
    price = np.zeros(len(units))
    for stage, limit in zip(purse.target.stages, limits, strict=True):
        amounts = stage.amounts(totals)
        mean = amounts.sum() / stage.everyone
        apart = (amounts - mean * stage.pupils) / stage.pupils
        norm = float(np.sqrt(np.sum(stage.pupils * apart**2)))
        if norm and mean > 0:
            nearness = norm / np.sqrt(stage.everyone) / mean / limit
            price_here = stage.share * (
                apart / norm * np.sqrt(stage.everyone) - norm / (mean * np.sqrt(stage.everyone))
            )
            np.add.at(price, stage.school, price_here * nearness**8)
    return price
