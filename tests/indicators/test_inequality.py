"""Measures of inequality against published figures, hand calculation and their definitions."""

from __future__ import annotations

from collections.abc import Callable
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.indicators.inequality import (
    Floats,
    gini,
    mcloone,
    theil,
    weighted_cv,
    weighted_mean,
    weighted_median,
)

Measure = Callable[[Floats, Floats], float | None]
SECTIONS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 3000)), min_size=1, max_size=12).filter(
    lambda rows: any(n for n, _ in rows)
)


def _arrays(values: list[float], pupils: list[float]) -> tuple[Floats, Floats]:
    return np.array(values, dtype=float), np.array(pupils, dtype=float)


def _per_pupil(rows: list[tuple[int, int]]) -> tuple[Floats, Floats]:
    return _arrays([n / p for n, p in rows], [p for _, p in rows])


def test_published_coefficient_of_variation() -> None:
    """Books of five schools: 0.51526, published as 0.52; unweighted it would be 0.48877 and pass 0.50."""
    pupils = [45.0, 37, 89, 76, 55]
    books = [279, 137, 935, 160, 402]
    x, p = _arrays([n / q for n, q in zip(books, pupils, strict=True)], pupils)
    assert weighted_cv(x, p) == pytest.approx(0.51526, abs=5e-6)
    assert weighted_cv(x, np.ones(5)) == pytest.approx(0.48877, abs=5e-6)
    assert weighted_mean(x, p) == pytest.approx(1913 / 302)


def test_cv_by_hand() -> None:
    """100 pupils at 1, 300 at 3: mean 2.5, variance (1 * 2.25 + 3 * 0.25) / 4 = 0.75; unweighted 0.5."""
    assert weighted_cv(*_arrays([1, 3], [100, 300])) == pytest.approx(sqrt(0.75) / 2.5)


def test_gini_by_hand() -> None:
    """1 pupil at 1, 3 at 3: 2 * 3 * 2 / (2 * 16 * 2.5) = 0.15; unweighted 2 * 2 / (2 * 4 * 2) = 0.25."""
    assert gini(*_arrays([3, 1], [3, 1])) == pytest.approx(0.15)


def test_theil_by_hand() -> None:
    """1 pupil at 1, 3 at 3, mean 2.5: 0.25 * 0.4 ln 0.4 + 0.75 * 1.2 ln 1.2."""
    assert theil(*_arrays([1, 3], [1, 3])) == pytest.approx(0.1 * log(0.4) + 0.9 * log(1.2))


def test_theil_where_one_section_has_everything() -> None:
    """ln(P / P_i) = ln 4; 0 ln 0 is 0 and not NaN."""
    assert theil(*_arrays([0, 8], [3, 1])) == pytest.approx(log(4))


def test_mcloone_by_hand() -> None:
    """Pupils 10, 20, 30, 40 at 2, 4, 5, 9: median 5 (60 of 100); (20 + 80 + 150) / (5 * 60) = 5/6.

    With the unweighted median 4.5 it would be 100 / 135.
    """
    x, p = _arrays([9, 2, 5, 4], [40, 10, 30, 20])
    assert weighted_median(x, p) == 5
    assert mcloone(x, p) == pytest.approx(5 / 6)


def test_median_counts_pupils() -> None:
    """50 of 100 pupils are reached in the second school; a third of them in the first."""
    assert weighted_median(*_arrays([1, 2, 3], [40, 20, 40])) == 2


def test_median_at_exactly_half() -> None:
    """Half of the pupils have 1: the smallest value that half do not exceed is 1, not 2 or 3."""
    assert weighted_median(*_arrays([1, 3], [50, 50])) == 1


@pytest.mark.parametrize("measure", [weighted_cv, gini, theil, mcloone])
def test_undefined_is_none(measure: Measure) -> None:
    """Neither 0 nor NaN nor a warning for no section, or a mean of 0."""
    assert measure(*_arrays([], [])) is None
    assert measure(*_arrays([0, 0], [5, 7])) is None


def test_mcloone_is_undefined_at_a_median_of_nought() -> None:
    assert mcloone(*_arrays([0, 8], [3, 1])) is None


@given(rows=SECTIONS)
def test_cv_equals_its_closed_form(rows: list[tuple[int, int]]) -> None:
    """CV^2 = (P / N^2) sum N_i^2 / P_i - 1."""
    amount, everyone = sum(n for n, _ in rows), sum(p for _, p in rows)
    closed = everyone / amount**2 * sum(n * n / p for n, p in rows) - 1
    found = weighted_cv(*_per_pupil(rows))
    assert found is not None
    assert found**2 == pytest.approx(closed, rel=1e-9, abs=1e-9)


@given(rows=SECTIONS)
def test_gini_equals_its_definition(rows: list[tuple[int, int]]) -> None:
    x, p = _per_pupil(rows)
    differences = (p[:, None] * p[None, :] * np.abs(x[:, None] - x[None, :])).sum()
    expected = differences / (2 * p.sum() ** 2 * (p @ x / p.sum()))
    assert gini(x, p) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(rows=SECTIONS, factor=st.integers(2, 9))
@pytest.mark.parametrize("measure", [weighted_cv, gini, theil, mcloone])
def test_neither_order_nor_unit_nor_size_matters(
    measure: Measure, rows: list[tuple[int, int]], factor: int
) -> None:
    """Other order, other unit, every school that many times as large: the same figure."""
    x, p = _per_pupil(rows)
    expected = measure(x, p)
    for changed in (measure(x[::-1], p[::-1]), measure(x * factor, p), measure(x, p * factor)):
        assert changed == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-9))


@given(rows=SECTIONS)
def test_equal_schools_are_equal(rows: list[tuple[int, int]]) -> None:
    x, p = _arrays([2.5] * len(rows), [p for _, p in rows])
    for measure, equal in ((weighted_cv, 0), (gini, 0), (theil, 0), (mcloone, 1)):
        assert measure(x, p) == pytest.approx(equal, abs=1e-9)
