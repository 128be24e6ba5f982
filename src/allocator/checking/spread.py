"""Coefficients of variation in exact fractions, up to the last square root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import isqrt

from allocator.checking.money import pupils
from allocator.domain.choices import Stage
from allocator.domain.policy import Policy, exact
from allocator.domain.records import School

DIGITS = 24
"""Decimals of a square root before it becomes a binary number."""


def shares(school: School, policy: Policy) -> Mapping[Stage, Fraction]:
    """Share of what a school has that belongs to each section with pupils; empty where pupils are unknown."""
    if not pupils(school):
        return {}
    weights = {Stage.PRIMARY: Fraction(1), Stage.JUNIOR: exact(policy.indicators.nine_year_junior_weight)}
    parts = {stage: weights[stage] * (school.pupils(stage) or 0) for stage in school.stages}
    whole = sum(parts.values())
    return {stage: part / whole for stage, part in parts.items() if part}


def squared_cvs(
    schools: Iterable[School], having: Mapping[str, Fraction | None], policy: Policy
) -> dict[Stage, Fraction]:
    """CV^2 of each stage, weighted by pupils: P / N^2 x sum N_s^2 / P_s - 1.

    Parameters
    ----------
    having
        What each school has; a school that is missing or unknown (None) is left out.

    Returns
    -------
    dict
        Stages whose CV is defined: the mean is not 0.
    """
    people: dict[Stage, int] = dict.fromkeys(Stage, 0)
    amount: dict[Stage, Fraction] = dict.fromkeys(Stage, Fraction(0))
    squares: dict[Stage, list[Fraction]] = {stage: [] for stage in Stage}
    for school in schools:
        whole = having.get(school.school_id)
        if whole is None:
            continue
        for stage, share in shares(school, policy).items():
            count, part = school.pupils(stage) or 0, whole * share
            people[stage] += count
            amount[stage] += part
            squares[stage].append(part * part / count)
    return {
        stage: people[stage] * total(squares[stage]) / amount[stage] ** 2 - 1
        for stage in Stage
        if amount[stage]
    }


def total(values: list[Fraction]) -> Fraction:
    """Add fractions: those of one denominator first, then by halves, so that numbers stay short for long."""
    by_denominator: dict[int, int] = {}
    for value in values:
        by_denominator[value.denominator] = by_denominator.get(value.denominator, 0) + value.numerator
    pairs = [(numerator, denominator) for denominator, numerator in sorted(by_denominator.items())]
    while len(pairs) > 1:
        odd = pairs[len(pairs) & ~1 :]
        both = zip(pairs[::2], pairs[1::2], strict=False)
        pairs = [(a * d + c * b, b * d) for (a, b), (c, d) in both] + odd
    return Fraction(*pairs[0]) if pairs else Fraction(0)


def root(value: Fraction) -> float:
    """Square root, right to the last bit or so of a binary number."""
    scale = 10**DIGITS
    return float(Fraction(isqrt(value.numerator * scale * scale // value.denominator), scale))


def over_limit(squared: Mapping[Stage, Fraction], policy: Policy) -> float | None:
    """Largest CV over its stage's limit; None where no CV is defined."""
    ratios = [value / exact(policy.cv_limit(stage)) ** 2 for stage, value in squared.items()]
    return root(max(ratios)) if ratios else None
