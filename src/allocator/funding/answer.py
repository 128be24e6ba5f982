"""What a rule of split answers: amounts before and after rounding, values, bounds and duals."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from allocator.domain.funding import ShadowPrice, SplitLevel
from allocator.funding.purse import Purse
from allocator.funding.target import Floats


@dataclass(frozen=True)
class Continuous:
    """A split before rounding.

    Attributes
    ----------
    amounts
        Shape (n,): units.
    value, bound
        In the units of its level; `bound` None if nothing is proven.
    per_unit
        Dual of the sum: change of the value per unit of money more.
    limits
        Dual of each stage's CV limit: change of the value per unit of limit.
    low, high
        Units between which `per_unit` holds; None where that is not known.
    """

    amounts: Floats
    value: float
    bound: float | None
    per_unit: float | None = None
    limits: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Answer:
    """A grant's split in whole units, with its levels, shadow prices and, of exact rules, the one factor."""

    units: tuple[int, ...]
    continuous: Floats
    levels: tuple[SplitLevel, ...]
    prices: tuple[ShadowPrice, ...] = ()
    scale: Fraction | None = None


def money_price(
    purse: Purse, level: str, price: float, low: Fraction | float | None, high: Fraction | float | None
) -> ShadowPrice:
    """Price of a yuan more; `low` and `high` are given in units of the grant."""
    unit = float(purse.unit)
    return ShadowPrice(
        "amount",
        level,
        price,
        None if low is None else float(low) * unit,
        None if high is None else float(high) * unit,
    )
