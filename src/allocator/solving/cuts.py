"""Chvátal-Gomory cuts read off the basis of a linear relaxation.

Where a relaxation of this kind of model is not whole, its vertex has halves, thirds and the like: cycles of
moves of which a part is made. The row of the basis inverse that belongs to such a column, taken modulo 1, says
which rows to add up so that all coefficients can be rounded down, and the right side loses a part: a valid row
that the vertex breaks. A few rounds make the relaxation of a whole city whole, which no search does.

Everything is computed in whole numbers, so a cut is valid whatever the basis was worth: the multipliers are
snapped to fractions with a small denominator first, and any multipliers of the right sign give a valid cut.
See Chvátal (1973), "Edmonds polytopes and a hierarchy of combinatorial problems"; Caprara and Fischetti (1996),
"{0, 1/2}-Chvátal-Gomory cuts".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from allocator.solving.highs import Highs
from allocator.solving.model import INFINITY, Bools, Entries, Floats, Ints, LinearModel

NEAR = 1e-6
DENOMINATORS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 18, 20, 24, 30, 36, 40, 48, 60)
PER_GROUP = 12
"""Columns of one connected group of fractions that are tried in a round: more give the same cuts again."""
MOST = 50
"""Cuts added in a round, deepest first."""
LEAST_VIOLATION = 1e-3


@dataclass(frozen=True)
class Cut:
    """One row `values @ x[columns] <= right`; `depth` is the distance at which it cuts off the vertex."""

    columns: Ints
    values: Floats
    right: float
    depth: float


@dataclass(frozen=True)
class Ground:
    """Bounds that cuts were derived from: they hold as long as none of these is relaxed."""

    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats

    def holds(self, model: LinearModel) -> bool:
        """Whether every bound is as tight as it was; columns and rows may have been added."""
        columns, rows = len(self.lower), len(self.row_lower)
        return bool(
            (model.lower[:columns] >= self.lower).all()
            and (model.upper[:columns] <= self.upper).all()
            and (model.row_lower[:rows] >= self.row_lower).all()
            and (model.row_upper[:rows] <= self.row_upper).all()
        )


class Pool:
    """Cuts of a growing model: its last words as rows while a level is solved, free rows in between.

    Others use the model too, and may relax what the cuts were derived from; then they are dropped.
    """

    def __init__(self, model: LinearModel) -> None:
        self.model = model
        self._rows: list[Ints] = []
        self._right: list[Floats] = []
        self._ground: Ground | None = None

    def arm(self) -> None:
        """Put the cuts in force, or drop them if they are not valid any more."""
        if self._ground is not None and not self._ground.holds(self.model):
            self._rows, self._right, self._ground = [], [], None
        self._set(self._right)

    def rest(self) -> None:
        """Make the cuts free rows."""
        self._set([np.full(len(rows), INFINITY) for rows in self._rows])

    def add(self, cuts: list[Cut]) -> None:
        """Add cuts that were just derived from the model."""
        entries = Entries()
        for row, cut in enumerate(cuts):
            entries.add(np.full(len(cut.columns), row), cut.columns, cut.values)
        right = np.array([cut.right for cut in cuts])
        self._rows.append(self.model.add_rows(np.full(len(cuts), -INFINITY), right, entries))
        self._right.append(right)
        m = self.model
        upper = m.row_upper.copy()
        # Cuts are at their tightest now; that they rest later is no relaxation of the ground.
        upper[np.concatenate(self._rows)] = INFINITY
        self._ground = Ground(m.lower.copy(), m.upper.copy(), m.row_lower.copy(), upper)

    def _set(self, right: list[Floats]) -> None:
        if not self._rows:
            return
        # A new array: others may hold the old one.
        self.model.row_upper = self.model.row_upper.copy()
        self.model.row_upper[np.concatenate(self._rows)] = np.concatenate(right)


def cuts(model: LinearModel, solver: Highs, x: Floats) -> list[Cut]:
    """Cuts that the optimal vertex `x` breaks, deepest first.

    Parameters
    ----------
    solver
        Has just solved the relaxation of this very model to optimality.
    x
        Its solution, shape (columns,).
    """
    basis = solver.basis_positions()
    view = _View.of(model, x)
    found: dict[tuple[float, bytes], Cut] = {}
    for column in _sample(model, x):
        if column not in basis:
            continue
        cut = view.cut(solver.basis_inverse_row(basis[column]))
        if cut is not None:
            found.setdefault((cut.right, cut.columns.tobytes() + cut.values.tobytes()), cut)
    return sorted(found.values(), key=lambda cut: -cut.depth)[:MOST]


def _sample(model: LinearModel, x: Floats) -> Iterator[int]:
    """Fractional columns to read cuts from: some of every connected group."""
    for group in groups(model, np.abs(x - np.round(x)) > NEAR):
        whole = group[(model.integer | model.implied)[group]]
        picked = np.linspace(0, len(whole) - 1, min(PER_GROUP, len(whole))).astype(int)
        yield from (int(j) for j in whole[picked])


def wide_rows(model: LinearModel) -> Bools:
    """Rows over a good part of the model (quotas, levels before): they connect everything with everything."""
    length = np.diff(model.matrix.start)
    return np.asarray(length > max(1000, 0.02 * model.columns))


def groups(model: LinearModel, fractional: Bools) -> list[Ints]:
    """Fractional columns in connected groups; rows connect, wide ones do not."""
    entry = fractional[model.matrix.index]
    rows = model.matrix.row_of_entry()[entry]
    columns = model.matrix.index[entry]
    narrow = ~wide_rows(model)[rows]
    rows, columns = rows[narrow], columns[narrow]
    label = np.arange(model.columns)
    while True:
        least = np.full(model.rows, model.columns)
        np.minimum.at(least, rows, label[columns])
        spread = label.copy()
        np.minimum.at(spread, columns, least[rows])
        if (spread == label).all():
            break
        label = spread
    inside = np.flatnonzero(fractional)
    return [inside[label[inside] == first] for first in np.unique(label[inside])]


@dataclass(frozen=True)
class _View:
    """What every cut at one vertex needs: which rows are whole, which sides are tight, where columns sit."""

    model: LinearModel
    x: Floats
    whole_row: Bools
    at_upper: Bools
    base: Floats
    tight_above: Bools
    tight_below: Bools

    @classmethod
    def of(cls, model: LinearModel, x: Floats) -> _View:
        matrix = model.matrix
        whole = model.integer | model.implied
        whole &= (model.lower == np.round(model.lower)) & (model.upper == np.round(model.upper))
        odd = (matrix.value != np.round(matrix.value)) | ~whole[matrix.index]
        whole_row = np.ones(model.rows, dtype=bool)
        whole_row[matrix.row_of_entry()[odd]] = False
        at_upper = (x > model.upper - NEAR) & (model.upper > model.lower)
        activity = matrix.times(x)
        return cls(
            model,
            x,
            whole_row,
            at_upper,
            np.where(at_upper, model.upper, model.lower),
            np.abs(activity - model.row_upper) <= NEAR,
            np.abs(activity - model.row_lower) <= NEAR,
        )

    def cut(self, inverse_row: Floats) -> Cut | None:
        """Cut from one row of the basis inverse, shape (rows,); None if it gives none."""
        part = inverse_row - np.floor(inverse_row)
        rows = np.flatnonzero((part > NEAR) & (part < 1 - NEAR))
        if not len(rows) or not self.whole_row[rows].all():
            return None
        numerator, denominator = snapped(part[rows])
        above, below = self.tight_above[rows], self.tight_below[rows]
        if denominator == 0 or not (above | below).all():
            return None
        # `<=` rows take what exceeds a whole number; rows tight at their lower side the rest, negatively.
        numerator = np.where(above, numerator, numerator - denominator)
        return self._rounded(rows, numerator, denominator)

    def _rounded(self, rows: Ints, numerator: Floats, denominator: int) -> Cut | None:
        """Add the rows up, count columns at their upper bound from there, round down."""
        model = self.model
        side = np.where(numerator > 0, np.floor(model.row_upper[rows]), np.ceil(model.row_lower[rows]))
        weights = np.zeros(model.rows)
        weights[rows] = numerator
        total = model.matrix.transposed_times(weights)
        room = float(numerator @ side) - float(total @ self.base)
        values = np.where(self.at_upper, np.ceil(total / denominator), np.floor(total / denominator))
        right = float(np.floor(room / denominator)) + float(values @ self.base)
        violation = float(values @ self.x) - right
        if violation < LEAST_VIOLATION:
            return None
        columns = np.flatnonzero(values)
        kept = values[columns]
        return Cut(columns, kept, right, violation / float(np.linalg.norm(kept)))


def snapped(part: Floats) -> tuple[Floats, int]:
    """Fractions over one small denominator; denominator 0 if there is none."""
    for denominator in DENOMINATORS:
        numerator = np.round(part * denominator)
        if float(np.abs(part * denominator - numerator).max()) < NEAR:
            return numerator, denominator
    return part, 0
