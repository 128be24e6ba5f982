"""Exact numbers that stay whole where they are: whole numbers are added many times faster than fractions.

Of two whole numbers `/` would make a binary number; a share is therefore always written `Fraction(a, b)`.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

Exact = int | Fraction
"""A number that nothing was rounded off."""


def distance(a: Exact, b: Exact) -> Exact:
    """|a - b|."""
    return a - b if a > b else b - a


def plain(value: Decimal | Exact) -> Exact:
    """Return the same number, as a whole one where it is."""
    top, bottom = value.as_integer_ratio()
    return top if bottom == 1 else Fraction(top, bottom)
