"""The rule balance: the smallest spread, then the split nearest to even money."""

from __future__ import annotations

import numpy as np

from allocator.domain.run import StopSignal
from allocator.errors import UsageError
from allocator.funding.answer import Answer, Continuous
from allocator.funding.bounds import Bounds
from allocator.funding.evening import (
    LOOSE,
    f6_limits,
    nearest_answer,
    smallest_spread,
    spread_level,
    whole_units,
    with_value,
)
from allocator.funding.formula import Filled
from allocator.funding.nearest import distance, equal_aims, from_exact, nearest_exact, nearest_within, within
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
    reach = least.value * (1 + LOOSE) + LOOSE
    best, tight = _evenest(purse, bounds, wanted, [reach * c for c in limits], (exact, least), stop)
    f6 = f6_limits(purse)
    if f6 is not None and purse.policy.active("F6") and not within(purse, best.amounts, f6):
        return least
    units = rounded(exact, purse.units) if best is tight else whole_units(purse, bounds, best, limits)
    level = with_value(purse, spread_level(purse, best.amounts, least, limits), units, limits)
    answer = nearest_answer(purse, "deviation", units, best, wanted)
    return Answer(answer.units, answer.continuous, (level, *answer.levels))


def _evenest(
    purse: Purse,
    bounds: Bounds,
    wanted: Floats,
    limits: list[float],
    known: tuple[Filled, LeastSpread],
    stop: StopSignal,
) -> tuple[Continuous, Continuous | None]:
    """The split nearest to even money within the smallest spread, and the exact one if that is it."""
    exact, least = known
    f6 = f6_limits(purse)
    tighter = limits if f6 is None else [min(a, b) for a, b in zip(limits, f6, strict=True)]
    if within(purse, exact.amounts, tighter):
        found = from_exact(purse, exact, wanted)
        return found, found
    # Where the smallest spread is above 1, F6 holds in no split.
    possible = tighter != limits and least.value <= 1
    for asked in [tighter, limits] if possible else [limits]:
        _, best = nearest_within(purse, bounds, wanted, asked, stop)
        if best is not None:
            return best, None
    return Continuous(least.units, distance(purse, least.units, wanted), None), None
