"""Measures of inequality between schools, every pupil counting once.

Arrays are one-dimensional and of one length n (sections): `values` is the amount per pupil x_i >= 0,
`pupils` the number of pupils P_i > 0. With P = sum P_i, the mean is mu = sum P_i x_i / P. A measure that
is undefined (no section, mean or median of 0) is None.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def weighted_mean(values: Floats, pupils: Floats) -> float | None:
    """Mean per pupil: mu = sum P_i x_i / sum P_i, in the unit of the values; None without a section."""
    return float(pupils @ values / pupils.sum()) if values.size else None


def weighted_cv(values: Floats, pupils: Floats) -> float | None:
    """Coefficient of variation, weighted by pupils.

    CV = S / mu, S^2 = sum (P_i / P) (x_i - mu)^2; without unit. With amounts N_i = P_i x_i and N = sum N_i the
    same is CV^2 = (P / N^2) sum N_i^2 / P_i - 1, separable in the N_i.

    Sources: the 2012 method of evaluating balanced compulsory education, kept in 教督〔2017〕6号. Weighted by
    pupils, not by schools: the unweighted figure is another one and may give another verdict.
    """
    mean = weighted_mean(values, pupils)
    if not mean:
        return None
    return float(np.sqrt(pupils @ (values - mean) ** 2 / pupils.sum()) / mean)


def gini(values: Floats, pupils: Floats) -> float | None:
    """Gini coefficient between pupils: 0 equal, towards 1 unequal.

    G = sum_i sum_j P_i P_j |x_i - x_j| / (2 P^2 mu), by sorting: with x ascending and C_i = P_1 + ... + P_i,
    sum_i sum_j P_i P_j |x_i - x_j| = 2 sum_i P_i x_i (C_i + C_{i-1} - P).

    Source: C. Gini, Variabilità e mutabilità (1912), in its mean-difference form.
    """
    mean = weighted_mean(values, pupils)
    if not mean:
        return None
    order = np.argsort(values, kind="stable")
    x, p = values[order], pupils[order]
    upto = np.cumsum(p)
    everyone = upto[-1]
    return max(0.0, float((p * x) @ (2 * upto - p - everyone) / (everyone**2 * mean)))


def theil(values: Floats, pupils: Floats) -> float | None:
    """Theil's T between pupils: 0 equal, ln(P / P_i) if section i has everything.

    T = sum (P_i / P) (x_i / mu) ln(x_i / mu), with 0 ln 0 = 0.

    Source: H. Theil, Economics and Information Theory (1967).
    """
    mean = weighted_mean(values, pupils)
    if not mean:
        return None
    ratio = values / mean
    terms = ratio * np.log(np.where(ratio > 0, ratio, 1.0))
    return max(0.0, float(pupils @ terms / pupils.sum()))


def weighted_median(values: Floats, pupils: Floats) -> float | None:
    """Smallest value that at least half of the pupils do not exceed."""
    if not values.size:
        return None
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(pupils[order])
    return float(values[order][np.searchsorted(upto, upto[-1] / 2)])


def mcloone(values: Floats, pupils: Floats) -> float | None:
    """McLoone index: what the lower half has, as a share of what it would have at the median; 1 is equal.

    M = sum_L P_i x_i / (m sum_L P_i), m the weighted median, L the sections with x_i <= m.

    Source: R. Berne and L. Stiefel, The Measurement of Equity in School Finance (1984).
    """
    median = weighted_median(values, pupils)
    if not median:
        return None
    lower = values <= median
    return float(pupils[lower] @ values[lower] / (median * pupils[lower].sum()))
