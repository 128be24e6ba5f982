"""The least money of one grant with which every rule and limit holds, F6 included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from allocator.domain.funding import LeastMoney
from allocator.domain.run import StopSignal
from allocator.funding.bounding import cone_terms, least_linear
from allocator.funding.bounds import Bounds
from allocator.funding.cone import Assembly, Scaled
from allocator.funding.evening import f6_limits, spread_slope
from allocator.funding.nearest import within
from allocator.funding.purse import Purse
from allocator.funding.target import Floats, Ints
from allocator.solving.cones import solve_cones
from allocator.solving.highs import Outcome

MOST = 2**50
"""Units added to a split before it is given up."""
REACH = 4.0
"""Without a cap no school is thought to need more than this multiple of the richest amount per pupil."""


@dataclass(frozen=True)
class _Found:
    units: Floats | None
    bound: float | None


def least_money(purse: Purse, bounds: Bounds, stop: StopSignal) -> LeastMoney:
    """Least amount in whole units: the floors, or what the CV limits need beyond them.

    Without CV limits the floors are the answer, exactly. With them a cone program gives the least sum, its dual
    the bound; the whole units found keep every limit, checked by recomputing each CV.
    """
    code, floors = purse.grant.grant_id, sum(bounds.floors)
    start = np.array(bounds.floors, dtype=float)
    limits = f6_limits(purse)
    if bounds.crossed:
        return LeastMoney(code, purse.yuan(floors), None, None)
    if limits is None or within(purse, start, limits):
        return LeastMoney(code, purse.yuan(floors), purse.yuan(floors), float(purse.yuan(floors)))
    units, bound = least_amounts(purse, bounds, limits, stop)
    least = None if units is None else purse.yuan(sum(int(x) for x in units))
    return LeastMoney(code, purse.yuan(floors), least, None if bound is None else bound * float(purse.unit))


def least_amounts(
    purse: Purse, bounds: Bounds, limits: Sequence[float], stop: StopSignal
) -> tuple[Ints | None, float | None]:
    """Whole units with the least sum that keep all floors and CV limits, and the bound of that sum in units.

    Caps that are only the grant's own amount do not bind. The amounts are None if none were found.
    """
    floors = sum(bounds.floors)
    if within(purse, np.array(bounds.floors, dtype=float), limits):
        return np.array(bounds.floors, dtype=np.int64), float(floors)
    opened = _opened(purse, bounds)
    found = _solve(purse, opened, limits, stop)
    bound = None if found.bound is None else max(found.bound, floors)
    return None if found.units is None else _whole(purse, opened, found.units, limits), bound


def _opened(purse: Purse, bounds: Bounds) -> Bounds:
    """The same bounds, whose caps are not the grant's own amount."""
    totals = np.nan_to_num(purse.target.asset) + np.array(bounds.floors, dtype=float)
    richest = max((float((s.amounts(totals) / s.pupils).max()) for s in purse.target.stages), default=0.0)
    caps = tuple(
        cap if capped else max(low, ceil(REACH * max(richest, 1.0) * n))
        for low, cap, capped, n in zip(bounds.floors, bounds.caps, bounds.capped, purse.pupils, strict=True)
    )
    return replace(bounds, caps=caps, capped=(True,) * len(caps))


def _solve(purse: Purse, bounds: Bounds, limits: Sequence[float], stop: StopSignal) -> _Found:
    """Least sum under the CV limits; the bound is in units."""
    totals = np.nan_to_num(purse.target.asset) + np.array(bounds.floors, dtype=float)
    size = float(totals.sum() / max(1.0, purse.counts.sum())) or 1.0
    scaled = Scaled.of(purse, bounds, size)
    share = scaled.step / (size * max(1.0, purse.counts.sum()))
    assembly = Assembly.of(scaled, np.zeros(len(share)), share)
    assembly.equalities(None)
    assembly.boxes()
    assembly.spread(limits)
    result = solve_cones(assembly.program, stop)
    if result.outcome is not Outcome.OPTIMAL:
        return _Found(None, None)
    duals = [result.duals[block] for block in assembly.seconds]
    constant, slope, _ = cone_terms(len(share), assembly.cones, limits, duals)
    least = least_linear(scaled, share - slope, None) - constant
    units = scaled.units(result.x[: len(share)])
    return _Found(units, float(scaled.fixed.sum()) + least * size * max(1.0, float(purse.counts.sum())))


def _whole(purse: Purse, bounds: Bounds, units: Floats, limits: Sequence[float]) -> Ints | None:
    """Whole units near a split that keep every limit; None if the caps leave no room.

    From the split rounded down, as few units as possible are added, one each to those who even out most.
    """
    price = spread_slope(purse, units, limits)
    low, high = np.array(bounds.floors, dtype=float), np.array(bounds.caps, dtype=float)
    base = np.clip(np.floor(units), low, high)
    order = np.argsort(price, kind="stable")
    order = order[(price[order] < 0) & (base[order] < high[order])]

    def more(count: int) -> Floats:
        each, rest = divmod(count, max(1, len(order)))
        whole = base.copy()
        whole[order] += each
        whole[order[:rest]] += 1
        kept: Floats = np.minimum(whole, high)
        return kept

    most = 1
    while not within(purse, more(most), limits):
        if not len(order) or most > MOST:
            return None
        most *= 2
    least = 0
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if within(purse, more(middle), limits) else (middle + 1, most)
    return more(most).astype(np.int64)
