"""Coefficients of variation in exact fractions, up to the last square root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import isqrt

from allocator.checking.money import Section
from allocator.domain.choices import Stage
from allocator.domain.policy import Policy, exact
from allocator.domain.whole import Exact

DIGITS = 40
"""Decimals of a square root."""


def squared_cvs(
    sections: Mapping[str, Sequence[Section]], having: Mapping[str, Exact | None]
) -> dict[Stage, Fraction]:
    """CV^2 of each stage, weighted by pupils: P / N^2 x sum N_s^2 / P_s - 1.

    Parameters
    ----------
    sections
        Sections of each school.
    having
        What each school has; a school that is missing or unknown (None) is left out.

    Returns
    -------
    dict
        Stages whose CV is defined: the mean is not 0.
    """
    people: dict[Stage, int] = dict.fromkeys(Stage, 0)
    amounts: dict[Stage, dict[int, int]] = {stage: {} for stage in Stage}
    squares: dict[Stage, dict[int, int]] = {stage: {} for stage in Stage}
    for school_id, whole in having.items():
        if whole is None:
            continue
        for stage, count, share in sections[school_id]:
            # Plain integers: reducing each fraction would take most of the time.
            top, bottom = whole.numerator * share.numerator, whole.denominator * share.denominator
            people[stage] += count
            plain, square, under = amounts[stage], squares[stage], bottom * bottom * count
            plain[bottom] = plain.get(bottom, 0) + top
            square[under] = square.get(under, 0) + top * top
    sums = {stage: _of_denominators(found) for stage, found in amounts.items()}
    return {e: people[e] * _of_denominators(squares[e]) / sums[e] ** 2 - 1 for e in Stage if sums[e]}


def total(pairs: Iterable[tuple[int, int]]) -> Fraction:
    """Add fractions given as numerator and denominator."""
    by_denominator: dict[int, int] = {}
    for numerator, denominator in pairs:
        by_denominator[denominator] = by_denominator.get(denominator, 0) + numerator
    return _of_denominators(by_denominator)


def _of_denominators(by_denominator: Mapping[int, int]) -> Fraction:
    """Add fractions whose numerators are already added by denominator; by halves: numbers stay short."""
    rows = [(numerator, denominator) for denominator, numerator in sorted(by_denominator.items())]
    while len(rows) > 1:
        odd = rows[len(rows) & ~1 :]
        both = zip(rows[::2], rows[1::2], strict=False)
        rows = [(a * d + c * b, b * d) for (a, b), (c, d) in both] + odd
    return Fraction(*rows[0]) if rows else Fraction(0)


def close_total(pairs: Iterable[tuple[int, int]]) -> Fraction:
    """Add fractions given as numerator and denominator, each cut off after many decimals.

    For values that are reported: thousands of unlike denominators have a common one of thousands of digits.
    """
    scale = 10**DIGITS
    return Fraction(sum(numerator * scale // denominator for numerator, denominator in pairs), scale)


def cut_off(value: Exact) -> Exact:
    """Cut a fraction off after many decimals."""
    if value.denominator == 1:
        return value
    scale = 10**DIGITS
    return Fraction(value.numerator * scale // value.denominator, scale)


def root(value: Fraction) -> Fraction:
    """Square root, cut off after many decimals."""
    scale = 10**DIGITS
    return Fraction(isqrt(value.numerator * scale * scale // value.denominator), scale)


def over_limit(squared: Mapping[Stage, Fraction], policy: Policy) -> float | None:
    """Largest CV over its stage's limit; None where no CV is defined."""
    ratios = [value / exact(policy.cv_limit(stage)) ** 2 for stage, value in squared.items()]
    return float(root(max(ratios))) if ratios else None
