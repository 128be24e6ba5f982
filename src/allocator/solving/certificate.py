"""A row that follows from a model's rows and that no values obey: Farkas' certificate, in whole numbers.

The multipliers come from the duals of a relaxed model; they are rounded to whole numbers, and the combination
is worked out exactly. Whatever the multipliers, the combined row follows from the rows: a wrong dual can
make it useless, never false.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.domain.run import Limits, StopSignal
from allocator.solving.core import duals_of_least_breach
from allocator.solving.model import Ints, LinearModel

SCALES = (1, 60, 10_000, 1_000_000)
"""Whole numbers a unit of dual, tried in order: most duals are -1, 0 and 1, others have few decimals."""

LARGEST = 2**50
"""Largest value a combined row may reach, so that no solver's integers overflow."""


@dataclass(frozen=True)
class CombinedRow:
    """`values @ x[columns] >= least`, all whole numbers."""

    columns: Ints
    values: Ints
    least: int


def combined_row(model: LinearModel, limits: Limits, stop: StopSignal) -> CombinedRow | None:
    """Combine the rows of a model so that they contradict the bounds of its columns.

    Returns
    -------
    CombinedRow or None
        None if the linear relaxation has a solution, the limit came first, or the rounding lost the proof.
    """
    duals = duals_of_least_breach(model, limits, stop)
    if not duals.any():
        return None
    rows = (_combined(model, np.round(duals * scale).astype(np.int64)) for scale in SCALES)
    return next((row for row in rows if _contradicts(model, row)), None)


def _combined(model: LinearModel, multipliers: Ints) -> CombinedRow:
    """Combine rows, each with the side that the sign of its multiplier needs; exactly, in whole numbers."""
    side = np.where(multipliers > 0, np.ceil(model.row_lower), np.floor(model.row_upper))
    multipliers = np.where(np.isfinite(side), multipliers, 0)
    used = np.flatnonzero(multipliers)
    least = sum(int(m) * int(s) for m, s in zip(multipliers[used], side[used], strict=True))
    values = np.zeros(model.columns, dtype=np.int64)
    matrix = model.matrix
    np.add.at(
        values, matrix.index, np.round(matrix.value).astype(np.int64) * multipliers[matrix.row_of_entry()]
    )
    columns = np.flatnonzero(values)
    return CombinedRow(columns, values[columns], least)


def _contradicts(model: LinearModel, row: CombinedRow) -> bool:
    """Whether no values inside the columns' bounds obey a row, and its numbers suit a solver."""
    upper = np.floor(model.upper[row.columns]).astype(np.int64)
    lower = np.ceil(model.lower[row.columns]).astype(np.int64)
    most = int(np.where(row.values > 0, row.values * upper, row.values * lower).sum())
    size = int((np.abs(row.values) * np.maximum(np.abs(upper), np.abs(lower))).sum())
    return most < row.least and size + abs(row.least) < LARGEST
