"""A linear model with integer columns, built from arrays, block by block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

INFINITY = float("inf")


@dataclass
class Entries:
    """Matrix entries being collected as triples: row, column, value (any order, duplicates add up)."""

    rows: list[Ints] = field(default_factory=list)
    cols: list[Ints] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)

    def add(self, rows: Ints, cols: Ints, values: Floats | float) -> None:
        """Append entries; scalars are repeated."""
        rows = np.asarray(rows, dtype=np.int64)
        self.rows.append(rows)
        self.cols.append(np.asarray(cols, dtype=np.int64))
        self.values.append(np.broadcast_to(np.asarray(values, dtype=np.float64), rows.shape))

    def triples(self) -> tuple[Ints, Ints, Floats]:
        """All entries, concatenated."""
        if not self.rows:
            none = np.zeros(0, dtype=np.int64)
            return none, none, np.zeros(0)
        return np.concatenate(self.rows), np.concatenate(self.cols), np.concatenate(self.values)


@dataclass(frozen=True)
class Matrix:
    """A sparse matrix by rows: entries `start[i]:start[i+1]` of `index`, `value` are row i."""

    start: Ints
    index: Ints
    value: Floats
    columns: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.start) - 1

    @classmethod
    def of(cls, rows: int, columns: int, entries: Entries) -> Matrix:
        """Compress triples into rows; duplicate entries add up, zeros vanish."""
        i, j, v = entries.triples()
        order = np.lexsort((j, i))
        i, j, v = i[order], j[order], v[order]
        if len(i):
            new = np.concatenate(([True], (i[1:] != i[:-1]) | (j[1:] != j[:-1])))
            v = np.add.reduceat(v, np.flatnonzero(new))
            i, j = i[new], j[new]
            i, j, v = i[v != 0], j[v != 0], v[v != 0]
        start = np.zeros(rows + 1, dtype=np.int64)
        np.add.at(start, i + 1, 1)
        return cls(np.cumsum(start), j, v, columns)

    def row_of_entry(self) -> Ints:
        """Row number of every entry."""
        return np.repeat(np.arange(self.rows), np.diff(self.start))

    def times(self, x: Floats) -> Floats:
        """Multiply by a vector of column values."""
        weights = self.value * x[self.index]
        return np.bincount(self.row_of_entry(), weights, self.rows).astype(np.float64)

    def transposed_times(self, y: Floats) -> Floats:
        """Multiply the transpose by a vector of row values."""
        weights = self.value * y[self.row_of_entry()]
        return np.bincount(self.index, weights, self.columns).astype(np.float64)

    def stack(self, other: Matrix) -> Matrix:
        """Put another matrix underneath; it may have more columns."""
        return Matrix(
            np.concatenate((self.start, self.start[-1] + other.start[1:])),
            np.concatenate((self.index, other.index)),
            np.concatenate((self.value, other.value)),
            max(self.columns, other.columns),
        )


@dataclass
class LinearModel:
    """Minimise over lower <= x <= upper, row_lower <= A x <= row_upper; some columns integer.

    Objectives are given at solving time. Columns have finite bounds, so that every dual vector gives a
    bound (see `dual_bound`). Columns that are whole in some best solution whenever the integer ones are
    (`implied`) need no branching, but reduced costs can fix them too.
    """

    lower: Floats = field(default_factory=lambda: np.zeros(0))
    upper: Floats = field(default_factory=lambda: np.zeros(0))
    integer: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    implied: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    row_lower: Floats = field(default_factory=lambda: np.zeros(0))
    row_upper: Floats = field(default_factory=lambda: np.zeros(0))
    matrix: Matrix = field(
        default_factory=lambda: Matrix(np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0), 0)
    )

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.lower)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    def add_columns(
        self, lower: Floats | float, upper: Floats, *, integer: bool = False, implied: bool = False
    ) -> Ints:
        """Append columns and return their numbers.

        Raises
        ------
        ValueError
            If a bound is infinite.
        """
        upper = np.asarray(upper, dtype=np.float64)
        lower = np.broadcast_to(np.asarray(lower, dtype=np.float64), upper.shape)
        if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
            raise ValueError("columns need finite bounds")
        first = self.columns
        self.lower = np.concatenate((self.lower, lower))
        self.upper = np.concatenate((self.upper, upper))
        self.integer = np.concatenate((self.integer, np.full(upper.shape, integer)))
        self.implied = np.concatenate((self.implied, np.full(upper.shape, implied)))
        return np.arange(first, self.columns)

    def add_rows(self, lower: Floats, upper: Floats, entries: Entries) -> Ints:
        """Append rows, whose numbers in `entries` count from 0, and return their numbers in the model."""
        lower = np.asarray(lower, dtype=np.float64)
        upper = np.asarray(upper, dtype=np.float64)
        block = Matrix.of(len(lower), self.columns, entries)
        first = self.rows
        self.row_lower = np.concatenate((self.row_lower, lower))
        self.row_upper = np.concatenate((self.row_upper, upper))
        self.matrix = self.matrix.stack(block)
        return np.arange(first, self.rows)

    def add_row(self, lower: float, upper: float, cols: Ints, values: Floats | float) -> int:
        """Append one row and return its number."""
        entries = Entries()
        entries.add(np.zeros(len(cols), dtype=np.int64), cols, values)
        return int(self.add_rows(np.array([lower]), np.array([upper]), entries)[0])

    def breach(self, x: Floats) -> float:
        """Largest absolute breach of a row or a bound by `x`."""
        activity = self.matrix.times(x)
        parts = (self.lower - x, x - self.upper, self.row_lower - activity, activity - self.row_upper)
        return max((float(p.max()) for p in parts if len(p)), default=0.0)


def dual_bound(model: LinearModel, cost: Floats, duals: Floats) -> tuple[float, Floats]:
    """Lower bound on `cost @ x` that any row duals prove, and the reduced costs.

    Weak duality with boxed columns: for every y, min c x >= sum over rows of (y > 0 ? lower : upper) * y plus
    sum over columns of min(d * lower, d * upper), d = c - A'y. It holds whatever solver gave y, so a
    wrong dual can weaken the bound but never falsify it (up to rounding of the sums).

    Parameters
    ----------
    cost
        Shape (columns,), in units of the objective.
    duals
        Shape (rows,), in units of the objective per unit of the row.
    """
    side = np.where(duals > 0, model.row_lower, model.row_upper)
    usable = np.isfinite(side)
    y = np.where(usable, duals, 0.0)
    reduced = cost - model.matrix.transposed_times(y)
    rows = float(np.dot(np.where(usable, side, 0.0), y))
    boxes = float(np.minimum(reduced * model.lower, reduced * model.upper).sum())
    return rows + boxes, reduced
