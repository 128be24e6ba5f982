"""Rows that may be broken: each has a slack column that says by how much."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.solving.model import INFINITY, Entries, Floats, Ints, LinearModel

NO_COLUMNS: Ints = np.zeros(0, dtype=np.int64)


@dataclass
class Slacks:
    """The slack columns of a model: the least value of each follows from the other columns.

    Attributes
    ----------
    rows, columns, weights
        One entry a row: row number, its slack column, and the coefficient (> 0) of the slack in the row.
    whole
        Slack columns whose value is rounded up to a whole number.
    """

    model: LinearModel
    rows: list[Ints] = field(default_factory=list)
    columns: list[Ints] = field(default_factory=list)
    weights: list[Floats] = field(default_factory=list)
    whole: list[Ints] = field(default_factory=list)

    def at_least(self, least: Floats, entries: Entries, most: Floats) -> Ints:
        """Add rows `entries + slack >= least`, a slack column a row, 0..most; return the columns.

        The entries are whole, so the slacks are whole wherever the moves are. They are not marked `implied`:
        what is marked may be fixed when a relaxation is completed, and these are what it needs free.
        """
        added = self.model.add_columns(0.0, most)
        number = np.arange(len(added))
        entries.add(number, added, 1.0)
        self._note(
            self.model.add_rows(least, np.full(len(added), INFINITY), entries), added, np.ones(len(added))
        )
        return added

    def share(self, values: Floats, weight: float, most: float, *, integer: bool) -> Ints:
        """Add the row `values @ moves + weight x slack >= 0` with a whole slack; return its column.

        The bound of a minimum is exact only if the column is marked `integer`.
        """
        added = self.model.add_columns(0.0, np.array([most]), integer=integer)
        used = np.flatnonzero(values)
        row = self.model.add_row(0.0, INFINITY, np.append(used, added), np.append(values[used], weight))
        self._note(np.array([row]), added, np.array([weight]))
        self.whole.append(added)
        return added

    def together(self, least: Floats, entries: Entries, most: float) -> Ints:
        """Add rows `entries + slack >= least` that have one slack column in common; return it."""
        added = self.model.add_columns(0.0, np.array([most]))
        number = np.arange(len(least))
        entries.add(number, np.repeat(added, len(least)), 1.0)
        rows = self.model.add_rows(least, np.full(len(least), INFINITY), entries)
        self._note(rows, np.repeat(added, len(rows)), np.ones(len(rows)))
        return added

    def _note(self, rows: Ints, columns: Ints, weights: Floats) -> None:
        self.rows.append(rows)
        self.columns.append(columns)
        self.weights.append(weights)

    def complete(self, x: Floats) -> None:
        """Set every slack column to the least value that the other columns leave it."""
        if not self.rows:
            return
        rows, columns = np.concatenate(self.rows), np.concatenate(self.columns)
        weights = np.concatenate(self.weights)
        x[columns] = 0.0
        missing = (self.model.row_lower[rows] - self.model.matrix.times(x)[rows]) / weights
        np.maximum.at(x, columns, missing)
        for column in self.whole:
            x[column] = np.ceil(x[column] - 1e-9)
