"""The rule balance: the smallest spread, then the split nearest to even money."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.domain.run import StopSignal
from allocator.errors import UsageError
from allocator.funding.answer import Answer, Continuous
from allocator.funding.bounds import Bounds
from allocator.funding.evening import (
    ROOMS,
    f6_limits,
    nearest_answer,
    nearest_beside,
    smallest_spread,
    spread_level,
    whole_units,
    with_value,
)
from allocator.funding.formula import Filled
from allocator.funding.held import held_spread
from allocator.funding.nearest import distance, equal_aims, from_exact, nearest_exact, within
from allocator.funding.purse import Purse
from allocator.funding.rounding import rounded
from allocator.funding.spread import LeastSpread
from allocator.funding.target import Floats


def balance(purse: Purse, bounds: Bounds, stop: StopSignal, gap: float) -> Answer | LeastSpread:
    """The smallest spread; among those, the least sum of (x_i - m P_i)^2 / P_i.

    Limits of F6 that are tighter (the CV before) are kept as well, where they can be.
    """
    aims = equal_aims(purse)
    wanted = np.array([float(a) for a in aims])
    exact = nearest_exact(purse, bounds, aims)
    if exact is None:
        raise UsageError("funding.nobody", grant=purse.grant.grant_id)
    limits = purse.target.limits(standard=True)
    least = smallest_spread(purse, bounds, limits, exact, stop, gap)
    f6 = f6_limits(purse) if purse.policy.active("F6") else None
    if f6 is not None and not within(purse, least.units, f6):
        kept = held_spread(purse, bounds, limits, f6, (exact, least), stop, gap)
        if kept is None:
            return smallest_spread(purse, bounds, f6, exact, stop, gap)
        least = kept
    best, tight = _evenest(purse, bounds, wanted, limits, (exact, least), stop)
    units = rounded(exact, purse.units) if best is tight else whole_units(purse, bounds, best, limits)
    if f6 is not None and not within(purse, np.array(units, dtype=float), f6):
        # The split of the smallest spread keeps F6; the bound of the nearest is one for it, too.
        best = Continuous(least.units, distance(purse, least.units, wanted), best.bound)
        units = whole_units(purse, bounds, best, f6)
    level = with_value(purse, spread_level(purse, best.amounts, least, limits), units, limits)
    answer = nearest_answer(purse, "deviation", units, best, wanted)
    return Answer(answer.units, answer.continuous, (level, *answer.levels))


def _evenest(
    purse: Purse,
    bounds: Bounds,
    wanted: Floats,
    limits: Sequence[float],
    known: tuple[Filled, LeastSpread],
    stop: StopSignal,
) -> tuple[Continuous, Continuous | None]:
    """The split nearest to even money within the smallest spread, and the exact one if that is it."""
    exact, least = known
    f6 = f6_limits(purse)

    def held(room: float) -> list[float]:
        return [(least.value * (1 + room) + room) * c for c in limits]

    def tighter(room: float) -> list[float]:
        return held(room) if f6 is None else [min(a, b) for a, b in zip(held(room), f6, strict=True)]

    if within(purse, exact.amounts, tighter(ROOMS[0])):
        found = from_exact(purse, exact, wanted)
        return found, found
    # Where the smallest spread is above 1, F6 holds in no split.
    possible = tighter(0.0) != held(0.0) and least.value <= 1
    for asked in (tighter, held) if possible else (held,):
        best = nearest_beside(purse, bounds, wanted, asked, stop)
        if best is not None:
            return best, None
    return Continuous(least.units, distance(purse, least.units, wanted), None), None
