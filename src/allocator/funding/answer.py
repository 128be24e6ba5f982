"""What a rule of split answers: amounts before and after rounding, values, bounds and duals."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from allocator.domain.funding import SplitLevel
from allocator.funding.target import Floats


@dataclass(frozen=True)
class Duals:
    """What one more of each right-hand side changes, the aims held.

    Attributes
    ----------
    total
        Per unit of money.
    limits
        Per unit of CV limit, by stage.
    floors
        Shape (n,): per unit of each school's floor; 0 for schools without room.
    """

    total: float
    limits: tuple[float, ...]
    floors: Floats


@dataclass(frozen=True)
class Continuous:
    """A split before rounding.

    Attributes
    ----------
    amounts
        Shape (n,): units.
    value, bound
        In the units of its level; `bound` None if nothing is proven.
    duals
        Of the cone program that found it; None where an exact split is the answer.
    """

    amounts: Floats
    value: float
    bound: float | None
    duals: Duals | None = None


@dataclass(frozen=True)
class Answer:
    """A grant's split in whole units, with its levels and, of exact rules, the one factor."""

    units: tuple[int, ...]
    continuous: Floats
    levels: tuple[SplitLevel, ...]
    scale: Fraction | None = None
