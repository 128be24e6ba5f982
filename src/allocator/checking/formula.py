"""The rule formula solved exactly: the one factor that makes the sum right, by sorting where it turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from allocator.domain.whole import Exact, distance


@dataclass(frozen=True, slots=True)
class Term:
    """A school in the formula: its amount is the middle of floor, factor x weight, and cap (None for none)."""

    low: Exact
    weight: Exact
    high: Exact | None

    def amount(self, factor: Exact) -> Exact:
        """Middle of (floor, factor x weight, cap)."""
        value = max(self.low, factor * self.weight)
        return value if self.high is None else min(value, self.high)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A term leaves its floor or meets its cap at the factor `top / bottom`: how slope and rest change."""

    top: int
    bottom: int
    slope: int
    fixed: int


def solve_formula(terms: Sequence[Term], whole: Exact) -> Fraction | None:
    """Find the smallest factor at which the amounts add up.

    Returns
    -------
    Fraction or None
        None if a cap lies under its floor, the floors exceed the sum, or the caps and weights cannot reach it.
    """
    if any(term.high is not None and term.high < term.low for term in terms):
        return None
    # Over common denominators all is whole numbers, and between two turns the sum is `fixed + slope x factor`.
    heavy = _common(term.weight for term in terms)
    money = _common([whole, *(x for term in terms for x in (term.low, term.high) if x is not None)])
    goal, fixed = _times(whole, money), sum(_times(term.low, money) for term in terms)
    slope, top, bottom = 0, 0, 1
    for turn in _turns(terms, heavy, money):
        reached = fixed * bottom + slope * top == goal * bottom
        if reached or (slope and fixed * turn.bottom + slope * turn.top >= goal * turn.bottom):
            break
        top, bottom, fixed, slope = turn.top, turn.bottom, fixed + turn.fixed, slope + turn.slope
    if fixed * bottom + slope * top != goal * bottom:
        if not slope or fixed * bottom + slope * top > goal * bottom:
            return None
        top, bottom = goal - fixed, slope
    return Fraction(top * heavy, bottom * money)


def furthest(terms: Iterable[tuple[Term, Exact]], factor: Fraction) -> Exact:
    """Largest distance of given amounts from those of the factor; 0 without any."""
    rows = list(terms)
    heavy = _common(term.weight for term, _ in rows)
    # All amounts by weight have this denominator: nothing has to be reduced.
    bottom = factor.denominator * heavy
    most: Exact = 0
    for term, given in rows:
        value: Exact = max(term.low * bottom, factor.numerator * _times(term.weight, heavy))
        if term.high is not None:
            value = min(value, term.high * bottom)
        most = max(most, distance(given * bottom, value))
    return Fraction(most, bottom)


def _common(values: Iterable[Exact]) -> int:
    """Least common denominator."""
    return lcm(*{value.denominator for value in values})


def _times(value: Exact, denominator: int) -> int:
    """Count the value in parts of a common denominator."""
    return value.numerator * (denominator // value.denominator)


def _turns(terms: Sequence[Term], heavy: int, money: int) -> list[_Turn]:
    """Turns in order of their factors: the weight of a term comes in at its floor, and goes out at its cap."""
    turns = []
    for term in terms:
        if term.weight > 0:
            low, weight = _times(term.low, money), _times(term.weight, heavy)
            turns.append(_Turn(low, weight, weight, -low))
            if term.high is not None:
                high = _times(term.high, money)
                turns.append(_Turn(high, weight, -weight, high))
    # Unequal fractions with denominators up to d are at least 1 / d^2 apart: cut off there, their order stays.
    fine = max((turn.bottom for turn in turns), default=1) ** 2
    return sorted(turns, key=lambda turn: turn.top * fine // turn.bottom)
