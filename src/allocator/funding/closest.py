"""The rule closest: least change against last year, within the limits of F6."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from allocator.domain.funding import SplitLevel
from allocator.domain.run import StopSignal
from allocator.errors import UsageError
from allocator.funding.answer import Answer, Continuous
from allocator.funding.bounds import Bounds
from allocator.funding.evening import (
    f6_limits,
    nearest_answer,
    nearest_beside,
    smallest_spread,
    spread_level,
    whole_units,
    with_value,
)
from allocator.funding.nearest import distance, equal_aims, from_exact, nearest_exact, nearest_within, within
from allocator.funding.purse import Purse
from allocator.funding.rounding import rounded
from allocator.funding.spread import LeastSpread
from allocator.funding.target import Floats
from allocator.solving.highs import Outcome

TIGHTER = 4
"""How often limits are tightened because rounding to whole units broke one."""


def closest(purse: Purse, bounds: Bounds, stop: StopSignal, gap: float) -> Answer | LeastSpread:
    """Least change against last year within F1-F6; where F6 cannot hold, within the smallest spread.

    The smallest spread itself is returned where F6 binds and cannot hold.
    """
    aims = last_year_aims(purse)
    wanted = np.array([float(a) for a in aims])
    exact = nearest_exact(purse, bounds, aims)
    if exact is None:
        raise UsageError("funding.nobody", grant=purse.grant.grant_id)
    limits = f6_limits(purse)
    if limits is None or within(purse, exact.amounts, limits):
        found = from_exact(purse, exact, wanted)
        units = rounded(exact, purse.units)
        if limits is None or within(purse, np.array(units, float), limits):
            return nearest_answer(purse, "change", units, found, wanted)
    assert limits is not None  # noqa: S101  the exact split was taken where there are none
    outcome, best = _tightened(purse, bounds, wanted, limits, stop)
    before: tuple[SplitLevel, ...] = ()
    if best is None:
        least = smallest_spread(purse, bounds, limits, exact, stop, gap)
        if purse.policy.active("F6") and (outcome is Outcome.INFEASIBLE or (least.bound or 0) > 1):
            return least
        best = nearest_beside(
            purse,
            bounds,
            wanted,
            lambda room: [(max(least.value, 1.0) * (1 + room) + room) * c for c in limits],
            stop,
        )
        best = best or Continuous(least.units, distance(purse, least.units, wanted), None)
        before = (spread_level(purse, best.amounts, least, limits),)
    units = whole_units(purse, bounds, best, limits)
    answer = nearest_answer(purse, "change", units, best, wanted)
    spread = tuple(with_value(purse, level, units, limits) for level in before)
    return Answer(answer.units, answer.continuous, (*spread, *answer.levels))


def last_year_aims(purse: Purse) -> list[Fraction]:
    """Last year's amounts scaled to this year's sum, in units.

    A school without last year's amount counts with the mean per pupil of those that have one; where none has,
    all get the same per pupil.
    """
    known = [(last, n) for last, n in zip(purse.last, purse.pupils, strict=True) if last is not None and n]
    everyone = sum(n for _, n in known)
    received = sum((last for last, _ in known), start=purse.grant.amount_yuan * 0)
    if not received:
        return equal_aims(purse)
    mean = Fraction(received) / everyone
    before = [
        Fraction(last) if last is not None and n else mean * n
        for last, n in zip(purse.last, purse.pupils, strict=True)
    ]
    scale = purse.units / sum(before, Fraction(0))
    return [amount * scale for amount in before]


def _tightened(
    purse: Purse, bounds: Bounds, wanted: Floats, limits: Sequence[float], stop: StopSignal
) -> tuple[Outcome, Continuous | None]:
    """The nearest split whose whole units, too, keep the limits; tightened as often as rounding breaks one."""
    asked = list(limits)
    first: tuple[Outcome, Continuous | None] | None = None
    for _ in range(TIGHTER):
        outcome, best = nearest_within(purse, bounds, wanted, asked, stop)
        first = first or (outcome, best)
        if best is None:
            break
        if first[1] is not None and best is not first[1]:
            # The bound of the untightened program is the one that holds.
            best = Continuous(best.amounts, best.value, first[1].bound)
        units = np.array(whole_units(purse, bounds, best, limits), dtype=float)
        totals = purse.target.totals(units)
        over = [
            max(0.0, (stage.cv(totals) or 0.0) - limit)
            for stage, limit in zip(purse.target.stages, limits, strict=True)
        ]
        if not any(over):
            return outcome, best
        asked = [c - 1.5 * o - 1e-12 * c for c, o in zip(asked, over, strict=True)]
        if min(asked) <= 0:
            break
    return first or (Outcome.STOPPED, None)
