"""The rule formula solved exactly: the one factor that makes the sum right, by sorting where it turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Term:
    """A school in the formula: its amount is the middle of floor, factor x weight, and cap (None for none)."""

    low: Fraction
    weight: Fraction
    high: Fraction | None

    def amount(self, factor: Fraction) -> Fraction:
        """Middle of (floor, factor x weight, cap)."""
        value = max(self.low, factor * self.weight)
        return value if self.high is None else min(value, self.high)


def solve_formula(terms: Sequence[Term], whole: Fraction) -> Fraction | None:
    """Find the smallest factor at which the amounts add up.

    Returns
    -------
    Fraction or None
        None if a cap lies under its floor, the floors exceed the sum, or the caps and weights cannot reach it.
    """
    if any(term.high is not None and term.high < term.low for term in terms):
        return None
    # Between two turns the sum is `fixed + slope x factor`: short numbers, whatever the factors are.
    fixed, slope, factor = sum((term.low for term in terms), Fraction(0)), Fraction(0), Fraction(0)
    for at, change, leaves in _turns(terms):
        if fixed + slope * factor == whole or (slope and fixed + slope * at >= whole):
            break
        factor, fixed, slope = at, fixed + leaves, slope + change
    reached = fixed + slope * factor
    if reached == whole:
        return factor
    return (whole - fixed) / slope if slope and reached < whole else None


def _turns(terms: Sequence[Term]) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Factors at which a school leaves its floor (its weight comes in) or meets its cap (it goes out).

    With each, how the slope of the sum and its fixed part change.
    """
    turns = []
    for term in terms:
        if term.weight > 0:
            turns.append((term.low / term.weight, term.weight, -term.low))
            if term.high is not None:
                turns.append((term.high / term.weight, -term.weight, term.high))
    return sorted(turns, key=lambda turn: turn[0])
