"""The smallest t with CV <= t x limit where F6 is a hard rule: every CV also within what F6 allows.

F6 allows at most the CV before, so the split of smallest t may break it (a nine-year school that evens out one
stage and spreads the other) though others keep it. For a fixed t, the limits are l_s = min(t c_s, f_s); some
split keeps them if the smallest worst CV over l is at most 1, and none does if the proven bound on it is above
1. So t is found by bisection, with bounds that are those of `spread.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from allocator.domain.run import StopSignal
from allocator.funding.bounds import Bounds
from allocator.funding.evening import smallest_spread, spread_of
from allocator.funding.formula import Filled
from allocator.funding.nearest import WITHIN
from allocator.funding.purse import Purse
from allocator.funding.spread import NOTHING, LeastSpread

PRECISE = 1e-8
"""Gap to which each question is answered."""


def held_spread(
    purse: Purse,
    bounds: Bounds,
    limits: Sequence[float],
    most: Sequence[float],
    known: tuple[Filled, LeastSpread],
    stop: StopSignal,
    gap: float,
) -> LeastSpread | None:
    """The smallest spread over `limits` with every CV at most `most`; None where no such split is found.

    `known` are the split nearest to even money and the smallest spread without `most`.
    """
    exact, free = known

    def asked(t: float) -> LeastSpread:
        allowed = [min(t * c, f) for c, f in zip(limits, most, strict=True)]
        return smallest_spread(purse, bounds, allowed, exact, stop, PRECISE)

    widest = max(f / c for c, f in zip(limits, most, strict=True))
    kept = asked(widest)
    if kept.value > 1 + WITHIN:
        return None
    best = LeastSpread(kept.units, spread_of(purse, kept.units, limits), free.bound)
    low = free.bound or 0.0
    while best.value - low > max(NOTHING, gap * max(best.value, 0.01)) and not stop.now:
        middle = (low + best.value) / 2
        found = asked(middle)
        if found.value <= 1 + WITHIN:
            best = LeastSpread(found.units, spread_of(purse, found.units, limits), low)
        elif (found.bound or 0.0) > 1:
            low = middle
        else:
            break
    return LeastSpread(best.units, best.value, low)
