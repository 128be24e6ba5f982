"""The rules that follow weights alone: formula, and leximin (the lowest section first)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from allocator.domain.choices import Purpose
from allocator.domain.funding import SplitLevel
from allocator.errors import UsageError
from allocator.funding.answer import Answer
from allocator.funding.bounds import Bounds
from allocator.funding.formula import Filled, Slopes, fill
from allocator.funding.purse import Purse
from allocator.funding.rounding import rounded
from allocator.funding.target import Floats


def formula(purse: Purse, bounds: Bounds) -> Answer:
    """By weights: x_i = middle of (floor, lambda w_i, cap)."""
    split = solved(purse, bounds, Slopes(purse.weights))
    units = rounded(split, purse.units)
    weights = np.array([float(w) for w in purse.weights])
    value, best = (_from_shares(purse, x, weights) for x in (np.array(units, float), split.amounts))
    level = SplitLevel("formula", value, best, best)
    return Answer(tuple(units), split.amounts, (level,), split.scale)


def _from_shares(purse: Purse, units: Floats, weights: Floats) -> float:
    """Sum of (x_i - w_i M / W)^2 / w_i: what the formula keeps least; in yuan."""
    counted = weights > 0
    everything = weights[counted].sum()
    if not everything:
        return 0.0
    aims = weights * (units[counted].sum() / everything)
    return float(np.sum((units - aims)[counted] ** 2 / weights[counted])) * float(purse.unit) ** 2


def solved(purse: Purse, bounds: Bounds, shape: Slopes) -> Filled:
    """Split exactly.

    Raises
    ------
    UsageError
        If no school that could take more has a slope.
    """
    split = fill(purse.units, bounds.floors, bounds.caps, shape)
    if split is None:
        raise UsageError("funding.nobody", grant=purse.grant.grant_id)
    return split


def leximin(purse: Purse, bounds: Bounds) -> Answer:
    """Raise the section furthest below its threshold first, then the next: one water level.

    A school's lowest section decides, and both rise together with its money, so the level x_i = middle of
    (floor, level / rate_i - asset_i, cap) is the lexicographic optimum. Money that raises no indicator is
    levelled against the F3 amount (operating) or the pupils.
    """
    slopes, offsets = water_levels(purse)
    split = solved(purse, bounds, Slopes(slopes, offsets))
    units = rounded(split, purse.units)
    values = [lowest(purse, x) for x in (np.array(units, float), split.amounts, np.zeros(len(units)))]
    level = SplitLevel("lowest", values[0], values[1], values[1], values[2])
    return Answer(tuple(units), split.amounts, (level,), split.scale)


def water_levels(purse: Purse) -> tuple[list[Fraction], list[Fraction] | None]:
    """Slope and offset of every school; a school without pupils has none."""
    if purse.target.indicator is None:
        if purse.grant.purpose is Purpose.OPERATING:
            return [purse.facts.needs[s.school_id].total for s in purse.schools], None
        return [Fraction(count) for count in purse.pupils], None
    unknown = [
        s.school_id
        for s, a, n in zip(purse.schools, purse.target.asset, purse.pupils, strict=True)
        if n and np.isnan(a)
    ]
    if unknown:
        raise UsageError("funding.unknown_assets", grant=purse.grant.grant_id, schools=", ".join(unknown[:10]))
    rates = np.full(len(purse.schools), np.inf)
    for stage in purse.target.stages:
        np.minimum.at(rates, stage.school, stage.share / (stage.pupils * stage.threshold))
    slopes = [Fraction(0) if not np.isfinite(rate) else 1 / Fraction(float(rate)) for rate in rates]
    assets = np.nan_to_num(purse.target.asset)
    return slopes, [Fraction(-float(a)) if w else Fraction(0) for a, w in zip(assets, slopes, strict=True)]


def lowest(purse: Purse, units: Floats) -> float:
    """Lowest share of a threshold that a section reaches; without an indicator, of the need or per pupil."""
    if purse.target.indicator is not None:
        totals = purse.target.totals(units)
        own = [
            (s.amounts(totals) / (s.pupils * s.threshold))[s.school < purse.inside] for s in purse.target.stages
        ]
        return min((float(reached.min()) for reached in own if len(reached)), default=0.0)
    slopes = np.array([float(w) for w in water_levels(purse)[0]])
    counted = slopes > 0
    return float((units[counted] * float(purse.unit) / slopes[counted]).min()) if counted.any() else 0.0
