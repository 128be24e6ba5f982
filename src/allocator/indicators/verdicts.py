"""Verdicts: indicators met, schools that pass, counties within the limit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.domain.policy import IndicatorPolicy
from allocator.indicators.inequality import Floats

FORGIVEN = 1e-12
"""Relative rounding error of binary numbers that decides no verdict."""


def reaches(values: Floats, thresholds: Floats | float) -> NDArray[np.bool_]:
    """Tell where values are at least their thresholds; NaN reaches nothing."""
    return np.asarray(values >= np.asarray(thresholds) * (1 - FORGIVEN))


def within(value: float, limit: float) -> bool:
    """Tell whether a value is at most its limit."""
    return value <= limit * (1 + FORGIVEN)


def passes(ratios: Floats, rules: IndicatorPolicy) -> NDArray[np.bool_]:
    """School verdict of sections whose indicators are all known.

    Parameters
    ----------
    ratios
        Shape (n, 7): values over thresholds.

    Returns
    -------
    Shape (n,): at least `required_met` indicators are met and each other one reaches `last_ratio`.

    Source: 教督〔2017〕6号: at least six of seven met, the remaining at least 85 % of its threshold.
    """
    enough = reaches(ratios, 1.0).sum(axis=1) >= rules.required_met
    return np.asarray(enough & reaches(ratios, rules.last_ratio).all(axis=1))


def section_verdicts(ratios: Floats, rules: IndicatorPolicy) -> list[bool | None]:
    """School verdict of each section; None where unknown values (NaN) leave it open.

    It is open if the section passes with the best unknown values and fails with the worst.
    """
    unknown = np.isnan(ratios)
    best = passes(np.where(unknown, np.inf, ratios), rules)
    worst = passes(np.where(unknown, 0.0, ratios), rules)
    return [bool(b) if b == w else None for b, w in zip(best, worst, strict=True)]
