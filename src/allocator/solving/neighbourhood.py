"""Which columns to leave free when a relaxation that is nearly whole is completed."""

from __future__ import annotations

import numpy as np

from allocator.solving.cuts import NEAR, wide_rows
from allocator.solving.model import Bools, Floats, LinearModel

WINDOW = 8
"""Segments around the present count of a section: a plan near the relaxation's changes it by little."""


def neighbourhood(model: LinearModel, x: Floats, reduced: Floats, most: int) -> Bools:
    """Columns around the fractions of `x`, shape (columns,).

    Free are the fractional columns; of the integer ones that share a narrow row with these, the `most` with the
    smallest reduced costs; as many with the smallest reduced costs anywhere, for the rows that connect all; and
    in the narrow rows of these the columns that follow from them, the nearest `WINDOW` a row.
    """
    fractional = np.abs(x - np.round(x)) > NEAR
    narrow = ~wide_rows(model)
    doubt = np.abs(reduced)
    free = fractional | ~(model.integer | model.implied)
    free |= _smallest(doubt, model.integer & _beside(model, fractional, narrow), most)
    free |= _smallest(doubt, model.integer, most)
    return np.asarray(free | _following(model, free, narrow, doubt))


def _following(model: LinearModel, free: Bools, narrow: Bools, doubt: Floats) -> Bools:
    """Columns that are not integer in the narrow rows of free ones: the `WINDOW` with the least doubt a row."""
    row = model.matrix.row_of_entry()
    hit = np.zeros(model.rows, dtype=bool)
    hit[row[free[model.matrix.index]]] = True
    entry = np.flatnonzero((hit & narrow)[row] & ~model.integer[model.matrix.index])
    column = model.matrix.index[entry]
    order = np.lexsort((doubt[column], row[entry]))
    row, column = row[entry][order], column[order]
    first = np.searchsorted(row, row)
    chosen = np.zeros(model.columns, dtype=bool)
    chosen[column[np.arange(len(row)) - first < WINDOW]] = True
    return chosen


def _beside(model: LinearModel, columns: Bools, rows: Bools) -> Bools:
    """Columns that share one of the rows with one of the columns."""
    row = model.matrix.row_of_entry()
    hit = np.zeros(model.rows, dtype=bool)
    hit[row[columns[model.matrix.index]]] = True
    beside = np.zeros(model.columns, dtype=bool)
    beside[model.matrix.index[(hit & rows)[row]]] = True
    return beside


def _smallest(doubt: Floats, among: Bools, most: int) -> Bools:
    """The `most` columns of a set with the smallest doubt."""
    inside = np.flatnonzero(among)
    if len(inside) > most:
        inside = inside[np.argpartition(doubt[inside], most)[:most]]
    chosen = np.zeros(len(doubt), dtype=bool)
    chosen[inside] = True
    return chosen
